import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBatchPort } from "../../../src/azure/batch.js";
import type { PoolParameter } from "../../../src/azure/parameters/index.js";
import type { BatchPort } from "../../../src/azure/ports.js";
import { ensurePool } from "../../../src/client/account/ensure-pool.js";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import type { PoolError } from "../../../src/errors/index.js";
import { poolCoverage } from "../../builders/api-coverage/pool-cases.js";

const applications = mkdtempSync(join(tmpdir(), "ensure-pool-"));

describe("a pool that is ensured twice", () => {
  let emulator: Emulator;
  let batch: BatchPort;
  let number = 0;

  beforeAll(async () => {
    mkdirSync(join(applications, "blender"));
    writeFileSync(join(applications, "blender", "4.2.zip"), zipSync({ blender: new Uint8Array() }));
    emulator = await startEmulator({ applications });
    batch = await createBatchPort({
      url: emulator.batchUrl,
      name: emulator.accountName,
      key: emulator.accountKey,
    });
  });

  afterAll(async () => {
    batch?.close();
    await emulator?.close();
    rmSync(applications, { recursive: true });
  });

  it.each(poolCoverage.cases)("is the same, with $method", async ({ build }) => {
    const wanted = { ...build(), id: `pool-${number++}` } as PoolParameter;
    // Not through ensurePool: it checks images, and these need not be supported.
    await batch.createPool(wanted).catch((error: { code?: string }) => {
      // A subnet needs a token, which has nothing to do with how pools are compared.
      expect(error.code).toBe("Forbidden");
    });
    if ((await batch.getPool(wanted.id)) === undefined) return;
    expect(await ensurePool(batch, wanted, { existing: "same" })).toMatchObject({ id: wanted.id });
    await batch.deletePool(wanted.id);
  });

  it("may have the account's application packages", async () => {
    const found = [];
    for await (const application of batch.account.applications()) found.push(application);
    expect(found).toEqual([{ id: "blender", versions: ["4.2"] }]);
  });

  it("tells no secret of what differs", async () => {
    const base = { ...poolCoverage.base(), id: "secrets" } as PoolParameter;
    await batch.createPool(base);
    const wanted = {
      ...base,
      userAccounts: [{ name: "admin", password: "secret-1" }],
      startTask: {
        commandLine: "true",
        environmentSettings: [{ name: "TOKEN", value: "secret-2" }],
        resourceFiles: [{ httpUrl: "https://a.blob.core.windows.net/c/b?sig=secret-3", filePath: "b" }],
      },
    };
    const error = await ensurePool(batch, wanted, { existing: "same" }).catch((thrown: PoolError) => thrown);
    const told = JSON.stringify([(error as PoolError).differences, (error as PoolError).message]);
    expect(told).toContain("userAccounts.admin");
    expect(told).toContain("https://a.blob.core.windows.net/c/b");
    expect(told).not.toContain("secret-");
  });
});
