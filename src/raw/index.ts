/**
 * Microsoft's own clients of Batch and Blob Storage, for what the library has no method for.
 *
 * @packageDocumentation
 */

import {
  type BatchServiceClient,
  type BlobServiceClient,
  rawBatchClient,
  rawBlobClient,
} from "../azure/raw-clients.js";
import { InvalidArgumentError } from "../errors/index.js";
import { heldClient } from "../run/held-client.js";

/** What `connect()` returns, by what it can do: also that of another copy of the package. */
export interface Connected {
  /** What it is connected to. */
  toJSON(): { readonly engine: "local" | "azure" };
  /** Lets go of the connections. */
  close(): Promise<void>;
}

/** Microsoft's clients of one account and its storage. */
export interface RawClients {
  /** Of `@azure/batch`: the Batch data plane. */
  readonly batch: BatchServiceClient;
  /** Of `@azure/storage-blob`: Blob Storage; `undefined` where the account was connected without storage. */
  readonly blob: BlobServiceClient | undefined;
}

/**
 * Microsoft's clients for what `connect()` is connected to: the same account or local engine, credentials, proxy
 * and api-version. A credential of Entra ID is asked for the scope of the Batch data plane, which the Batch client by
 * itself gets wrong. They retry by their own rules, and their errors are theirs, with the requests in them: do not log those
 * whole. Nothing in the library needs them.
 *
 * @param batch - what `connect()` gave, of this copy of the package or another
 * @throws InvalidArgumentError for anything else
 * @throws LocalEngineError where the local engine cannot start
 * @example
 * ```ts
 * import { connect } from "azure-batch-parallel";
 * import { rawClients } from "azure-batch-parallel/raw";
 *
 * const { batch, blob } = await rawClients(connect());
 * const images = await batch.account.listSupportedImages();
 * console.log(images.length, blob?.url);
 * ```
 */
export async function rawClients(batch: Connected): Promise<RawClients> {
  const client = heldClient(batch);
  if (client === undefined) {
    throw new InvalidArgumentError("rawClients() takes what connect() returns.", { option: "batch" });
  }
  const { account, storage, apiVersion, proxy } = await client.accountConfiguration();
  const options = { ...(apiVersion && { apiVersion }), ...(proxy && { proxy }) };
  const [batchClient, blob] = await Promise.all([
    rawBatchClient(account, options),
    storage && rawBlobClient(storage, options),
  ]);
  return { batch: batchClient, blob };
}
