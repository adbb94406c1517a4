import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { FunctionNotPortableError, InvalidArgumentError } from "../../src/errors/index.js";
import { moduleOf } from "../../src/work/function-work.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import { runModule } from "./support/run-module.js";

const factor = 3;
const table = { factor, rate: 2 };
let counter = 0;

/** A function with exactly this source, as JavaScript's own strict-mode code. */
function fromSource(text: string): object {
  return new Function(`"use strict"; return (${text});`)();
}

async function refusalOf(work: unknown): Promise<FunctionNotPortableError> {
  const error = await prepareWork(work).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FunctionNotPortableError);
  return error as FunctionNotPortableError;
}

describe("functions written in TypeScript under this test runner", () => {
  it.each<[string, (item: number) => unknown, unknown]>([
    ["an arrow function", (n) => n * 2, 14],
    [
      "an async function with a loop",
      async function sum(n) {
        let total = 0;
        for (let i = 0; i <= n; i++) total += await Promise.resolve(i);
        return total;
      },
      28,
    ],
    [
      "one with functions, classes and patterns of its own",
      (n) => {
        class Box<T> {
          #value: T;
          static made = 0;
          constructor(value: T) {
            this.#value = value;
            Box.made++;
          }
          get value(): T {
            return this.#value;
          }
        }
        const { value, ...rest } = { value: new Box(n).value, a: 1, b: 2 };
        const label = `${value}:${Object.keys(rest).join("")}`;
        const again = (depth: number): number => (depth === 0 ? Box.made : again(depth - 1));
        return [label, again(3)] as const;
      },
      ["7:ab", 1],
    ],
    [
      "one with a name for itself",
      function factorial(n: number): number {
        return n <= 1 ? 1 : n * factorial(n - 1);
      },
      5040,
    ],
    [
      "one that imports inside",
      async (n) => {
        const { basename: last } = await import("node:path");
        return last(`/a/${n}.txt`);
      },
      "7.txt",
    ],
    ["one that asks whether a name exists", (n) => [typeof counter, typeof fetch, n].length, 3],
    ["one with defaults in its parameters", (n, { step = n + 1 }: { step?: number } = {}) => step, 8],
    [
      "one with its own arguments and this",
      function own(this: unknown, _n) {
        // biome-ignore lint/complexity/noArguments: that it may is the point
        return [arguments.length, this === undefined];
      },
      [2, true],
    ],
    [
      "one whose inner functions have a this of their own",
      (n) =>
        ({
          n,
          get: () => n,
          twice() {
            return this.n * 2;
          },
        }).twice(),
      14,
    ],
    [
      "Node's globals",
      (n) =>
        Buffer.from(String(n)).toString("hex") +
        new URL("https://a/b").pathname +
        structuredClone(n) +
        process.argv0.length * 0,
      "37/b70",
    ],
  ])("run elsewhere: %s", async (_name, work, result) => {
    expect(await runModule(await moduleOf(work), 7)).toEqual(result);
  });

  it("are shipped as one module, and their items and results as they are", async () => {
    const prepared = await prepareWork((n: number) => n + 1);
    expect(prepared.kind).toBe("function");
    expect(prepared.files).toEqual([
      { name: "work.mjs", source: { content: "export default ((n) => n + 1\n);\n" } },
    ]);
    const item = { a: new Date() };
    expect(prepared.toWire(item, 0, async () => ({ blob: "never" }))).toBe(item);
    expect(prepared.fromWire(item, [])).toBe(item);
  });
});

describe("variables that stay behind", () => {
  it("are named with their places and the way out", async () => {
    const work = (n: number) => {
      const own = n * factor;
      return own + table.rate + factor;
    };
    const error = await refusalOf(work);
    expect(error.code).toBe("FreeVariables");
    expect(error.variables).toEqual(["factor", "table"]);
    expect(error.message).toMatch(
      /^The function "work" uses variables that stay where it was written: factor \(2:\d+\), table \(3:\d+\)\./,
    );
    expect(error.message).toMatch(/`shared`.*`ctx\.shared`.*await import\(\).*`fromModule\(\)`/);
  });

  it("are found in closures, defaults, computed names, writes and inner functions", async () => {
    const cases: [(n: number) => unknown, string[]][] = [
      [(n) => [n].map((m) => m * factor), ["factor"]],
      [(n, step = factor) => n + step, ["factor"]],
      [(n) => ({ [table.rate]: n }), ["table"]],
      [
        (n) => {
          counter = n;
        },
        ["counter"],
      ],
      [
        (n) => {
          const inner = () => counter++ + n;
          return inner();
        },
        ["counter"],
      ],
      [
        (n) =>
          class extends (table as unknown as typeof Map) {
            n = n;
          },
        ["table"],
      ],
      [(n) => `${n}${factor}`, ["factor"]],
      [
        (n) => {
          {
            const factor = n;
            void factor;
          }
          return factor;
        },
        ["factor"],
      ],
      [(n) => typeof factor === "number" && factor > n, ["factor"]],
    ];
    for (const [work, variables] of cases) {
      expect((await refusalOf(work)).variables, String(work)).toEqual(variables);
    }
  });

  it("are called what their author called them where this test runner renamed an import", async () => {
    const error = await refusalOf((path: string) => basename(path) + basename("b"));
    expect(error.variables).toEqual(["basename"]);
    expect(error.message).toMatch(/basename \(imported binding, 1:\d+\)/);
    expect(error.message).not.toContain("__vi");
  });

  it("are called import.meta where the module itself is meant", async () => {
    const error = await refusalOf((path: string) => new URL(path, import.meta.url).href);
    expect(error.variables).toEqual(["import.meta"]);
    expect((await refusalOf(fromSource("(n) => eval('1') + n + setImmediate + jQuery"))).variables).toEqual([
      "jQuery",
    ]);
    expect((await refusalOf(fromSource("(path) => __vite_ssr_import_meta__.url + path"))).variables).toEqual([
      "import.meta",
    ]);
  });

  it("are told from imports that TypeScript and esbuild compiled to CommonJS", async () => {
    const error = await refusalOf(
      fromSource("(p) => (0, node_path_1.basename)(p) + import_os.EOL + exports.limit + node_path_1.sep"),
    );
    expect(error.variables).toEqual(["basename", "sep", "EOL", "limit"]);
    expect(error.message).toContain("basename (imported binding node_path_1.basename, 1:12)");
    expect(error.message).toContain("limit (exported binding, ");
  });

  it("are counted from the function's own first line and column", async () => {
    const error = await refusalOf(fromSource("(n) => {\n  return [\n    one, n,\n      two ];\n}"));
    expect(error.message).toContain("one (3:5), two (4:7)");
  });
});

describe("functions that are refused for what they are", () => {
  const holder = {
    factor,
    method(n: number) {
      return n * this.factor;
    },
    async later(n: number) {
      return n;
    },
    "computed name"(n: number) {
      return n;
    },
    get accessor() {
      return 1;
    },
  };
  class Worker {
    #secret = 1;
    work(n: number) {
      return n + this.#secret;
    }
    static make(n: number) {
      return n;
    }
    arrow = (n: number) => n + this.#secret;
  }
  const getter = Object.getOwnPropertyDescriptor(holder, "accessor")?.get;

  it.each<[string, unknown, string, RegExp]>([
    ["a built-in", Math.sqrt, "NativeFunction", /"sqrt" is built in/],
    ["a native method", [].map, "NativeFunction", /"map" is built in/],
    ["a proxy", new Proxy((n: number) => n, {}), "NativeFunction", /is built in/],
    [
      "a bound function",
      holder.method.bind(holder),
      "BoundFunction",
      /"method" was made by bind\(\).*`shared`/,
    ],
    ["a bound built-in", Math.sqrt.bind(null), "BoundFunction", /"sqrt" was made by bind/],
    ["a method", holder.method, "MethodFunction", /"method" is a method or an accessor/],
    ["an async method", holder.later, "MethodFunction", /"later" is a method/],
    ["a computed method", holder["computed name"], "MethodFunction", /"computed name" is a method/],
    ["a getter", getter, "MethodFunction", /"get accessor" is a method or an accessor/],
    ["a method of a class", new Worker().work, "MethodFunction", /"work" is a method/],
    ["a static method", Worker.make, "MethodFunction", /"make" is a method/],
    ["a class", Worker, "MethodFunction", /"Worker" is a class/],
    ["a class without a name", class {}, "MethodFunction", /The function is a class/],
    ["an arrow with a private name", new Worker().arrow, "UnreadableSource", /#secret/],
    ["outer this", fromSource("(n) => this.factor * n"), "UsesThis", /`this` \(1:8\)/],
    ["outer this in an inner arrow", fromSource("(n) => [n].map(() => this)"), "UsesThis", /`this` \(1:22\)/],
    [
      "outer arguments",
      new Function("return (n) => n + arguments.length;")(),
      "UsesThis",
      /`arguments` \(1:12\)/,
    ],
    ["outer new.target", new Function("return (n) => [n, new.target];")(), "UsesThis", /`new\.target`/],
    [
      "outer super",
      {
        make() {
          return () => super.toString();
        },
      }.make(),
      "UsesThis",
      /`super`/,
    ],
    ["sloppy code", new Function("n", "with (n) { return a; }"), "UnreadableSource", /'with' in strict mode/],
  ])("%s", async (_name, work, code, message) => {
    const error = await refusalOf(work);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.variables).toEqual([]);
  });

  it("a generator, whose results cannot travel", async () => {
    for (const work of [function* () {}, async function* () {}]) {
      await expect(prepareWork(work)).rejects.toMatchObject({ name: "InvalidArgumentError", option: "work" });
    }
    await expect(prepareWork(function* list() {})).rejects.toThrow('"list" is a generator');
  });

  it("and what is no work at all", async () => {
    for (const work of [undefined, null, 5, "true", {}, [], ["true"], Promise.resolve(() => 1)]) {
      const error = await prepareWork(work).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ option: "work", code: "InvalidArgument" });
    }
  });

  it("but not an arrow function whose inner code has a this of its own", async () => {
    const works = [
      fromSource(
        "(n) => class { a = this; static b = this; static { this.c = new.target; } d() { return super.d; } }",
      ),
      fromSource("(n) => ({ arguments: n, f() { return arguments; } }).arguments"),
      fromSource("(n) => function () { return [this, arguments, new.target]; }"),
    ];
    for (const work of works) await expect(moduleOf(work)).resolves.toContain("export default");
  });

  it("and never by what a function says its source is", async () => {
    const work = (n: number) => n + 1;
    work.toString = () => "process.exit(1)";
    Object.defineProperty(work, "name", { value: { toString: () => "x" } });
    expect(await runModule(await moduleOf(work), 1)).toBe(2);
  });
});
