import { inspect } from "node:util";
import { type Client, createClient } from "../client/client.js";
import type { ConnectOptions } from "../client/connect-options.js";
import type { ItemContext } from "../work/item-context.js";
import type { Work } from "../work/work.js";
import { ActiveRun } from "./active-run.js";
import { holdClient } from "./held-client.js";
import type { Run } from "./run.js";
import type { RunOptions } from "./run-options.js";

/**
 * An account, or this computer, to run on; made by {@link connect}.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * console.log(await batch.runParallel([1, 2, 3], (n) => n * n)); // [1, 4, 9]
 * ```
 */
export class BatchParallel {
  readonly #client: Client;

  /** @internal */
  constructor(client: Client) {
    this.#client = client;
    holdClient(this, client);
  }

  /**
   * {@link runParallel} on this account.
   *
   * @example
   * ```ts
   * const batch = connect();
   * const upper = await batch.runParallel(["a", "b"], (letter) => letter.toUpperCase());
   * ```
   */
  runParallel<T, R, S = undefined>(
    items: Iterable<T> | AsyncIterable<T>,
    work: ((item: T, ctx: ItemContext<S>) => R | Promise<R>) | Work<T, R>,
    options: Omit<RunOptions<S>, "client"> = {},
  ): Run<R> {
    return new ActiveRun<R>(items, work, options as RunOptions<unknown>, this.#client);
  }

  /**
   * Lets go of the connections. Nothing that runs ends by it, and it may be used again: it connects anew. The local engine
   * belongs to the process and stays for others.
   */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** The same as {@link BatchParallel.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What it is connected to, without anything secret. */
  toJSON(): { engine: "local" | "azure"; batch?: string; storage?: string } {
    return this.#client.toJSON();
  }

  /** What `console.log` shows: what it is connected to, without anything secret. */
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
 * const batch = connect({
 *   account: { url: "https://account.westeurope.batch.azure.com", name: "account", key: process.env.KEY ?? "" },
 *   storage: { connectionString: process.env.STORAGE ?? "" },
 * });
 * ```
 */
export function connect(options?: ConnectOptions): BatchParallel {
  return new BatchParallel(createClient(options));
}
