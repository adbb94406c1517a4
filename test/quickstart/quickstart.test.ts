import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tracesLeft, tracesOf } from "../local/leaks.js";

const program = "build/quickstart/main.js";

beforeAll(async () => {
  await build({
    entryPoints: ["quickstart/main.ts"],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    outfile: program,
    logLevel: "error",
  });
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quickstart-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the quickstart", () => {
  it("agrees with its cross-checks, ends by itself and leaves nothing", async () => {
    const child = start();
    const { code, stdout } = await ended(child);
    expect(stdout).toContain("✓ agrees with a plain loop in one process");
    expect(stdout).toContain("✓ agrees with a CSV library in JavaScript");
    expect(stdout).toContain("engine: local");
    expect(code).toBe(0);
    expect(await tracesLeft(folder)).toEqual({ processes: [], files: [] });
  });

  it("leaves nothing when it is killed midway", async () => {
    const child = start();
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (text: Buffer) => {
        if (/running on local: [1-9]/.test(text.toString())) resolve();
      });
    });
    const { processes, files } = tracesOf(folder);
    expect([processes.length > 0, files.length > 0]).toEqual([true, true]);
    child.kill("SIGKILL");
    await ended(child);
    expect(await tracesLeft(folder)).toEqual({ processes: [], files: [] });
  });
});

function start(): ChildProcess {
  return spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string }> {
  let stdout = "";
  child.stdout?.on("data", (text: Buffer) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout };
}
