import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { fromModule, type ModuleOptions } from "../../src/work/from-module.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import type { PreparedWork } from "../../src/work/prepared-work.js";

type AnyModule = Record<string, (item: unknown) => unknown>;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "from-module-"));
  files({
    "work.ts": `import { twice } from "./lib/twice.js"; export const double = (n: number) => twice(n);
      export default (n: number) => n; export const factor = 2;`,
    "lib/twice.ts": "export const twice = (n: number): number => 2 * n;",
    "node_modules/addon/package.json": '{ "name": "addon", "main": "index.js" }',
    "node_modules/addon/index.js": 'module.exports = require("bindings")("addon");',
    "node_modules/user-of-it/index.js": 'exports.sum = require("addon").sum;',
    "node_modules/napi/package.json": '{ "name": "napi", "main": "napi.linux-x64.node" }',
    "node_modules/napi/napi.linux-x64.node": "ELF",
    "node_modules/built/package.json": '{ "name": "built", "gypfile": true }',
    "node_modules/built/index.js": "exports.load = (file) => process.dlopen(module, file);",
    "node_modules/reader/index.js":
      'exports.data = () => require("fs").readFileSync(require("path").join(__dirname, "data.bin"));',
    "node_modules/reader/data.bin": "1",
    "node_modules/tries/index.js": "exports.load = (name) => { try { return require(name); } catch {} };",
    "data.wasm": "1",
    "picture.png": "1",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function files(texts: Record<string, string>): void {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

let modules = 0;

/** What becomes of a module with this text. */
function prepare(text: string, name = "work", options: ModuleOptions = {}) {
  const file = `module-${++modules}.ts`;
  files({ [file]: text });
  return prepareWork(fromModule<AnyModule>(join(folder, file), options)(name));
}

function bundleOf({ files }: PreparedWork): string {
  const bundle = files.find(({ name }) => name === "module.mjs");
  return String(bundle && "content" in bundle.source && bundle.source.content);
}

async function refusal(preparing: Promise<unknown>): Promise<InvalidArgumentError> {
  const error: unknown = await preparing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidArgumentError);
  return error as InvalidArgumentError;
}

describe("a module of one's own", () => {
  it("is bundled with what it imports, from its path or its URL, also under the name it is compiled to", async () => {
    for (const where of [
      join(folder, "work.ts"),
      join(folder, "work.js"),
      pathToFileURL(join(folder, "work.js")),
      pathToFileURL(join(folder, "work.ts")).href,
    ]) {
      const prepared = await prepareWork(fromModule<AnyModule>(where)("double"));
      expect(prepared).toMatchObject({ kind: "function" });
      expect(prepared.files.map(({ name }) => name)).toEqual(["work.mjs", "module.mjs", "module.mjs.map"]);
      expect(bundleOf(prepared)).toContain("2 * n");
    }
  });

  it("has to exist, and to export the function", async () => {
    const missing = await refusal(prepareWork(fromModule<AnyModule>(join(folder, "no.js"))("double")));
    expect(missing).toMatchObject({ option: "module", message: expect.stringContaining("no.js") });
    const other = await refusal(prepareWork(fromModule<AnyModule>(join(folder, "work.ts"))("tripel")));
    expect(other.option).toBe("name");
    expect(other.message).toMatch(/does not export "tripel"; it exports default, double, factor\.$/);
    expect((await refusal(prepare("const n = 1;"))).message).toMatch(/it exports nothing\.$/);
  });

  it("is of this computer", async () => {
    for (const where of ["https://example.com/a.js", new URL("https://example.com/a.js"), "", 5]) {
      const work = fromModule<AnyModule>(where as string)("double");
      expect(await refusal(prepareWork(work))).toMatchObject({ option: "module" });
    }
  });

  it("asks for esbuild by name where it is not installed", () => {
    const packages = join(folder, "without", "node_modules");
    mkdirSync(packages, { recursive: true });
    for (const name of readdirSync("node_modules")) {
      if (name !== "esbuild" && !name.startsWith("."))
        symlinkSync(resolve("node_modules", name), join(packages, name));
    }
    rmSync(join(packages, "azure-batch-parallel"), { force: true });
    cpSync("dist", join(packages, "azure-batch-parallel", "dist"), { recursive: true });
    copyFileSync("package.json", join(packages, "azure-batch-parallel", "package.json"));
    files({
      "without/main.mjs": `import { fromModule, runParallel } from "azure-batch-parallel";
        await runParallel([1], fromModule("main.mjs")("work")).catch((error) => console.log(error.message));`,
    });
    const cwd = join(folder, "without");
    const said = execFileSync(process.execPath, ["main.mjs"], { cwd, encoding: "utf8" });
    expect(said).toMatch(/with esbuild, which is not installed: run `npm install esbuild`/);
  });

  it("takes no options that are none", async () => {
    const path = join(folder, "work.ts");
    for (const options of [{ externals: [] }, { external: "fs" }, { external: [1] }]) {
      const work = fromModule<AnyModule>(path, options as never)("double");
      expect(await refusal(prepareWork(work))).toMatchObject({ option: "external" });
    }
  });
});

describe("what cannot be bundled is refused by name", () => {
  it.each([
    [
      "by its loader",
      'import { sum } from "user-of-it"; export const work = sum;',
      "addon",
      /user-of-it\/index\.js imports it/,
    ],
    ["by its file", 'import napi from "napi"; export const work = napi;', "napi", /what the compiler made/],
    ["by its package.json", 'import b from "built"; export const work = b.load;', "built", /has gypfile/],
  ])("a native add-on, %s", async (_how, text, name, why) => {
    const { message, option } = await refusal(prepare(text));
    expect(option).toBe("module");
    expect(message).toContain(`"${name}" is a native add-on`);
    expect(message).toMatch(why);
    expect(message).toContain(`{ external: ["${name}"] }`);
    const left = await prepare(text, "work", { external: [name] });
    expect(bundleOf(left)).toContain(`"${name}"`);
  });

  it.each<[string, string, RegExp]>([
    [
      "a package that is not there",
      'import x from "no-such-package"; export const work = x;',
      /Could not resolve "no-such-package" \(.*module-\d+\.ts:1:\d+\): install the package here/,
    ],
    [
      "a file that is not there",
      'import x from "./nothing.js"; export const work = x;',
      /Could not resolve "\.\/nothing\.js"/,
    ],
    ["a syntax error", "export const work = (;", /module-\d+\.ts:1:\d+/],
    [
      "a picture",
      'import p from "./picture.png"; export const work = () => p;',
      /"\.png" files.*option `files`/,
    ],
    [
      "a file beside it",
      'export const work = () => new URL("./data.wasm", import.meta.url);',
      /module-\d+\.ts reads .*data\.wasm, which a bundle does not hold/,
    ],
    [
      "a file beside a package",
      'import r from "reader"; export const work = () => r.data();',
      /reader\/index\.js reads .*data\.bin/,
    ],
    [
      "an import that is known later",
      "export const work = (name) => import(name);",
      /known only when it runs/,
    ],
    [
      "a require that is known later",
      "export const work = (name) => require(name);",
      /module-\d+\.ts:1.*known only when it runs/,
    ],
  ])("%s", async (_what, text, message) => {
    expect((await refusal(prepare(text))).message).toMatch(message);
  });

  it("but not what a package only tries", async () => {
    await expect(prepare('import t from "tries"; export const work = t.load;')).resolves.toMatchObject({
      kind: "function",
    });
  });
});
