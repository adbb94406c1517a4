import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { runClient, succeeds } from "./run-client.js";

const installed = succeeds("az", ["version"]);
if (!installed) console.log("Skipped: Microsoft's command line client (Debian: azure-cli) is not installed");

describe.skipIf(!installed)("Microsoft's command line client", () => {
  let emulator: Emulator;
  let folder: string;

  beforeAll(async () => {
    emulator = await startEmulator();
    folder = mkdtempSync(join(tmpdir(), "command-line-"));
  });
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("leads the common life of an account", { timeout: 300_000 }, async () => {
    const { stdout } = await runClient("/bin/sh", [join(import.meta.dirname, "command-line.sh"), folder], {
      AZURE_BATCH_ENDPOINT: emulator.batchUrl,
      AZURE_BATCH_ACCOUNT: emulator.accountName,
      AZURE_BATCH_ACCESS_KEY: emulator.accountKey,
    });
    expect(stdout.trim().split("\n").at(-1)).toBe("done");
  });
});
