import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const TYPESCRIPT = `
  import { runParallel, type Run, ItemError, RunFailedError } from "azure-batch-parallel";

  const run: Run<number> = runParallel(["a", "bb"], (word, ctx) => word.length + ctx.index);
  run.then((lengths: number[]) => {
    if (JSON.stringify(lengths) !== "[1,3]") throw new Error("wrong: " + JSON.stringify(lengths));
    console.log("TypeScript", lengths, typeof ItemError, typeof RunFailedError);
  });
`;

const BOTH = `
  import { createRequire } from "node:module";
  import { RunFailedError, runParallel } from "azure-batch-parallel";
  const cjs = createRequire(import.meta.url)("azure-batch-parallel");
  const failing = (n) => { throw new Error("no"); };
  const [one, other] = await Promise.all([runParallel([1], failing), cjs.runParallel([1], failing)].map((run) => run.catch((e) => e)));
  if (one instanceof cjs.RunFailedError && other instanceof RunFailedError) console.log("both", one === other);
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "consumer-"));
  const packed = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], resolve(".")),
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--omit=peer", packed[0].filename],
    folder,
  );
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the packed library, installed in an empty folder", () => {
  it("runs as an ES module", () => {
    const program = `
      import { runParallel } from "azure-batch-parallel";
      console.log("ESM", await runParallel([1, 2], (n) => n * 2));
    `;
    expect(node("esm.mjs", program)).toContain("ESM [ 2, 4 ]");
  });

  it("runs as CommonJS", () => {
    const program = `
      const { command, runParallel } = require("azure-batch-parallel");
      runParallel([1, 2], (n) => n * 2).then((doubled) => console.log("CJS", doubled));
      const write = (n) => ({ file: "sh", args: ["-c", "cat in > out"], inputs: [{ content: "in " + n, as: "in" }], outputs: ["out"] });
      runParallel([1, 2], command(write)).download("downloaded").then((paths) => console.log("CJS", paths));
    `;
    const said = node("cjs.cjs", program);
    expect(said).toContain("CJS [ 2, 4 ]");
    expect(said).toContain("CJS [ 'downloaded/0/out', 'downloaded/1/out' ]");
  });

  it("runs as both in one process, and instanceof holds across the two", () => {
    expect(node("both.mjs", BOTH)).toContain("both false");
  });

  it.each([
    ["node16", { module: "node16", moduleResolution: "node16" }, "consumer.mts"],
    ["node16 from CommonJS", { module: "node16", moduleResolution: "node16" }, "consumer.cts"],
    ["bundler", { module: "preserve", moduleResolution: "bundler" }, "consumer.ts"],
  ])("compiles and runs in TypeScript with moduleResolution %s", (name, options, file) => {
    const project = `tsconfig.${name.replaceAll(" ", "-")}.json`;
    const out = join(folder, `out-${name.replaceAll(" ", "-")}`);
    writeFileSync(join(folder, file), TYPESCRIPT);
    const compilerOptions = {
      ...options,
      strict: true,
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      outDir: out,
      types: ["node"],
      typeRoots: [resolve("node_modules/@types")],
    };
    writeFileSync(join(folder, project), JSON.stringify({ compilerOptions, files: [file] }));
    run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", project], folder);
    const compiled = join(out, file.replace(/ts$/, "js"));
    // What a bundler would take as an ES module, Node.js takes by its name.
    const program = compiled.replace(/\/consumer\.js$/, "/bundled.mjs");
    if (program !== compiled) renameSync(compiled, program);
    expect(run(process.execPath, [program], folder)).toContain("TypeScript [ 1, 3 ]");
  });

  it("types the emulator's entry as well", () => {
    const program = `
      import { startEmulator } from "azure-batch-parallel/emulator";
      const emulator = await startEmulator();
      console.log(emulator.batchUrl);
      await emulator.close();
    `;
    expect(node("emulator.mjs", program)).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  });
});

function node(file: string, program: string): string {
  writeFileSync(join(folder, file), program);
  return run(process.execPath, [file], folder);
}

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
