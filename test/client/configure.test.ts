import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { AccountConfiguration } from "../../src/client/configuration.js";
import { configure } from "../../src/client/configure.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import { ConfigurationError, type ConfigurationErrorCode } from "../../src/errors/index.js";

const key = Buffer.from("the key of an account, 64 bytes long, as the service makes them.").toString(
  "base64",
);
const otherKey = Buffer.from("another key, 64 bytes long, as storage has them, for 2 accounts.").toString(
  "base64",
);
const credential = { getToken: async () => ({ token: "t0ken", expiresOnTimestamp: 0 }) };

const real = `DefaultEndpointsProtocol=https;AccountName=store;AccountKey=${otherKey};EndpointSuffix=core.windows.net`;
const azurite = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${otherKey};BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;`;

const endpoint = "https://acc.westeurope.batch.azure.com";
const emulator = "http://127.0.0.1:4711";

const A = { AZURE_BATCH_ACCOUNT: "acc" };
const E = { AZURE_BATCH_ENDPOINT: endpoint };
const K = { AZURE_BATCH_ACCESS_KEY: key };
const S = { AZURE_STORAGE_CONNECTION_STRING: real };

function refusalOf(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function expectRefusal(run: () => unknown, code: ConfigurationErrorCode, settings: string[]): void {
  const error = refusalOf(run);
  expect({ code: error.code, settings: error.settings }).toEqual({ code, settings });
  for (const setting of settings) expect(error.message).toContain(setting);
  expect(inspect(error, { showHidden: true })).not.toMatch(new RegExp(`${key}|${otherKey}|s3cret`));
}

describe("an environment", () => {
  const account = (environment: Record<string, string>): AccountConfiguration => {
    const configuration = configure(undefined, environment);
    if (configuration.kind === "local") throw new Error("local");
    return configuration;
  };

  it.each([
    ["nothing", {}],
    [
      "empty variables",
      { AZURE_BATCH_ACCOUNT: "", AZURE_BATCH_ACCESS_KEY: " ", AZURE_STORAGE_CONNECTION_STRING: "" },
    ],
    ["Azurite's connection string alone", { AZURE_STORAGE_CONNECTION_STRING: azurite }],
    ["the short form of it", { AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true" }],
  ])("with %s means this computer", (_what, environment) => {
    expect(configure(undefined, environment)).toEqual({ kind: "local" });
  });

  it("names an account by key", () => {
    const { account: batch, storage } = account({ ...A, ...E, ...K, ...S });
    expect({ ...batch, key: "key" in batch && batch.key }).toEqual({ url: endpoint, name: "acc", key });
    expect({ ...storage, key: storage && "key" in storage && storage.key }).toEqual({
      url: "https://store.blob.core.windows.net",
      name: "store",
      key: otherKey,
    });
  });

  it("names an account by Entra ID where there is no key", () => {
    const { account: batch, storage } = account({ ...A, ...E, ...S });
    expect(batch).toEqual({ url: endpoint, credential: { getToken: expect.any(Function) } });
    expect(storage).toMatchObject({ name: "store" });
  });

  it.each([
    [endpoint, "https://store.blob.core.windows.net"],
    ["https://acc.usgovvirginia.batch.usgovcloudapi.net", "https://store.blob.core.usgovcloudapi.net"],
    ["https://acc.chinaeast2.batch.chinacloudapi.cn", "https://store.blob.core.chinacloudapi.cn"],
  ])("names storage by Entra ID, in the cloud of %s", (url, blobUrl) => {
    const { storage } = account({ ...A, AZURE_BATCH_ENDPOINT: url, AZURE_STORAGE_ACCOUNT: "store" });
    expect(storage).toEqual({ url: blobUrl, credential: { getToken: expect.any(Function) } });
  });

  it("prefers a connection string to an endpoint, and that to a name", () => {
    const byEndpoint = { AZURE_STORAGE_BLOB_ENDPOINT: "https://a.example/", AZURE_STORAGE_ACCOUNT: "store" };
    expect(account({ ...A, ...E, ...byEndpoint }).storage?.url).toBe("https://a.example");
    expect(account({ ...A, ...E, ...byEndpoint, ...S }).storage?.url).toBe(
      "https://store.blob.core.windows.net",
    );
  });

  it("takes the endpoint as the portal shows it, with a slash, and with what a paste brings along", () => {
    const url = (text: string) => account({ ...A, ...K, ...S, AZURE_BATCH_ENDPOINT: text }).account.url;
    expect(url(`${endpoint}/`)).toBe(endpoint);
    expect(url(` ${endpoint}\n`)).toBe(endpoint);
    expect(url("https://ACC.westeurope.batch.azure.com:443")).toBe(endpoint);
    expect(url("https://private.example:8443")).toBe("https://private.example:8443");
  });

  it("may name the emulator with Azurite or with real storage", () => {
    const local = { ...A, ...K, AZURE_BATCH_ENDPOINT: emulator };
    expect(account({ ...local, AZURE_STORAGE_CONNECTION_STRING: azurite }).account.url).toBe(emulator);
    expect(account({ ...local, ...S }).account.url).toBe(emulator);
  });

  const [account_, endpoint_, storage_] = [
    "AZURE_BATCH_ACCOUNT",
    "AZURE_BATCH_ENDPOINT",
    "AZURE_STORAGE_CONNECTION_STRING",
  ];
  it.each<[string, Record<string, string>, string[]]>([
    ["a name", A, [endpoint_, storage_]],
    ["an endpoint", E, [account_, storage_]],
    ["a key", K, [account_, endpoint_, storage_]],
    ["storage", S, [account_, endpoint_]],
    ["the name of storage", { AZURE_STORAGE_ACCOUNT: "store" }, [account_, endpoint_]],
    ["a name and an endpoint", { ...A, ...E }, [storage_]],
    ["a name and a key", { ...A, ...K }, [endpoint_, storage_]],
    ["a name and storage", { ...A, ...S }, [endpoint_]],
    ["an endpoint and a key", { ...E, ...K }, [account_, storage_]],
    ["an endpoint and storage", { ...E, ...S }, [account_]],
    ["a key and storage", { ...K, ...S }, [account_, endpoint_]],
    ["a name, an endpoint and a key", { ...A, ...E, ...K }, [storage_]],
    ["a name, a key and storage", { ...A, ...K, ...S }, [endpoint_]],
    ["an endpoint, a key and storage", { ...E, ...K, ...S }, [account_]],
    ["a name and Azurite", { ...A, AZURE_STORAGE_CONNECTION_STRING: azurite }, [endpoint_]],
  ])("with %s alone is half configured", (_what, environment, missing) => {
    expectRefusal(() => configure(undefined, environment), "HalfConfigured", missing);
  });

  it("says what is set and what is missing", () => {
    expect(refusalOf(() => configure(undefined, { ...A, ...K })).message).toBe(
      "AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY are set, but not AZURE_BATCH_ENDPOINT and " +
        "AZURE_STORAGE_CONNECTION_STRING. Set all of an account (AZURE_BATCH_ACCESS_KEY may be left out to sign in with " +
        "Entra ID, and AZURE_STORAGE_ACCOUNT may take the place of the connection string), or none to run on this computer.",
    );
  });

  it.each([
    ["Azurite", azurite],
    ["Azurite's short form", "UseDevelopmentStorage=true"],
    ["Azurite in a container", azurite.replace("127.0.0.1", "azurite")],
    [
      "Azurite with an account of its own",
      azurite.replaceAll("devstoreaccount1", "own").replace("127.0.0.1", "localhost"),
    ],
  ])("refuses %s with a real account", (_what, connectionString) => {
    const environment = { ...A, ...E, ...K, AZURE_STORAGE_CONNECTION_STRING: connectionString };
    expectRefusal(() => configure(undefined, environment), "AzuriteWithAccount", [storage_]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["a key that is not Base64", { AZURE_BATCH_ACCESS_KEY: "s3cret!" }, "AZURE_BATCH_ACCESS_KEY"],
    ["a key that was cut", { AZURE_BATCH_ACCESS_KEY: key.slice(0, -1) }, "AZURE_BATCH_ACCESS_KEY"],
    ["a path in the endpoint", { AZURE_BATCH_ENDPOINT: `${endpoint}/pools` }, "AZURE_BATCH_ENDPOINT"],
    ["a query in the endpoint", { AZURE_BATCH_ENDPOINT: `${endpoint}?sig=s3cret` }, "AZURE_BATCH_ENDPOINT"],
    [
      "a user in the endpoint",
      { AZURE_BATCH_ENDPOINT: "https://u:s3cret@a.example" },
      "AZURE_BATCH_ENDPOINT",
    ],
    ["another scheme", { AZURE_BATCH_ENDPOINT: "ftp://a.example" }, "AZURE_BATCH_ENDPOINT"],
    ["no endpoint at all", { AZURE_BATCH_ENDPOINT: "s3cret and more" }, "AZURE_BATCH_ENDPOINT"],
    [
      "an endpoint without scheme",
      { AZURE_BATCH_ENDPOINT: "acc.westeurope.batch.azure.com" },
      "AZURE_BATCH_ENDPOINT",
    ],
    ["the emulator without scheme", { AZURE_BATCH_ENDPOINT: "127.0.0.1:4711" }, "AZURE_BATCH_ENDPOINT"],
    ["another account's endpoint", { AZURE_BATCH_ACCOUNT: "other" }, "AZURE_BATCH_ENDPOINT"],
    ["a name that is none", { AZURE_BATCH_ACCOUNT: "acc\r\nX: y" }, "AZURE_BATCH_ACCOUNT"],
    [
      "a connection string without key",
      { AZURE_STORAGE_CONNECTION_STRING: "BlobEndpoint=https://a.example;AccountName=a" },
      "AZURE_STORAGE_CONNECTION_STRING",
    ],
    [
      "a connection string with half a SAS",
      {
        AZURE_STORAGE_CONNECTION_STRING:
          "BlobEndpoint=https://a.example;AccountName=a;SharedAccessSignature=sig=s3cret",
      },
      "SharedAccessSignature in AZURE_STORAGE_CONNECTION_STRING",
    ],
    [
      "a connection string without name",
      { AZURE_STORAGE_CONNECTION_STRING: `AccountKey=${otherKey}` },
      "AZURE_STORAGE_CONNECTION_STRING",
    ],
    [
      "a connection string that is none",
      { AZURE_STORAGE_CONNECTION_STRING: "s3cret" },
      "AZURE_STORAGE_CONNECTION_STRING",
    ],
    [
      "a key of storage that is not Base64",
      { AZURE_STORAGE_CONNECTION_STRING: "AccountName=a;AccountKey=s3cret" },
      "AccountKey in AZURE_STORAGE_CONNECTION_STRING",
    ],
    [
      "a blob endpoint that is none",
      {
        AZURE_STORAGE_CONNECTION_STRING: `AccountName=a;AccountKey=${otherKey};BlobEndpoint=s3cret and more`,
      },
      "BlobEndpoint in AZURE_STORAGE_CONNECTION_STRING",
    ],
  ])("refuses %s", (_what, change, setting) => {
    const environment = { ...A, ...E, ...K, ...S, ...change };
    expectRefusal(() => configure(undefined, environment), "InvalidConfiguration", [setting]);
  });

  it("refuses a token over plain http", () => {
    const plain = { ...A, ...S, AZURE_BATCH_ENDPOINT: "http://acc.westeurope.batch.azure.com" };
    expectRefusal(() => configure(undefined, plain), "InvalidConfiguration", ["AZURE_BATCH_ENDPOINT"]);
    const local = { ...A, ...S, AZURE_BATCH_ENDPOINT: emulator };
    expectRefusal(() => configure(undefined, local), "InvalidConfiguration", ["AZURE_BATCH_ENDPOINT"]);
    const storage = { ...A, ...E, ...K, AZURE_STORAGE_BLOB_ENDPOINT: "http://store.blob.core.windows.net" };
    expectRefusal(() => configure(undefined, storage), "InvalidConfiguration", [
      "AZURE_STORAGE_BLOB_ENDPOINT",
    ]);
  });
});

describe("options", () => {
  const byKey = { url: endpoint, name: "acc", key };
  const storage = { connectionString: real };
  const everything = { ...A, ...E, ...K, ...S };
  const refused = (options: unknown, code: ConfigurationErrorCode, settings: string[]) =>
    expectRefusal(() => configure(options as ConnectOptions, everything), code, settings);

  it("name an account by key or credential, and its storage by connection string or credential", () => {
    const keys = configure({ account: byKey, storage }, {});
    expect(keys).toMatchObject({ account: { url: endpoint, name: "acc" }, storage: { name: "store" } });
    const tokens = configure(
      {
        account: { url: "https://acc.westeurope.batch.azure.com", credential },
        storage: { url: "https://store.blob.core.windows.net", credential },
      },
      {},
    );
    expect(tokens).toMatchObject({
      account: { url: endpoint, credential },
      storage: { url: "https://store.blob.core.windows.net", credential },
    });
  });

  it("do not take the rest from the environment", () => {
    expect(configure({ account: byKey }, everything)).not.toHaveProperty("storage");
    refused({ storage }, "HalfConfigured", ["account"]);
    refused({ storage: { connectionString: azurite } }, "HalfConfigured", ["account"]);
    refused({}, "HalfConfigured", ["account"]);
    refused({ account: { url: endpoint, name: "acc" }, storage }, "HalfConfigured", ["account.key"]);
    refused({ account: { url: endpoint }, storage }, "HalfConfigured", ["account.name"]);
    refused({ account: { url: endpoint, key }, storage }, "HalfConfigured", ["account.name"]);
    refused({ account: { name: "acc", key }, storage }, "HalfConfigured", ["account.url"]);
    refused({ account: { credential }, storage }, "HalfConfigured", ["account.url"]);
    refused({ account: byKey, storage: {} }, "HalfConfigured", ["storage.connectionString"]);
    refused({ account: byKey, storage: { url: "https://a.example" } }, "HalfConfigured", [
      "storage.credential",
    ]);
  });

  it("are refused where they cannot work", () => {
    const invalid = "InvalidConfiguration";
    refused({ account: { ...byKey, credential }, storage }, invalid, ["account.key", "account.credential"]);
    refused({ account: { ...byKey, key: "s3cret!" }, storage }, invalid, ["account.key"]);
    refused({ account: { ...byKey, key: 42 }, storage }, invalid, ["account.key"]);
    refused({ account: { ...byKey, name: "other" }, storage }, invalid, ["account.url"]);
    refused({ account: { url: endpoint, credential: "s3cret" }, storage }, invalid, ["account.credential"]);
    refused({ account: { url: emulator, credential }, storage }, invalid, ["account.url"]);
    refused({ account: byKey, storage: { connectionString: "s3cret" } }, invalid, [
      "storage.connectionString",
    ]);
    refused({ account: byKey, storage: { url: "https://a.example/path", credential } }, invalid, [
      "storage.url",
    ]);
    refused({ account: byKey, storage: { ...storage, url: "https://a.example" } }, invalid, [
      "storage.connectionString",
      "storage.url",
    ]);
    refused({ account: byKey, storage: { connectionString: azurite } }, "AzuriteWithAccount", [
      "storage.connectionString",
    ]);
  });

  it.each<[string, unknown, string]>([
    [
      "an endpoint without scheme",
      { account: { ...byKey, url: "acc.westeurope.batch.azure.com" } },
      "account.url",
    ],
    ["storage without scheme", { storage: { url: "s.blob.core.windows.net", credential } }, "storage.url"],
    ["an option that is none", { region: "westeurope" }, "region"],
    ["an option of the account that is none", { account: { ...byKey, keys: [] } }, "account.keys"],
    ["an option of storage that is none", { storage: { ...storage, container: "c" } }, "storage.container"],
    ["storage that is none", { storage: "s3cret" }, "storage"],
    ["storage without a name", { storage: { url: "https://s.example", key: otherKey } }, "storage.name"],
    ["a version that is none", { apiVersion: "latest" }, "apiVersion"],
    ["a version without task slots", { apiVersion: "2020-03-01.11.0" }, "apiVersion"],
    ["a proxy that is none", { proxy: "s3cret" }, "proxy"],
    ["a proxy without url", { proxy: { username: "u" } }, "proxy.url"],
    ["a proxy without scheme", { proxy: { url: "u:s3cret@proxy:8080" } }, "proxy.url"],
    ["a proxy with a path", { proxy: { url: "http://u:s3cret@proxy:8080/x" } }, "proxy.url"],
    [
      "a proxy's password alone",
      { proxy: { url: "http://proxy:8080", password: "s3cret" } },
      "proxy.password",
    ],
    [
      "an identity that is none",
      { storage: { ...storage, nodeIdentity: { resourceId: "me" } } },
      "storage.nodeIdentity.resourceId",
    ],
    ["an identity by its name", { storage: { ...storage, nodeIdentity: "me" } }, "storage.nodeIdentity"],
  ])("refuse %s", (_what, change, setting) => {
    const options = { account: byKey, storage, ...(change as object) };
    const error = refusalOf(() => configure(options, {}));
    expect(error.settings).toEqual([setting]);
    expect(error.message).toContain(setting);
    expect(inspect(error, { showHidden: true })).not.toContain("s3cret");
  });

  const week = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const sas = `sv=2024-11-04&ss=b&srt=sco&sp=rwdlac&se=${week}&spr=https&sig=s3cret`;
  const url = "https://store.blob.core.windows.net";

  it("name storage by key or SAS", () => {
    const byName = configure({ account: byKey, storage: { url, name: "store", key: otherKey } }, {});
    expect(byName).toMatchObject({ storage: { url, name: "store" }, storageSetting: "storage.key" });
    const bySas = (storage: NonNullable<ConnectOptions["storage"]>) => {
      const configuration = configure({ account: byKey, storage }, {}) as AccountConfiguration;
      return {
        ...configuration.storage,
        sas: configuration.storage && "sas" in configuration.storage && configuration.storage.sas,
      };
    };
    expect(bySas({ url, sas })).toEqual({ url, sas });
    expect(bySas({ url, sas: `?${sas}` })).toEqual({ url, sas });
    const connectionString = `BlobEndpoint=${url}/;SharedAccessSignature=${sas}`;
    expect(bySas({ connectionString })).toEqual({ url, sas });
  });

  it.each<[string, string, ConfigurationErrorCode]>([
    ["that is over", sas.replace(week, "2024-01-01T00:00:00Z"), "SasExpired"],
    ["that has not begun", `${sas}&st=${week}`, "SasExpired"],
    ["without end", sas.replace(`&se=${week}`, ""), "InvalidConfiguration"],
    ["without signature", sas.replace("&sig=s3cret", ""), "InvalidConfiguration"],
    ["of one container", `sv=2024-11-04&sr=c&sp=rwdl&se=${week}&sig=s3cret`, "InvalidConfiguration"],
    ["of another service", sas.replace("ss=b", "ss=q"), "InvalidConfiguration"],
    ["of no containers", sas.replace("srt=sco", "srt=o"), "InvalidConfiguration"],
    ["that may only read", sas.replace("sp=rwdlac", "sp=rl"), "InvalidConfiguration"],
  ])("refuse a SAS %s", (_what, text, code) => {
    const error = refusalOf(() => configure({ account: byKey, storage: { url, sas: text } }, {}));
    expect(error).toMatchObject({ code, settings: ["storage.sas"] });
    expect(error.message).toMatch(/storage\.sas.*(give|make|Give)/);
    expect(inspect(error, { showHidden: true })).not.toContain("s3cret");
  });

  it("refuse a SAS for https alone where storage is reached by http", () => {
    const local = { account: { ...byKey, url: emulator }, storage: { url: "http://127.0.0.1:1/a", sas } };
    expectRefusal(() => configure(local, {}), "InvalidConfiguration", ["storage.sas"]);
  });

  it("are not printed with their secrets", () => {
    const proxy = { url: "http://proxy:8080", username: "u", password: "s3cret" };
    for (const options of [storage, { url, sas }]) {
      const configuration = configure({ account: byKey, storage: options, proxy }, {});
      expect(inspect(configuration, { depth: 9 }) + JSON.stringify(configuration)).not.toMatch(
        new RegExp(`${key}|${otherKey}|s3cret`),
      );
    }
  });
});
