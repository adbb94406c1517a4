import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import { python } from "../../src/work/python.js";
import { HOSTILE } from "./support/hostile.js";
import { refusalOf, wireCommand } from "./support/prepare.js";

let directory: string;
let script: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "python-"));
  script = join(directory, "my script.py");
  await writeFile(script, "print(1)");
  await mkdir(join(directory, "package"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("a Python script", () => {
  it("is shipped once, and run with the item", async () => {
    const prepared = await prepareWork(python(script));
    expect(prepared).toMatchObject({
      kind: "command",
      files: [{ name: "files/my script.py", source: { path: script } }],
    });
    expect((await wireCommand(python(script), "a b")).wire).toEqual({
      file: "python3",
      args: [{ file: "my script.py" }, "a b"],
    });
  });

  it("is found by a path from the current directory and by its URL", async () => {
    for (const where of [relative(process.cwd(), script), pathToFileURL(script)]) {
      expect((await prepareWork(python(where))).files[0]?.source).toEqual({ path: script });
    }
  });

  it("gets text and numbers as they are, and everything else as JSON", async () => {
    const items: [unknown, string][] = [
      ...HOSTILE.map((text): [string, string] => [text, text]),
      [1.5, "1.5"],
      [{ a: "ä 'b'", c: [1, null] }, `{"a":"ä 'b'","c":[1,null]}`],
      [["x"], '["x"]'],
      [null, "null"],
      [true, "true"],
      [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ];
    for (const [item, text] of items) {
      expect((await wireCommand(python(script), item)).wire.args).toEqual([{ file: "my script.py" }, text]);
    }
  });

  it("takes what a command takes", async () => {
    const work = python<{ name: string }>(script, {
      args: (item, index) => [item.name, index, "$(rm -rf x)"],
      stdin: (item) => item.name,
      inputs: (item) => [{ content: item.name, as: "in.txt" }],
      outputs: ["*.csv"],
      env: { LANG: "C" },
      successExitCodes: [0, 1],
      interpreter: "/opt/python/bin/python3.12",
    });
    expect((await wireCommand(work, { name: "n" }, 2)).wire).toEqual({
      file: "/opt/python/bin/python3.12",
      args: [{ file: "my script.py" }, "n", "2", "$(rm -rf x)"],
      stdin: "n",
      inputs: [{ as: "in.txt", blob: "assets/1/in.txt" }],
      outputs: ["*.csv"],
      env: { LANG: "C" },
      successExitCodes: [0, 1],
    });
    const fixed = python(script, { args: ["--all"], stdin: undefined });
    expect((await wireCommand(fixed, 1)).wire.args).toEqual([{ file: "my script.py" }, "--all"]);
    expect((await wireCommand(python(script, { args: undefined }), 1)).wire.args).toEqual([
      { file: "my script.py" },
      "1",
    ]);
  });

  it("says what to do where a node has no Python", async () => {
    const { explainFailure } = await prepareWork(python(script, { interpreter: "python3.13" }));
    expect(explainFailure?.({ code: "CommandNotFound", message: "spawn python3.13 ENOENT" })).toMatch(
      /no Python by the name "python3\.13".*start task.*interpreter/,
    );
    expect(explainFailure?.({ code: "ExitCode", message: "exit code 1", exitCode: 1 })).toBeUndefined();
  });
});

describe("a script that cannot be run is refused before the run", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "missing",
      () => join(directory, "missing.py"),
      /The Python script does not exist: \/.*\/missing\.py\.$/,
    ],
    ["missing, relative", () => "missing.py", /does not exist: \/.*\/missing\.py\.$/],
    ["a folder", () => join(directory, "package"), /is not a file: \/.*\/package\.$/],
    ["empty", () => "", /by its path or its file: URL/],
    ["nothing", () => undefined, /by its path or its file: URL/],
    ["on the web", () => new URL("https://example.com/a.py"), /and not at https:/],
    ["with a NUL", () => "a\0.py", /cannot be read/],
  ])("%s", async (_name, where, message) => {
    const error = await prepareWork(python(where() as string)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ option: "script", message: expect.stringMatching(message) });
  });

  it("with options that are none, or an interpreter that cannot be one", async () => {
    const unknown = python(script, { packages: [] } as never);
    await expect(prepareWork(unknown)).rejects.toMatchObject({ option: "work.packages" });
    for (const interpreter of ["", "a\0b", 3, null]) {
      const work = python(script, { interpreter } as never);
      await expect(prepareWork(work)).rejects.toMatchObject({ option: "interpreter" });
    }
  });

  it("and an item that it cannot be given is named", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const item of [undefined, () => 1, Symbol("x"), 1n, cycle, Number.NaN, "a\0"]) {
      const error = await refusalOf(python(script), item, 6);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ index: 6, option: expect.stringMatching(/^work\.args/) });
    }
    expect(await refusalOf(python(script, { args: () => [true as never] }), 1)).toMatchObject({
      option: "work.args[0]",
    });
  });
});
