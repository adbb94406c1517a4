import type { BatchAccount, StorageAccount } from "../azure/account.js";
import type { TokenCredential } from "../azure/credential.js";
import { ConfigurationError } from "../errors/index.js";
import {
  batchAccountWithCredential,
  batchAccountWithKey,
  storageAccountWithCredential,
  storageAccountWithKey,
} from "./accounts.js";
import type { Configuration } from "./configuration.js";
import type { ConnectOptions } from "./connect-options.js";
import type { Setting } from "./setting.js";

/** Reads what {@link connect} was given, also by plain JavaScript. Nothing is taken from the environment. */
export function optionsConfiguration(options: ConnectOptions): Configuration {
  const account = groupOf(options, "account");
  const storage = groupOf(options, "storage");
  return {
    kind: "account",
    account: batchAccount(account),
    storage: storageAccount(storage),
    storageSetting: storage.connectionString === undefined ? "storage.url" : "storage.connectionString",
  };
}

type Group = Readonly<Record<string, unknown>>;

function groupOf(options: ConnectOptions, name: "account" | "storage"): Group {
  const group: unknown = options?.[name];
  if (typeof group === "object" && group !== null) return group as Group;
  throw new ConfigurationError(
    `connect() needs both "account" and "storage", and "${name}" is missing. Without any options it uses the environment.`,
    { code: "HalfConfigured", settings: [name] },
  );
}

function batchAccount(account: Group): BatchAccount {
  refuseBoth("account", account, "key", "credential");
  const url = textIn("account", account, "url");
  if (account.credential !== undefined) {
    const name = account.name === undefined ? undefined : textIn("account", account, "name");
    return batchAccountWithCredential(url, name, () => credentialIn("account", account));
  }
  return batchAccountWithKey(
    url,
    textIn("account", account, "name"),
    textIn("account", account, "key", ', or "account.credential" to sign in with Entra ID'),
  );
}

function storageAccount(storage: Group): StorageAccount {
  refuseBoth("storage", storage, "connectionString", "url");
  if (storage.url === undefined) {
    const alternative = ', or "storage.url" and "storage.credential" to sign in with Entra ID';
    return storageAccountWithKey(textIn("storage", storage, "connectionString", alternative));
  }
  return storageAccountWithCredential(textIn("storage", storage, "url"), credentialIn("storage", storage));
}

function refuseBoth(group: string, values: Group, one: string, other: string): void {
  if (values[one] === undefined || values[other] === undefined) return;
  const settings = [`${group}.${one}`, `${group}.${other}`];
  throw new ConfigurationError(`${settings.join(" and ")} exclude each other: give one of them.`, {
    code: "InvalidConfiguration",
    settings,
  });
}

function textIn(group: string, values: Group, key: string, alternative = ""): Setting {
  const name = `${group}.${key}`;
  const value = values[key];
  if (value === undefined || value === "") throw missing(name, alternative);
  if (typeof value === "string") return { name, value: value.trim() };
  throw new ConfigurationError(`${name} must be a string.`, {
    code: "InvalidConfiguration",
    settings: [name],
  });
}

function credentialIn(group: string, values: Group): TokenCredential {
  const name = `${group}.credential`;
  const value = values.credential;
  if (value === undefined) throw missing(name, "");
  if (typeof (value as Partial<TokenCredential> | null)?.getToken === "function")
    return value as TokenCredential;
  throw new ConfigurationError(
    `${name} has no method getToken: give a credential of @azure/identity, such as new DefaultAzureCredential().`,
    { code: "InvalidConfiguration", settings: [name] },
  );
}

function missing(name: string, alternative: string): ConfigurationError {
  return new ConfigurationError(`"${name}" is missing: give it${alternative}.`, {
    code: "HalfConfigured",
    settings: [name],
  });
}
