import { type BatchAccount, type StorageAccount, withHiddenKey } from "../azure/account.js";
import { accountNameInHost } from "../azure/cloud.js";
import type { TokenCredential } from "../azure/credential.js";
import { readConnectionString } from "../azure/storage-connection-string.js";
import { invalid, readEndpoint, readKey, readName, type Setting } from "./setting.js";

export function batchAccountWithKey(url: Setting, name: Setting, key: Setting): BatchAccount {
  const endpoint = readBatchEndpoint(url, name);
  return withHiddenKey({ url: endpoint, name: readName(name), key: readKey(key) });
}

/** The account's name is in the host already; given as well, the two must agree. */
export function batchAccountWithCredential(
  url: Setting,
  name: Setting | undefined,
  credentialFor: (url: string) => TokenCredential,
): BatchAccount {
  const endpoint = readBatchEndpoint(url, name);
  refusePlainHttp(url, endpoint);
  return { url: endpoint, credential: credentialFor(endpoint) };
}

function readBatchEndpoint(url: Setting, name: Setting | undefined): string {
  const endpoint = readEndpoint(url, { path: "none" });
  const inHost = accountNameInHost(endpoint);
  if (name === undefined || inHost === undefined) return endpoint;
  if (inHost.toLowerCase() === readName(name).toLowerCase()) return endpoint;
  throw invalid(url, `is the address of the account "${inHost}", but ${name.name} names "${name.value}".`);
}

export function storageAccountWithKey(connectionString: Setting): StorageAccount {
  const { url, name, key } = readConnectionString(connectionString.value);
  if (name === undefined || name === "") throw invalid(connectionString, "has no AccountName.");
  if (key === undefined || key === "") {
    throw invalid(connectionString, "has no AccountKey, which signs what gives nodes access to storage.");
  }
  if (url === undefined) throw invalid(connectionString, "has neither a BlobEndpoint nor an EndpointSuffix.");
  const part = (label: string, value: string) => ({ name: `${label} in ${connectionString.name}`, value });
  return withHiddenKey({
    url: readEndpoint(part("BlobEndpoint", url), { path: "any" }),
    name: readName(part("AccountName", name)),
    key: readKey(part("AccountKey", key)),
  });
}

export function storageAccountWithCredential(url: Setting, credential: TokenCredential): StorageAccount {
  const endpoint = readEndpoint(url, { path: "none" });
  refusePlainHttp(url, endpoint);
  return { url: endpoint, credential };
}

/** A token would be readable to whoever is on the way, and is good for the whole account. */
function refusePlainHttp(setting: Setting, endpoint: string): void {
  if (endpoint.startsWith("http:")) {
    throw invalid(setting, "must begin with https://, as a token is sent there: use a key for the emulator.");
  }
}
