import { createRequire } from "node:module";
import { transform } from "esbuild";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { FunctionNotPortableError } from "../../src/errors/index.js";
import { moduleOf } from "../../src/work/function-work.js";
import { runModule } from "./support/run-module.js";

const require = createRequire(import.meta.url);

/** Loads CommonJS source as Node.js does, and gives its export `work`. */
function workOf(source: string): object {
  const module = { exports: {} as { work?: object } };
  new Function("require", "module", "exports", source)(require, module, module.exports);
  if (!module.exports.work) throw new Error(`No work in:\n${source}`);
  return module.exports.work;
}

function compile(source: string, options: ts.CompilerOptions): object {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, esModuleInterop: true, ...options },
  });
  return workOf(outputText);
}

async function bundle(source: string, options: Parameters<typeof transform>[1]): Promise<object> {
  const { code } = await transform(source, { loader: "ts", format: "cjs", platform: "node", ...options });
  return workOf(code);
}

/** It uses most of what compilers for old targets replace by helpers. */
const MODERN = `
export const work = async (n: number) => {
  const os = await import("node:os");
  const { default: path, basename } = await import("node:path");
  const { first, ...rest } = { first: n, second: n + 1, third: n ** 2 };
  const merged = { ...rest, fourth: 4 };
  const spread = [...Object.keys(merged), ...new Set([n, n])];
  class Box {
    #inner = n;
    static made = "made";
    get inner() { return this.#inner; }
    set inner(value) { this.#inner = value; }
    async *each() { yield first; yield this.inner; }
  }
  class Deep extends Box { field = this.inner; }
  const box = new Deep();
  box.inner += 1;
  const seen: unknown[] = [];
  for await (const value of box.each()) seen.push(value);
  const tag = (texts: TemplateStringsArray, value: number) => texts.raw.join(String(value));
  function named() {}
  return [spread, seen, box.field, Box.made, tag\`a\${n}b\`, named.name, basename("/x/y"), path.sep, os.EOL];
};`;
const MODERN_RESULT = [["second", "third", "fourth", 7], [7, 8], 7, "made", "a7b", "named", "y", "/", "\n"];

describe("TypeScript's output as CommonJS", () => {
  const { ES5, ES2015, ES2017, ES2022 } = ts.ScriptTarget;
  it.each([
    ["ES2022", { target: ES2022 }],
    ["ES2017", { target: ES2017 }],
    ["ES2015", { target: ES2015 }],
    ["ES5", { target: ES5, downlevelIteration: true }],
    ["ES2022 with tslib", { target: ES2022, importHelpers: true }],
    ["ES2015 with tslib", { target: ES2015, importHelpers: true }],
    ["ES5 with tslib", { target: ES5, importHelpers: true, downlevelIteration: true }],
  ])("runs elsewhere: %s", async (_name, options) => {
    expect(await runModule(await moduleOf(compile(MODERN, options)), 7)).toEqual(MODERN_RESULT);
  });

  it("carries only the helpers that it uses", async () => {
    const work = compile(
      "export const work = async (n: string) => (await import('node:path')).basename(n);",
      {
        target: ES2022,
        importHelpers: true,
      },
    );
    const text = await moduleOf(work);
    expect(text).toMatch(/__importStar\(require\('node:path'\)\)/);
    expect(text).toContain("function __importStar");
    expect(text).not.toMatch(/__awaiter|__generator|__spreadArray/);
    expect(text).not.toContain("__vi");
  });

  it("still refuses what the function takes from its module, and what looks like a helper", async () => {
    const source = `
      import { basename } from "node:path";
      const limit = 3;
      export const rate = 2;
      export const work = async (n: number) => [basename(\`\${n}\`), limit, rate, ...[n]];`;
    const error = await moduleOf(compile(source, { target: ES5, importHelpers: true })).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(FunctionNotPortableError);
    expect(error).toMatchObject({ variables: ["basename", "limit", "rate"] });

    const mixed = workOf("const tslib_1 = {}; exports.work = (n) => tslib_1.__rest(n, []) + tslib_1.mine;");
    expect(await moduleOf(mixed).catch((e: unknown) => e)).toMatchObject({ variables: ["__rest", "mine"] });
  });
});

describe("esbuild's output", () => {
  it.each([
    ["with names kept", { keepNames: true }],
    ["with names kept, for ES2017", { keepNames: true, target: "es2017" }],
    ["for ES2016", { target: "es2016", supported: { "async-generator": true, "for-await": true } }],
    [
      "minified but for identifiers, with names kept",
      { keepNames: true, minifySyntax: true, minifyWhitespace: true },
    ],
    ["minified in full", { minify: true }],
  ])("runs elsewhere: %s", async (_name, options) => {
    const source = `export const work = async (n: number) => {
      const { basename } = await import("node:path");
      const inner = () => basename("/a/b");
      class Box { static size = n; value = n ** 2; }
      const { first, ...rest } = { first: 1, ...{ second: n } };
      return [inner(), Box.size, new Box().value, first, { ...rest, third: 3 }];
    };`;
    const result = ["b", 7, 49, 1, { second: 7, third: 3 }];
    expect(await runModule(await moduleOf(await bundle(source, options)), 7)).toEqual(result);
  });

  it.each(["es2021", "node20"])(
    "runs elsewhere with private members and disposal, for %s",
    async (target) => {
      const source = `export const work = async (n: number) => {
      const log: string[] = [];
      class Box {
        #value = n;
        static #made = "made";
        #twice() { return this.#value * 2; }
        get #half() { return this.#value / 2; }
        next() { this.#value++; this.#value = this.#value; return [this.#twice(), this.#half, Box.#made]; }
        static is(box: object) { return #value in box; }
      }
      const results = [new Box().next(), Box.is(new Box()), Box.is({})];
      {
        using first = { [Symbol.dispose]: () => { log.push("first"); } };
        await using second = { [Symbol.asyncDispose]: async () => { log.push("second"); } };
        await using none = null;
      }
      try {
        using failing = { [Symbol.dispose]() { throw new Error("second"); } };
        throw new Error("first");
      } catch (error) {
        log.push(error.name, error.error.message, error.suppressed.message);
      }
      return [results, log];
    };`;
      const result = [
        [[16, 4, "made"], true, false],
        ["second", "first", "SuppressedError", "second", "first"],
      ];
      expect(await runModule(await moduleOf(await bundle(source, { target })), 7)).toEqual(result);
    },
  );

  it("keeps the names it was asked to keep", async () => {
    const source = "export const work = (n: number) => { const inner = () => n; return inner.name; };";
    const text = await moduleOf(
      await bundle(source, { keepNames: true, minifySyntax: true, minifyWhitespace: true }),
    );
    expect(text).toContain("__name");
    expect(await runModule(text, 1)).toBe("inner");
  });

  it("is named where a minifier hid what its helper is called", async () => {
    const source =
      "export const work = (n: number) => { const inner = () => n; return inner.name + inner(); };";
    const error = await moduleOf(await bundle(source, { keepNames: true, minify: true })).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(FunctionNotPortableError);
    expect(String(error)).toMatch(/: \w{1,2} \(perhaps a bundler's helper, 1:\d+\)/);
  });
});

describe("what test runners put in", () => {
  it("Istanbul's counters count nothing", async () => {
    const work = workOf(`
      function cov_1p2q3r() { return { s: [0], f: [0], b: [[0, 0]] }; }
      exports.work = (n) => { cov_1p2q3r().f[0]++; cov_1p2q3r().s[0]++;
        return (cov_1p2q3r().b[0][0]++, n > 1) ? (cov_1p2q3r().b[0][1]++, n) : (cov_1p2q3r().bT[0][0] += 1, 0); };`);
    expect(await runModule(await moduleOf(work), 7)).toBe(7);
    const older = workOf(
      "const cov_ab1 = {}; exports.work = (n) => { cov_ab1.s[3]++; ++cov_ab1.b[0][1]; return n; };",
    );
    expect(await runModule(await moduleOf(older), 7)).toBe(7);
    const mine = workOf("const cov_rate = 2; exports.work = (n) => n * cov_rate;");
    expect(await moduleOf(mine).catch((e: unknown) => e)).toMatchObject({ variables: ["cov_rate"] });
  });

  it("Vitest's import() is import()", async () => {
    const work = workOf(
      "exports.work = async (n) => (await __vite_ssr_dynamic_import__('node:path')).basename('/a/' + n);",
    );
    expect(await runModule(await moduleOf(work), 7)).toBe("7");
  });
});

it("gives a function require, which is for CommonJS what import() is", async () => {
  const work = workOf(
    "exports.work = (n) => require('node:path').basename('/a/' + n) + typeof module + typeof exports;",
  );
  expect(await runModule(await moduleOf(work), 7)).toBe("7undefinedundefined");
  const bound = workOf("exports.work = (n) => n + __dirname + module.id;");
  expect(await moduleOf(bound).catch((e: unknown) => e)).toMatchObject({
    variables: ["__dirname", "module"],
  });
});
