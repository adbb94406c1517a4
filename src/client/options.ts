import type { BatchAccount, StorageAccount } from "../azure/account.js";
import { isUsableApiVersion } from "../azure/api-version.js";
import type { TokenCredential } from "../azure/credential.js";
import type { ProxyChoice } from "../azure/proxy.js";
import { ConfigurationError } from "../errors/index.js";
import {
  batchAccountWithCredential,
  batchAccountWithKey,
  storageAccountWithCredential,
  storageAccountWithKey,
  storageAccountWithSas,
  storageAccountWithString,
} from "./accounts.js";
import type { AccountConfiguration, Configuration } from "./configuration.js";
import type { ConnectOptions, NodeIdentity } from "./connect-options.js";
import { readProxy } from "./proxy.js";
import { invalid, type Setting } from "./setting.js";

/** Reads what {@link connect} was given, also by plain JavaScript. Nothing is taken from the environment but a proxy. */
export function optionsConfiguration(options: ConnectOptions): Configuration {
  refuseUnknown("", options, ["account", "storage", "proxy", "apiVersion"]);
  const account = groupOf(options, "account");
  const storage = options.storage === undefined ? undefined : groupOf(options, "storage");
  return withoutUndefined<AccountConfiguration>({
    kind: "account",
    account: batchAccount(account),
    accountSetting: account.credential === undefined ? "account.key" : "account.credential",
    ...storagePart(storage),
    proxy: proxyIn(options.proxy),
    apiVersion: apiVersionIn(options.apiVersion),
  });
}

type Group = Readonly<Record<string, unknown>>;

function groupOf(options: ConnectOptions, name: "account" | "storage" | "proxy"): Group {
  const group: unknown = options?.[name];
  if (typeof group === "object" && group !== null) return group as Group;
  if (group !== undefined) throw wrong(name, "must be an object.");
  throw new ConfigurationError(
    `connect() needs "${name}", which is missing. Without any options it uses the environment.`,
    { code: "HalfConfigured", settings: [name] },
  );
}

function batchAccount(account: Group): BatchAccount {
  refuseUnknown("account", account, ["url", "name", "key", "credential"]);
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

function storagePart(storage: Group | undefined) {
  if (storage === undefined) return { storageSetting: "storage" };
  const ways = ["connectionString", "key", "sas", "credential"];
  refuseUnknown("storage", storage, ["url", "name", "nodeIdentity", ...ways]);
  const way = ways.find((one) => storage[one] !== undefined);
  return {
    storage: storageAccount(storage, ways),
    storageSetting: `storage.${way}`,
    nodeIdentity: nodeIdentityIn(storage.nodeIdentity),
  };
}

function storageAccount(storage: Group, ways: readonly string[]): StorageAccount {
  for (const [index, way] of ways.entries()) {
    for (const other of ways.slice(index + 1)) refuseBoth("storage", storage, way, other);
  }
  refuseBoth("storage", storage, "connectionString", "url");
  if (storage.connectionString !== undefined) {
    return storageAccountWithString(textIn("storage", storage, "connectionString"));
  }
  if (storage.url === undefined) {
    throw missing("storage.connectionString", ', or "storage.url" with a key, a SAS or a credential');
  }
  const url = textIn("storage", storage, "url");
  if (storage.key !== undefined) {
    return storageAccountWithKey(url, textIn("storage", storage, "name"), textIn("storage", storage, "key"));
  }
  if (storage.sas !== undefined) return storageAccountWithSas(url, textIn("storage", storage, "sas"));
  return storageAccountWithCredential(url, credentialIn("storage", storage));
}

/** Batch takes it as it is, and names no identity that it does not find: a slip would show on a node at the earliest. */
const IDENTITY =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/[^/]+$/i;

function nodeIdentityIn(value: unknown): NodeIdentity | undefined {
  if (value === undefined) return undefined;
  const name = "storage.nodeIdentity";
  if (typeof value !== "object" || value === null) throw wrong(name, "must be an object with a resourceId.");
  refuseUnknown(name, value as Group, ["resourceId"]);
  const resourceId = textIn(name, value as Group, "resourceId");
  if (IDENTITY.test(resourceId.value)) return { resourceId: resourceId.value };
  throw invalid(
    resourceId,
    "is not the id of a managed identity: /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…",
  );
}

function proxyIn(value: unknown): ProxyChoice | undefined {
  if (value === undefined) return undefined;
  if (value === false) return () => undefined;
  if (typeof value !== "object" || value === null)
    throw wrong("proxy", "must be an object with a url, or false.");
  const proxy = value as Group;
  refuseUnknown("proxy", proxy, ["url", "username", "password"]);
  const optional = (key: string) => (proxy[key] === undefined ? undefined : textIn("proxy", proxy, key));
  return readProxy(textIn("proxy", proxy, "url"), optional("username"), optional("password"));
}

function apiVersionIn(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && isUsableApiVersion(value)) return value;
  throw wrong(
    "apiVersion",
    'is not a version of the Batch service from "2020-09-01.12.0" on, such as "2022-10-01.16.0".',
  );
}

function refuseUnknown(group: string, values: object, known: readonly string[]): void {
  const unknown = Object.keys(values ?? {}).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const name = group === "" ? unknown : `${group}.${unknown}`;
  throw wrong(
    name,
    `is no option of connect(): ${group === "" ? "there" : group} ${group === "" ? "are" : "has"} ${known.join(", ")}.`,
  );
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
  throw wrong(name, "must be a string.");
}

function credentialIn(group: string, values: Group): TokenCredential {
  const name = `${group}.credential`;
  const value = values.credential;
  if (value === undefined) throw missing(name, "");
  if (typeof (value as Partial<TokenCredential> | null)?.getToken === "function")
    return value as TokenCredential;
  throw wrong(
    name,
    "has no method getToken: give a credential of @azure/identity, such as new DefaultAzureCredential().",
  );
}

function wrong(name: string, problem: string): ConfigurationError {
  return new ConfigurationError(`${name} ${problem}`, { code: "InvalidConfiguration", settings: [name] });
}

function missing(name: string, alternative: string): ConfigurationError {
  return new ConfigurationError(`"${name}" is missing: give it${alternative}.`, {
    code: "HalfConfigured",
    settings: [name],
  });
}

function withoutUndefined<T extends object>(values: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
