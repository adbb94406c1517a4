import { type BatchAccount, type StorageAccount, withHiddenKey, withHiddenSas } from "../azure/account.js";
import { accountNameInHost } from "../azure/cloud.js";
import type { TokenCredential } from "../azure/credential.js";
import { readConnectionString } from "../azure/storage-connection-string.js";
import { readAccountSas } from "./sas.js";
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

/** Storage by its connection string, which holds a key or a SAS. */
export function storageAccountWithString(connectionString: Setting): StorageAccount {
  const { url, name, key, sas } = readConnectionString(connectionString.value);
  if (url === undefined) {
    throw invalid(
      connectionString,
      "has neither a BlobEndpoint nor an AccountName to find the Blob service by.",
    );
  }
  const part = (label: string, value: string) => ({ name: `${label} in ${connectionString.name}`, value });
  const endpoint = part("BlobEndpoint", url);
  if (key) {
    if (!name) throw invalid(connectionString, "has no AccountName.");
    return storageAccountWithKey(endpoint, part("AccountName", name), part("AccountKey", key));
  }
  if (sas) return storageAccountWithSas(endpoint, part("SharedAccessSignature", sas));
  throw invalid(connectionString, "has neither an AccountKey nor a SharedAccessSignature.");
}

export function storageAccountWithKey(url: Setting, name: Setting, key: Setting): StorageAccount {
  return withHiddenKey({ url: readEndpoint(url, { path: "any" }), name: readName(name), key: readKey(key) });
}

export function storageAccountWithSas(url: Setting, sas: Setting): StorageAccount {
  const endpoint = readEndpoint(url, { path: "any" });
  return withHiddenSas({ url: endpoint, sas: readAccountSas(sas, endpoint) });
}

export function storageAccountWithCredential(url: Setting, credential: TokenCredential): StorageAccount {
  const endpoint = readEndpoint(url, { path: "emulator" });
  refusePlainHttp(url, endpoint);
  return { url: endpoint, credential };
}

/** A token would be readable to whoever is on the way, and is good for the whole account. */
function refusePlainHttp(setting: Setting, endpoint: string): void {
  if (endpoint.startsWith("http:")) {
    throw invalid(setting, "must begin with https://, as a token is sent there: use a key for the emulator.");
  }
}
