import { type ChildProcess, spawn } from "node:child_process";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { traces, tracesLeft } from "../local/leaks.js";

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

describe("the quickstart", () => {
  it("agrees with its cross-checks, ends by itself and leaves nothing", async () => {
    const before = traces();
    const child = start();
    const { code, stdout } = await ended(child);
    expect(stdout).toContain("✓ agrees with a plain loop in one process");
    expect(stdout).toContain("✓ agrees with a CSV library in JavaScript");
    expect(stdout).toContain("engine: local");
    expect(code).toBe(0);
    expect(await tracesLeft(before)).toEqual({ processes: [], folders: [] });
  });

  it("leaves nothing when it is killed midway", async () => {
    const before = traces();
    const child = start();
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (text: Buffer) => {
        if (/running on local: [1-9]/.test(text.toString())) resolve();
      });
    });
    expect(traces(before).folders).not.toEqual([]);
    child.kill("SIGKILL");
    await ended(child);
    expect(await tracesLeft(before)).toEqual({ processes: [], folders: [] });
  });
});

function start(): ChildProcess {
  return spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string }> {
  let stdout = "";
  child.stdout?.on("data", (text: Buffer) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout };
}
