import type { BatchAccount, StorageAccount } from "../azure/account.js";
import { cloudOf } from "../azure/cloud.js";
import { defaultCredential } from "../azure/default-credential.js";
import { ConfigurationError } from "../errors/index.js";
import {
  batchAccountWithCredential,
  batchAccountWithKey,
  storageAccountWithCredential,
  storageAccountWithString,
} from "./accounts.js";
import { type Configuration, isAzurite } from "./configuration.js";
import { readName, type Setting } from "./setting.js";

/** Variables by their names: `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * - nothing set, or Azurite's connection string alone: this computer (which brings its own Azurite)
 * - AZURE_BATCH_ACCOUNT and AZURE_BATCH_ENDPOINT: the account; by AZURE_BATCH_ACCESS_KEY if set, else by Entra ID
 * - its storage: AZURE_STORAGE_CONNECTION_STRING, else by Entra ID AZURE_STORAGE_BLOB_ENDPOINT or AZURE_STORAGE_ACCOUNT
 * - anything between: an error that names what is missing
 *
 * Values are trimmed, and an empty one counts as not set.
 */
export function environmentConfiguration(environment: Environment): Configuration {
  const account = settingIn(environment, "AZURE_BATCH_ACCOUNT");
  const endpoint = settingIn(environment, "AZURE_BATCH_ENDPOINT");
  const key = settingIn(environment, "AZURE_BATCH_ACCESS_KEY");
  const storage = storageIn(environment);

  const given = [account, endpoint, key, storage?.setting].filter((setting) => setting !== undefined);
  if (given.length === 0) return { kind: "local" };
  if (given.length === 1 && storage?.by === "connection string") {
    if (isAzurite(storageAccountWithString(storage.setting))) return { kind: "local" };
  }
  if (account === undefined || endpoint === undefined || storage === undefined) {
    throw halfConfigured(given, {
      AZURE_BATCH_ACCOUNT: account,
      AZURE_BATCH_ENDPOINT: endpoint,
      AZURE_STORAGE_CONNECTION_STRING: storage?.setting,
    });
  }

  const batch = batchAccount(endpoint, account, key);
  return {
    kind: "account",
    account: batch,
    accountSetting: (key ?? account).name,
    storage: storageAccount(storage, batch.url),
    storageSetting: storage.setting.name,
  };
}

function settingIn(environment: Environment, name: string): Setting | undefined {
  const value = environment[name]?.trim();
  return value === undefined || value === "" ? undefined : { name, value };
}

interface StorageSetting {
  readonly by: "connection string" | "url" | "name";
  readonly setting: Setting;
}

/** What names the storage: a connection string before a URL, a URL before a name. */
function storageIn(environment: Environment): StorageSetting | undefined {
  const connectionString = settingIn(environment, "AZURE_STORAGE_CONNECTION_STRING");
  if (connectionString !== undefined) return { by: "connection string", setting: connectionString };
  const url = settingIn(environment, "AZURE_STORAGE_BLOB_ENDPOINT");
  if (url !== undefined) return { by: "url", setting: url };
  const name = settingIn(environment, "AZURE_STORAGE_ACCOUNT");
  return name && { by: "name", setting: name };
}

function batchAccount(endpoint: Setting, name: Setting, key: Setting | undefined): BatchAccount {
  return key === undefined
    ? batchAccountWithCredential(endpoint, name, (url) => defaultCredential(cloudOf(url).authority))
    : batchAccountWithKey(endpoint, name, key);
}

function storageAccount({ by, setting }: StorageSetting, batchUrl: string): StorageAccount {
  if (by === "connection string") return storageAccountWithString(setting);
  const cloud = cloudOf(batchUrl);
  const credential = defaultCredential(cloud.authority);
  if (by === "url") return storageAccountWithCredential(setting, credential);
  const url = `https://${readName(setting)}.${cloud.blobSuffix}`;
  return storageAccountWithCredential({ name: setting.name, value: url }, credential);
}

function halfConfigured(
  given: readonly Setting[],
  needed: Readonly<Record<string, Setting | undefined>>,
): ConfigurationError {
  const missing = Object.keys(needed).filter((name) => needed[name] === undefined);
  const present = given.map(({ name }) => name);
  return new ConfigurationError(
    `${list(present)} ${present.length === 1 ? "is" : "are"} set, but not ${list(missing)}. Set all of an account ` +
      "(AZURE_BATCH_ACCESS_KEY may be left out to sign in with Entra ID, and AZURE_STORAGE_ACCOUNT may take the place " +
      "of the connection string), or none to run on this computer.",
    { code: "HalfConfigured", settings: missing },
  );
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat("en").format(names);
}
