import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { builtFile } from "../built-file.js";
import { LocalEngineError } from "../errors/index.js";
import { startChild } from "./child.js";
import { localNodePath } from "./node-path.js";

/** A Batch account and a storage account on this computer. */
export interface LocalEngine {
  readonly batch: { readonly url: string; readonly name: string; readonly key: string };
  readonly storage: { readonly connectionString: string };
  /** Aborted when one of the two has ended, whatever ended it; the other one is ended then. */
  readonly lost: AbortSignal;
  /** Ends both services and all they run. */
  close(): Promise<void>;
}

/** One engine for the process, also when this package is loaded both as ESM and as CommonJS. */
const registry = globalThis as { [key: symbol]: Promise<LocalEngine> | undefined };
const ENGINE = Symbol.for("azure-batch-parallel/local-engine");

/** The process's local engine, started when it is first needed; started again if it has ended since. */
export function localEngine(): Promise<LocalEngine> {
  const running = registry[ENGINE];
  if (running !== undefined) return running;
  const starting = startEngine(() => forget(starting));
  starting.catch(() => forget(starting));
  registry[ENGINE] = starting;
  return starting;
}

function forget(engine: Promise<LocalEngine>): void {
  if (registry[ENGINE] === engine) registry[ENGINE] = undefined;
}

async function startEngine(onEnd: () => void): Promise<LocalEngine> {
  const [batch, storage] = await bothOrNeither(
    startChild(
      builtFile("emulator/main.js"),
      ["--exit-with-stdin", "--path", localNodePath()],
      /^(\{.*\})$/m,
    ),
    startAzurite(),
  );
  const lost = new AbortController();
  // A process may have any number of runs.
  setMaxListeners(0, lost.signal);
  const close = async () => {
    onEnd();
    await Promise.all([batch.close(), storage.child.close()]);
  };
  void Promise.race([batch.ended, storage.child.ended]).then(() => {
    lost.abort();
    return close();
  });
  const account = JSON.parse(batch.ready[1] as string) as {
    batchUrl: string;
    accountName: string;
    accountKey: string;
  };
  return {
    batch: { url: account.batchUrl, name: account.accountName, key: account.accountKey },
    storage: { connectionString: storage.connectionString },
    lost: lost.signal,
    close,
  };
}

/** Azurite's account and key are made up anew: another program on this computer cannot guess them. */
export async function startAzurite() {
  const name = "azurebatchparallel";
  const key = randomBytes(64).toString("base64");
  const child = await startChild(builtFile("local/azurite-host.cjs"), [], /listens on (http:\/\/\S+)/, {
    AZURITE_ACCOUNTS: `${name}:${key}`,
  });
  const connectionString = [
    "DefaultEndpointsProtocol=http",
    `AccountName=${name}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${child.ready[1]}/${name}`,
  ].join(";");
  return { child, connectionString };
}

/** Both services, or an error and neither of them. */
async function bothOrNeither<
  A extends { close(): Promise<void> },
  B extends { child: { close(): Promise<void> } },
>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  if (a.status === "fulfilled") await a.value.close();
  if (b.status === "fulfilled") await b.value.child.close();
  const cause: unknown = a.status === "rejected" ? a.reason : b.status === "rejected" ? b.reason : undefined;
  const what = a.status === "rejected" ? "the Batch emulator" : "Azurite";
  throw new LocalEngineError(`The local engine could not start ${what}: ${(cause as Error).message}`, {
    cause,
  });
}
