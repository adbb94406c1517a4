import type { BatchServiceClient } from "@azure/batch";
import type { BlobServiceClient } from "@azure/storage-blob";
import type { BatchAccount, StorageAccount } from "./account.js";
import { cloudOf } from "./cloud.js";
import type { TokenCredential } from "./credential.js";
import { environmentProxy, type ProxyChoice } from "./proxy.js";

export type { BatchServiceClient, BlobServiceClient };

/** How raw clients travel. */
export interface RawClientOptions {
  /** The service's version; absent for the client's own. */
  readonly apiVersion?: string;
  readonly proxy?: ProxyChoice;
}

type BatchSdk = typeof import("@azure/batch");

/** Microsoft's client of the Batch data plane, signed in as the library itself is. */
export async function rawBatchClient(
  account: BatchAccount,
  { apiVersion, proxy = environmentProxy }: RawClientOptions,
): Promise<BatchServiceClient> {
  // It is CommonJS: Node.js gives all its names in `default`, a bundler may give them without.
  const module = (await import("@azure/batch")) as BatchSdk & { default?: BatchSdk };
  const { BatchServiceClient: Client, BatchSharedKeyCredentials } = module.default ?? module;
  const credentials =
    "key" in account
      ? new BatchSharedKeyCredentials(account.name, account.key)
      : (ofDataPlane(account.credential, account.url) as unknown as InstanceType<
          BatchSdk["BatchSharedKeyCredentials"]
        >);
  const proxySettings = settingsOf(proxy(account.url));
  const client = new Client(credentials, account.url, proxySettings && { proxySettings });
  if (apiVersion !== undefined) client.apiVersion = apiVersion;
  return client;
}

/** The client asks for a token of Azure's management, which the data plane refuses: whatever it asks for, it gets the right one. */
function ofDataPlane({ getToken }: TokenCredential, url: string): TokenCredential {
  const { batchScope } = cloudOf(url);
  return { getToken: (_scopes, options) => getToken(batchScope, options) };
}

/** Microsoft's client of Blob Storage, signed in as the library itself is. */
export async function rawBlobClient(
  account: StorageAccount,
  { proxy = environmentProxy }: RawClientOptions,
): Promise<BlobServiceClient> {
  const { BlobServiceClient: Client, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  const proxyOptions = settingsOf(proxy(account.url));
  const options = proxyOptions && { proxyOptions };
  if ("sas" in account) return new Client(`${account.url}?${account.sas}`, undefined, options);
  const credential =
    "key" in account ? new StorageSharedKeyCredential(account.name, account.key) : account.credential;
  return new Client(account.url, credential, options);
}

/** A proxy's URL as both clients take it. */
function settingsOf(proxy: string | undefined) {
  if (proxy === undefined) return undefined;
  const { protocol, hostname, port, username, password } = new URL(proxy);
  return {
    host: `${protocol}//${hostname}`,
    port: Number(port) || (protocol === "https:" ? 443 : 80),
    ...(username !== "" && {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }),
  };
}
