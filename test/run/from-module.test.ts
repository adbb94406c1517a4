import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromModule, type ItemContext, type ItemError, runParallel } from "../../src/index.js";

interface WorkModule {
  measure(
    text: string,
    ctx: ItemContext<{ unit: string }>,
  ): { length: number; unit: string; settings: string };
  fails(n: number): number;
  inCommonJs(n: number): { platform: string; dirname: string };
  wait(n: number): number;
  factor: number;
}

let folder: string;
const module = () => fromModule<WorkModule>(join(folder, "work.ts"));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "from-module-"));
  const files = {
    "work.ts": `import { createRequire } from "node:module";
import settings from "./settings.json";
import { lengthOf } from "length-of";
import common from "common";
const require = createRequire(import.meta.url);
const __dirname = "mine";
const later: number = await Promise.resolve(7);
interface Context { shared: { unit: string }; index: number }
export function measure(text: string, ctx: Context) {
  console.log("measuring", ctx.index, __dirname, typeof require);
  return { length: lengthOf(text), unit: ctx.shared.unit, settings: settings.name };
}
export const wait = (n: number): number => n + later;
export const inCommonJs = () => common.report();
export const factor = 2;
export function fails(n: number): number {
  if (n > 0) throw new RangeError("too large");
  return n;
}
`,
    "settings.json": '{ "name": "from JSON" }',
    "common.cjs": "exports.triple = (n) => 3 * n;",
    "node_modules/length-of/package.json": '{ "name": "length-of", "type": "module", "main": "index.js" }',
    "node_modules/length-of/index.js": "export const lengthOf = (text) => text.length;",
    "node_modules/common/index.js":
      'const os = require("os"); exports.report = () => ({ platform: os.platform(), dirname: typeof __dirname });',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run of a module's function", () => {
  it("has what the module imports, the context and the console", async () => {
    const shared = { unit: "characters" };
    const run = runParallel(["one", "three"], module()("measure"), { shared });
    const settings = "from JSON";
    expect(await run).toEqual([
      { length: 3, unit: "characters", settings },
      { length: 5, unit: "characters", settings },
    ]);
    expect((await run.logs(1)).stdout).toBe("measuring 1 mine function\n");
  });

  it("goes on with the results of another run", async () => {
    const run = runParallel([1], module()("wait"))
      .map((n) => "x".repeat(n))
      .map(module()("measure"), { shared: { unit: "letters" } });
    expect(await run).toEqual([{ length: 8, unit: "letters", settings: "from JSON" }]);
    expect((await run.logs(0)).stdout).toBe("measuring 0 mine function\n");
  });

  it("takes top-level await, CommonJS packages and CommonJS modules", async () => {
    expect(await runParallel([1], module()("wait"))).toEqual([8]);
    const expected = { platform: process.platform, dirname: "string" };
    expect(await runParallel([1], module()("inCommonJs"))).toEqual([expected]);
    const common = fromModule<{ triple(n: number): number }>(join(folder, "common.cjs"));
    expect(await runParallel([2], common("triple"))).toEqual([6]);
  });

  it("names the lines of the sources in stacks", async () => {
    const [outcome] = await runParallel([1], module()("fails")).settled();
    const { reason } = outcome as { reason: ItemError };
    expect(reason).toMatchObject({ code: "FunctionFailed", message: "too large" });
    expect(reason.remoteStack).toMatch(/at (Module\.)?fails \(.*work\.ts:17:20\)/);
  });

  it("says where an export is no function", async () => {
    const [outcome] = await runParallel([1], module()("factor" as "fails")).settled();
    const { reason } = outcome as { reason: ItemError };
    expect(reason.message).toMatch(/work\.ts exports as "factor" no function, but number/);
  });
});
