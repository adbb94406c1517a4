import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";

// Other people's clients, where they are installed: Debian's packages python3-azure and azure-cli.

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const python = "/usr/bin/python3";
const hasPython = spawnSync(python, ["-c", "import azure.batch"]).status === 0;
const hasCli = spawnSync("az", ["version"]).status === 0;

let emulator: Emulator;
let folder: string;

beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), "emulator-clients-test-"));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const account = (): string[] => [emulator.batchUrl, emulator.accountName, emulator.accountKey];

describe("the common life of pools, jobs, schedules, tasks, files and autoscale", () => {
  test.skipIf(!hasPython)("works with Microsoft's Python client", { timeout: 120_000 }, async () => {
    const { stdout } = await run(python, [join(here, "batch_client.py"), ...account()]);
    expect(stdout.trim().split("\n")).toEqual([
      "pools: ok",
      "jobs_and_tasks: ok",
      "autoscale: ok",
      "schedules: ok",
      "clean_up: ok",
      "refusal: ok",
    ]);
  });

  test.skipIf(!hasCli)("works with Microsoft's command line client", { timeout: 300_000 }, async () => {
    const { stdout } = await run("/bin/sh", [join(here, "batch_cli.sh"), ...account(), folder]);
    expect(stdout.trim().split("\n")).toEqual([
      "pools: ok",
      "tasks and files: ok",
      "jobs: ok",
      "autoscale: ok",
      "schedules: ok",
      "cleaning up and refusal: ok",
    ]);
  });
});

if (!hasPython) console.warn("skipped: the Python client (Debian: python3-azure) is not installed");
if (!hasCli) console.warn("skipped: the command line client (Debian: azure-cli) is not installed");
