import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** As deep as scripts/bench.js puts it, and within the package, which it imports by its name. */
const built = "build/bench-test/data.js";

beforeAll(() =>
  build({
    entryPoints: ["bench/data.ts"],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    outfile: built,
  }),
);
afterAll(() => rmSync("build/bench-test", { recursive: true, force: true }));

describe("the benchmark of data", () => {
  it("has a figure for each case, and sends an unchanged file once", () => {
    const args = [built, "--mebibytes", "4", "--files", "3", "--runs", "1"];
    const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
    const result = JSON.parse(printed.trimEnd().split("\n").at(-1) as string);
    const cases = ["4 MiB in", "4 MiB out", "3 files, one item", "3 files, each an item"];
    expect(Object.keys(result.ours)).toEqual([...cases, "4 MiB in, cached"]);
    for (const its of [result.ours, result.limit, result.peers["@azure/storage-blob"]])
      for (const one of cases) expect(its[one]).toBeGreaterThan(0);
    const [first, second] = result.cached.mebibytesSent;
    expect(first).toBeGreaterThan(4);
    expect(second).toBeLessThan(1);
  }, 180_000);
});
