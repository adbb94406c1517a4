import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { runClient, succeeds } from "./run-client.js";

// Debian's packages of Go libraries are sources in this place.
const sources = "/usr/share/gocode";
const client = `${sources}/src/github.com/Azure/azure-sdk-for-go/services/batch`;
const isInstalled = succeeds("go", ["version"]) && succeeds("ls", [client]);
if (!isInstalled)
  console.log(
    "Skipped: Microsoft's Go client (Debian: golang-github-azure-azure-sdk-for-go-dev) is not installed",
  );

describe.skipIf(!isInstalled)("Microsoft's Go client", () => {
  let emulator: Emulator;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "go-"));
    emulator = await startEmulator();
  });
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  // Its compiler takes long when it is the first time, and the machine is busy.
  test("leads the common life of an account", { timeout: 300_000 }, async () => {
    const life = join(import.meta.dirname, "go", "life.go");
    const { stdout } = await runClient("go", ["run", life], {
      GOPATH: sources,
      GO111MODULE: "off",
      GOCACHE: join(folder, "cache"),
      GOFLAGS: "-p=1",
      AZURE_BATCH_ENDPOINT: emulator.batchUrl,
      AZURE_BATCH_ACCOUNT: emulator.accountName,
      AZURE_BATCH_ACCESS_KEY: emulator.accountKey,
    });
    expect(stdout).toBe("done\n");
  });
});
