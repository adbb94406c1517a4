import { withHiddenKey } from "../azure/account.js";
import { isLoopback } from "../azure/loopback.js";
import type { BatchPort, StoragePort } from "../azure/ports.js";
import { storageLibrary } from "../azure/storage-library.js";
import type { LocalEngine } from "../local/engine.js";
import { storageAccountWithString } from "./accounts.js";
import type { AccountConfiguration, Configuration } from "./configuration.js";
import { configure } from "./configure.js";
import type { ConnectOptions, NodeIdentity } from "./connect-options.js";
import { missingStorage } from "./missing-storage.js";
import { refuseOutdatedSas } from "./sas.js";
import { verifyAccess } from "./verify-access.js";

/** Both services, ready to be asked. */
export interface Connection {
  /** `"local"` for this computer, `"azure"` for an account. */
  readonly engine: "local" | "azure";
  readonly batch: BatchPort;
  readonly storage: StoragePort;
  /** The variable or option that names the storage. */
  readonly storageSetting: string;
  /** What nodes sign in to storage with, in place of a SAS. */
  readonly nodeIdentity?: NodeIdentity;
  /** Aborted when the local engine has ended, after which nothing answers any more; absent for an account. */
  readonly lost?: AbortSignal;
}

/** How a local engine is found or started; the process's own unless a test brings another. */
export type StartLocal = () => Promise<LocalServices>;
type LocalServices = Pick<LocalEngine, "batch" | "storage"> & Partial<Pick<LocalEngine, "lost">>;

/** An account, or this computer, to run on: how the two services are reached, and nothing of runs. */
export class Client {
  readonly #configuration: Configuration;
  readonly #startLocal: StartLocal;
  #connected: { readonly to: object; readonly connection: Promise<Connection> } | undefined;

  constructor(configuration: Configuration, startLocal: StartLocal = processEngine) {
    this.#configuration = configuration;
    this.#startLocal = startLocal;
  }

  /**
   * The two services, connected when first asked for, once the account has let this client in. A local engine that has ended
   * is started anew.
   */
  async connection(): Promise<Connection> {
    const target = this.#configuration.kind === "local" ? await this.#startLocal() : this.#configuration;
    if (this.#connected?.to !== target) {
      void this.close();
      const connection = "kind" in target ? verifiedConnection(target) : connectionTo(target);
      const connected = { to: target, connection };
      this.#connected = connected;
      // What is refused today may be let in tomorrow: a clock that was set, a role that was given.
      connection.catch(() => {
        if (this.#connected === connected) this.#connected = undefined;
      });
    }
    if ("kind" in target && target.storage !== undefined && "sas" in target.storage) {
      refuseOutdatedSas(target.storage.sas, target.storageSetting);
    }
    return this.#connected.connection;
  }

  /** The account and its storage themselves, with their keys; the local engine's, started where it is not running. */
  async accountConfiguration(): Promise<AccountConfiguration> {
    return this.#configuration.kind === "local" ? ofEngine(await this.#startLocal()) : this.#configuration;
  }

  /** Starts what takes a while to start, where it does: the local engine. Whether it works is for {@link Client.connection} to say. */
  warmUp(): void {
    if (this.#configuration.kind === "local") this.#startLocal().catch(() => undefined);
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

  /** What it is connected to, without anything secret. */
  toJSON(): { engine: "local" | "azure"; batch?: string; storage?: string } {
    const configuration = this.#configuration;
    if (configuration.kind === "local") return { engine: "local" };
    const { account, storage } = configuration;
    const shown = { engine: engineOf(account.url), batch: account.url };
    return storage === undefined ? shown : { ...shown, storage: storage.url };
  }
}

/**
 * A client of the account in `options`, or of the one that the environment names, or else of this computer. No request is
 * made yet.
 *
 * @throws {@link ConfigurationError} for accounts or credentials that cannot work
 */
export function createClient(options?: ConnectOptions): Client {
  return new Client(configure(options, process.env));
}

async function processEngine(): Promise<LocalEngine> {
  const { localEngine } = await import("../local/engine.js");
  const engine = localEngine();
  // Its services are starting by now, and are to be asked by this.
  storageLibrary();
  return engine;
}

async function connectionTo(engine: LocalServices): Promise<Connection> {
  const connection = await openConnection(ofEngine(engine));
  return engine.lost === undefined ? connection : { ...connection, lost: engine.lost };
}

function ofEngine({ batch, storage }: LocalServices): AccountConfiguration {
  const name = "the local engine's storage";
  return {
    kind: "account",
    account: withHiddenKey({ ...batch }),
    accountSetting: name,
    storage: storageAccountWithString({ name, value: storage.connectionString }),
    storageSetting: name,
  };
}

async function verifiedConnection(configuration: AccountConfiguration): Promise<Connection> {
  const connection = await openConnection(configuration);
  try {
    await verifyAccess(connection.batch, configuration);
  } catch (error) {
    connection.batch.close();
    throw error;
  }
  return connection;
}

async function openConnection(configuration: AccountConfiguration): Promise<Connection> {
  const { account, storage, storageSetting, nodeIdentity, apiVersion, proxy } = configuration;
  const [{ createBatchPort }, { createStoragePort }] = await Promise.all([
    import("../azure/batch.js"),
    import("../azure/blob.js"),
  ]);
  return {
    engine: engineOf(account.url),
    batch: createBatchPort(account, { ...(apiVersion && { apiVersion }), ...(proxy && { proxy }) }),
    storage:
      storage === undefined
        ? missingStorage(storageSetting)
        : createStoragePort(storage, { ...(proxy && { proxy }) }),
    storageSetting,
    ...(nodeIdentity && { nodeIdentity }),
  };
}

/** An account on this computer's own address is the emulator, whoever started it. */
function engineOf(batchUrl: string): "local" | "azure" {
  return isLoopback(batchUrl) ? "local" : "azure";
}
