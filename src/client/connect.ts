import { inspect } from "node:util";
import { withHiddenKey } from "../azure/account.js";
import { isLoopback } from "../azure/loopback.js";
import type { BatchPort, StoragePort } from "../azure/ports.js";
import { brand, hasBrand } from "../errors/brand.js";
import type { LocalEngine } from "../local/engine.js";
import { storageAccountWithKey } from "./accounts.js";
import type { AccountConfiguration, Configuration } from "./configuration.js";
import { configure } from "./configure.js";
import type { ConnectOptions } from "./connect-options.js";

/** Both services, ready to be asked. */
export interface Connection {
  /** `"local"` for this computer, `"azure"` for an account. */
  readonly engine: "local" | "azure";
  readonly batch: BatchPort;
  readonly storage: StoragePort;
}

/** How a local engine is found or started; the process's own unless a test brings another. */
export type StartLocal = () => Promise<Pick<LocalEngine, "batch" | "storage">>;

/**
 * An account, or this computer, to run on; made by {@link connect}.
 *
 * @example
 * ```ts
 * await using client = connect();
 * console.log(await runParallel([1, 2, 3], (n) => n * n, { client }));
 * ```
 */
export class BatchParallel {
  readonly #configuration: Configuration;
  readonly #startLocal: StartLocal;
  #connected: { readonly to: object; readonly connection: Promise<Connection> } | undefined;

  /** @internal */
  constructor(configuration: Configuration, startLocal: StartLocal = processEngine) {
    brand(this, "BatchParallel");
    this.#configuration = configuration;
    this.#startLocal = startLocal;
  }

  /**
   * The two services, connected when first asked for. A local engine that has ended is started anew.
   *
   * @internal
   */
  async connection(): Promise<Connection> {
    const target = this.#configuration.kind === "local" ? await this.#startLocal() : this.#configuration;
    if (this.#connected?.to !== target) {
      void this.close();
      const connection = openConnection("kind" in target ? target : ofEngine(target));
      this.#connected = { to: target, connection };
    }
    return this.#connected.connection;
  }

  /**
   * Lets go of the connections. Nothing that runs ends by it, and the client may be used again: it connects anew. The local
   * engine belongs to the process and stays for others.
   */
  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    // One that failed has nothing to let go of, and who asked for it was told.
    const connection = await connected?.connection.catch(() => undefined);
    connection?.batch.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What it is connected to, without anything secret. */
  toJSON(): { engine: "local" | "azure"; batch?: string; storage?: string } {
    const configuration = this.#configuration;
    if (configuration.kind === "local") return { engine: "local" };
    const { account, storage } = configuration;
    return { engine: engineOf(account.url), batch: account.url, storage: storage.url };
  }

  [inspect.custom](): string {
    return `BatchParallel ${inspect(this.toJSON())}`;
  }
}

/**
 * Connects to the account in `options`, or to the one that the environment names, or else to this computer.
 *
 * The variables: `AZURE_BATCH_ACCOUNT`, `AZURE_BATCH_ENDPOINT` (`https://account.region.batch.azure.com`) and
 * `AZURE_BATCH_ACCESS_KEY`, without which Entra ID signs in (`DefaultAzureCredential` of `@azure/identity`); for storage
 * `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` or `AZURE_STORAGE_BLOB_ENDPOINT` for Entra ID. None of them
 * set, or Azurite's connection string alone, means this computer.
 *
 * No request is made yet.
 *
 * @throws {@link ConfigurationError} for accounts or credentials that cannot work
 * @example
 * ```ts
 * const client = connect({
 *   account: { url: "https://account.westeurope.batch.azure.com", name: "account", key: process.env.KEY ?? "" },
 *   storage: { connectionString: process.env.STORAGE ?? "" },
 * });
 * ```
 */
export function connect(options?: ConnectOptions): BatchParallel {
  return new BatchParallel(configure(options, process.env));
}

/** Whether a value is a client, also one that another copy of this package made. */
export function isBatchParallel(value: unknown): value is BatchParallel {
  return hasBrand(value, "BatchParallel");
}

async function processEngine(): Promise<LocalEngine> {
  const { localEngine } = await import("../local/engine.js");
  return localEngine();
}

function ofEngine({ batch, storage }: Pick<LocalEngine, "batch" | "storage">): AccountConfiguration {
  const name = "the local engine's storage";
  return {
    kind: "account",
    account: withHiddenKey({ ...batch }),
    storage: storageAccountWithKey({ name, value: storage.connectionString }),
    storageSetting: name,
  };
}

async function openConnection({ account, storage }: AccountConfiguration): Promise<Connection> {
  const [{ createBatchPort }, { createStoragePort }] = await Promise.all([
    import("../azure/batch.js"),
    import("../azure/blob.js"),
  ]);
  const [batchPort, storagePort] = await Promise.all([createBatchPort(account), createStoragePort(storage)]);
  return { engine: engineOf(account.url), batch: batchPort, storage: storagePort };
}

/** An account on this computer's own address is the emulator, whoever started it. */
function engineOf(batchUrl: string): "local" | "azure" {
  return isLoopback(batchUrl) ? "local" : "azure";
}
