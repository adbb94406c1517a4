import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Client, createClient } from "../../src/client/client.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { ConfigurationError } from "../../src/errors/index.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";

describe("a client", () => {
  let emulator: Emulator;
  let azurite: TestStorage;

  beforeAll(async () => {
    [emulator, azurite] = await Promise.all([startEmulator(), startAzurite()]);
  });

  afterAll(async () => {
    await Promise.all([emulator?.close(), azurite?.close()]);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const account = () => ({ url: emulator.batchUrl, name: emulator.accountName, key: emulator.accountKey });
  const storage = () => ({ connectionString: azurite.connectionString });

  it("takes the account from the environment, and refuses half of one at once", () => {
    vi.stubEnv("AZURE_BATCH_ACCOUNT", "acc");
    expect(() => createClient()).toThrow(ConfigurationError);
    vi.stubEnv("AZURE_BATCH_ENDPOINT", "https://acc.westeurope.batch.azure.com");
    vi.stubEnv("AZURE_STORAGE_ACCOUNT", "store");
    expect(JSON.parse(JSON.stringify(createClient()))).toEqual({
      engine: "azure",
      batch: "https://acc.westeurope.batch.azure.com",
      storage: "https://store.blob.core.windows.net",
    });
  });

  it("gives both services, connected once, and anew after close", async () => {
    const client = createClient({ account: account(), storage: storage() });
    const connection = await client.connection();
    expect(connection.engine).toBe("local");
    expect(connection.storage.local).toBe(true);
    expect(await connection.batch.getJob("none")).toBeUndefined();
    expect(await client.connection()).toBe(connection);

    await client.close();
    await client.close();
    const again = await client.connection();
    expect(again).not.toBe(connection);
    expect(await again.batch.getJob("none")).toBeUndefined();
    await client.close();
  });

  it("uses the local engine where no account is named, the one that runs", async () => {
    let started = 0;
    let engine = { batch: account(), storage: storage() };
    const client = new Client({ kind: "local" }, async () => {
      started++;
      return engine;
    });
    expect(started).toBe(0);
    const connection = await client.connection();
    expect(connection.engine).toBe("local");
    expect(await connection.batch.getJob("none")).toBeUndefined();
    expect(await client.connection()).toBe(connection);

    engine = { ...engine }; // The first one has ended, and another was started.
    expect(await client.connection()).not.toBe(connection);
    await client.close();
  });

  it("fails as the local engine fails, and tries again", async () => {
    let works = false;
    const client = new Client({ kind: "local" }, async () => {
      if (!works) throw new Error("no Azurite");
      return { batch: account(), storage: storage() };
    });
    await expect(client.connection()).rejects.toThrow("no Azurite");
    works = true;
    expect((await client.connection()).engine).toBe("local");
    await client.close();
  });

  it("shows where it is connected to, and no key", async () => {
    const client = createClient({ account: account(), storage: storage() });
    await client.connection();
    const printed = inspect(client, { depth: 20, showHidden: true }) + JSON.stringify(client);
    expect(printed).toContain(emulator.batchUrl);
    for (const secret of [emulator.accountKey, /AccountKey=([^;]+)/.exec(azurite.connectionString)?.[1]]) {
      expect(printed).not.toContain(secret);
    }
    const connection = await client.connection();
    expect(inspect(connection, { depth: 20, showHidden: true })).not.toContain(emulator.accountKey);
    await client.close();
  });
});
