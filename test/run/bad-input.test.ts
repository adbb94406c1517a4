import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { command, python, type RunOptions, runParallel } from "../../src/index.js";

describe("bad input is refused before anything is created", () => {
  const factor = 3;
  const someMethods = {
    twice(n: number) {
      return n * 2;
    },
  };

  // The engine is not even started for these: a client that cannot connect shows it.
  it.each<[string, unknown, unknown, Record<string, unknown>, Record<string, unknown>]>([
    [
      "a negative chunk size",
      [1],
      (n: number) => n,
      { chunkSize: -1 },
      { code: "InvalidArgument", option: "chunkSize" },
    ],
    [
      "an unknown option",
      [1],
      (n: number) => n,
      { chunksize: 1 },
      { code: "InvalidArgument", option: "chunksize" },
    ],
    [
      "a name of Object's",
      [1],
      (n: number) => n,
      { toString: 1 },
      { code: "InvalidArgument", option: "toString" },
    ],
    [
      "no number",
      [1],
      (n: number) => n,
      { retries: Number.NaN },
      { message: expect.stringMatching(/, not NaN\.$/) },
    ],
    ["an id that is null", [1], (n: number) => n, { id: null }, { code: "InvalidArgument", option: "id" }],
    [
      "a reserved variable",
      [1],
      (n: number) => n,
      { env: { AZURE_BATCH_PARALLEL_RUN: "" } },
      { code: "InvalidArgument", option: "env.AZURE_BATCH_PARALLEL_RUN" },
    ],
    [
      "two files of one name",
      [1],
      (n: number) => n,
      { files: ["package.json", { path: "README.md", as: "package.json" }] },
      { code: "InvalidArgument", option: "files[1].as" },
    ],
    [
      "a file below a file",
      [1],
      (n: number) => n,
      {
        files: [
          { path: "README.md", as: "a/b" },
          { path: "README.md", as: "a" },
        ],
      },
      { code: "InvalidArgument", option: "files[0].as" },
    ],
    [
      "a file by the name of the script",
      [1],
      python("scripts/build.js"),
      { files: [{ path: "README.md", as: "build.js" }] },
      { code: "InvalidArgument", option: "files" },
    ],
    [
      "an unknown option of a script",
      [1],
      python("scripts/build.js", { argv: [] } as never),
      {},
      {
        message: expect.stringContaining(
          "A Python script has no option `argv`; these are: args, interpreter,",
        ),
      },
    ],
    ["a bad id", [1], (n: number) => n, { id: "No_Good" }, { code: "InvalidArgument", option: "id" }],
    [
      "a bad duration",
      [1],
      (n: number) => n,
      { timeout: "soon" },
      { code: "InvalidArgument", option: "timeout" },
    ],
    [
      "a missing file",
      [1],
      (n: number) => n,
      { files: ["no/such/file"] },
      { code: "InvalidArgument", option: "files" },
    ],
    ["items that are none", 5, (n: number) => n, {}, { code: "InvalidArgument", option: "items" }],
    ["work that is none", [1], "work", {}, { code: "InvalidArgument", option: "work" }],
    ["a closure", [1], (n: number) => n * factor, {}, { code: "FreeVariables", variables: ["factor"] }],
    ["a native function", [1], Math.sqrt, {}, { code: "NativeFunction" }],
    ["a bound function", [1], ((n: number) => n).bind(null), {}, { code: "BoundFunction" }],
    ["a method", [1], someMethods.twice, {}, { code: "MethodFunction" }],
    [
      "a function among the items",
      [1, { a: [() => 1] }],
      (n: unknown) => n,
      {},
      { code: "NotSerializable", index: 1, path: ".a[0]" },
    ],
    [
      "a socket in shared",
      [1],
      (n: number) => n,
      { shared: { s: new Socket() } },
      { code: "NotSerializable", path: ".s" },
    ],
    ["a missing script", [1], python("no/such/script.py"), {}, { code: "InvalidArgument", option: "script" }],
    [
      "a command without a file",
      [1],
      command(() => ({ file: "" })),
      {},
      { code: "InvalidArgument", index: 0 },
    ],
  ])("%s", async (_, items, work, options, expected) => {
    const refused = runParallel(items as number[], work as (n: number) => number, options as RunOptions);
    await expect(refused).rejects.toMatchObject(expected);
    await expect(refused.settled()).rejects.toMatchObject(expected);
  });

  it("creates nothing for no items", async () => {
    expect(await runParallel([], (n) => n)).toEqual([]);
    expect(await runParallel((async function* () {})(), (n) => n).settled()).toEqual([]);
  });

  it("ends a run whose later item cannot travel, and leaves nothing", async () => {
    function* items() {
      for (let n = 0; n < 2000; n++) yield n === 1500 ? { bad: Symbol("no") } : n;
    }
    await expect(runParallel(items(), (n) => n)).rejects.toMatchObject({
      code: "NotSerializable",
      index: 1500,
      path: ".bad",
    });
  });
});
