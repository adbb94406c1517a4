import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { type BatchParallel, connect, pool, ubuntu } from "../../src/index.js";
import { rawClients } from "../../src/raw/index.js";
import { reply, startScriptedServer } from "../azure/support/scripted-server.js";

describe("raw clients", () => {
  let local: BatchParallel;

  beforeAll(() => {
    local = connect();
  });
  afterAll(() => local.close());

  it("are Microsoft's, of what the library is connected to", async () => {
    const described = pool("seen-by-both").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(0);
    const made = await local.createPool(described);
    const { batch, blob } = await rawClients(local);
    expect((await batch.pool.get("seen-by-both")).vmSize).toBe("standard_d2s_v5");
    const run = local.runParallel([1], (n) => n, { keep: "always" });
    await run;
    const names: string[] = [];
    for await (const { name } of blob?.listContainers() ?? []) names.push(name);
    expect(names).toContain(run.id);
    await made.delete();
  });

  it("may be asked for by another copy of the package", async () => {
    const require = createRequire(import.meta.url);
    const other = require("../../dist/raw/index.cjs") as typeof import("../../src/raw/index.js");
    const { batch } = await other.rawClients(local);
    expect(Array.isArray(await batch.job.list())).toBe(true);
  });

  it("are of what connect() returns alone", async () => {
    await expect(rawClients({} as never)).rejects.toMatchObject({ code: "InvalidArgument", option: "batch" });
  });

  it("have no client of storage where none is configured, and the api-version that was asked for", async () => {
    const server = await startScriptedServer((_request, response) => reply(response, 200, { value: [] }));
    const account = { url: server.url, name: "account", key: Buffer.alloc(32).toString("base64") };
    const { batch, blob } = await rawClients(connect({ account, apiVersion: "2021-06-01.14.0" }));
    expect(blob).toBeUndefined();
    await batch.pool.list();
    expect(server.requests[0]?.url).toContain("api-version=2021-06-01.14.0");
    await server.close();
  });
});

describe("a raw client with a credential of Entra ID", () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator({ bearerAudience: "https://batch.core.windows.net/" });
  });
  afterAll(() => emulator.close());

  it("asks for the scope of the data plane, and not for the one of Azure's management", async () => {
    const scopes: unknown[] = [];
    const credential = {
      async getToken(scope: string | string[]) {
        scopes.push(scope);
        const claims = { aud: "https://batch.core.windows.net/", exp: 4_000_000_000 };
        const token = [{}, claims, "unsigned"]
          .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
          .join(".");
        return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const { rawBatchClient } = await import("../../src/azure/raw-clients.js");
    const batch = await rawBatchClient({ url: emulator.batchUrl, credential }, {});
    expect(await batch.pool.list()).toHaveLength(0);
    expect(scopes).toEqual(["https://batch.core.windows.net/.default"]);
  });
});
