import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { command } from "../../src/work/command.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import type { OutputFile } from "../../src/work/prepared-work.js";
import { HOSTILE } from "./support/hostile.js";
import { refusalOf, wireCommand } from "./support/prepare.js";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "command-"));
  await writeFile(join(directory, "cat.jpg"), "cat");
  await writeFile(join(directory, "dog's $(x).jpg"), "dog");
  await mkdir(join(directory, "folder"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A command that is whatever a plain JavaScript caller may give. */
function untyped(spec: unknown) {
  return command(() => spec as never);
}

describe("a command", () => {
  it("travels as data, with nothing in it that was not asked for", async () => {
    const work = command((item: { name: string }, index) => ({
      file: "echo",
      args: [item.name, index, -1.5],
    }));
    const { wire, uploads } = await wireCommand(work, { name: "a b" }, 7);
    expect(wire).toEqual({ file: "echo", args: ["a b", "7", "-1.5"] });
    expect(uploads).toEqual([]);
    expect(await prepareWork(work)).toMatchObject({ kind: "command", files: [] });
  });

  it("keeps every part that it is given", async () => {
    const { wire, uploads } = await wireCommand(
      command((path: string) => ({
        file: "./tool",
        args: [],
        env: { LANG: "C", EMPTY: "" },
        stdin: "line 1\nline 2\0",
        inputs: [
          path,
          { path, as: "sub/in.jpg" },
          { content: "text", as: "a.txt" },
          { content: new Uint8Array([1]), as: "b" },
        ],
        outputs: ["out/*.png", "*.log"],
        successExitCodes: [0, 2],
      })),
      join(directory, "cat.jpg"),
    );
    expect(wire).toEqual({
      file: "./tool",
      args: [],
      env: { LANG: "C", EMPTY: "" },
      stdin: "line 1\nline 2\0",
      inputs: [
        { as: "cat.jpg", blob: "assets/1/cat.jpg" },
        { as: "sub/in.jpg", blob: "assets/2/sub/in.jpg" },
        { as: "a.txt", blob: "assets/3/a.txt" },
        { as: "b", blob: "assets/4/b" },
      ],
      outputs: ["out/*.png", "*.log"],
      successExitCodes: [0, 2],
    });
    expect(uploads.map(({ source }) => source)).toEqual([
      { path: join(directory, "cat.jpg") },
      { path: join(directory, "cat.jpg") },
      { content: "text" },
      { content: new Uint8Array([1]) },
    ]);
  });

  it("carries hostile text unchanged in every place that takes text", async () => {
    for (const text of HOSTILE) {
      const work = command((item: string) => ({
        file: "echo",
        args: [item, `--x=${item}`],
        env: { X: item },
        stdin: item,
      }));
      const { wire } = await wireCommand(work, text);
      expect(wire).toEqual({ file: "echo", args: [text, `--x=${text}`], env: { X: text }, stdin: text });
    }
  });

  it("gives back what the program gave", async () => {
    const prepared = await prepareWork(command(() => ({ file: "true" })));
    const files = [{ name: "a" } as OutputFile];
    const value = { exitCode: 2, stdout: "out", stderr: "err", more: "never" };
    expect(prepared.fromWire(value, files)).toEqual({ exitCode: 2, stdout: "out", stderr: "err", files });
  });
});

describe("a command that is none", () => {
  const lone = "\ud83d";
  it.each<[string, unknown, string, RegExp]>([
    ["nothing", undefined, "work", /gives undefined/],
    ["null", null, "work", /gives null/],
    ["text", "echo a", "work", /gives a string, and not an object/],
    ["an array", ["echo"], "work", /gives an array/],
    ["a promise", Promise.resolve({ file: "true" }), "work", /gives a promise.*async/],
    ["no program", {}, "work.file", /work\.file is undefined/],
    ["an empty program", { file: "" }, "work.file", /is empty: name a program/],
    ["a number for a program", { file: 5 }, "work.file", /is 5, and not text/],
    ["a NUL in the program", { file: "a\0b" }, "work.file", /NUL character/],
    ["half a surrogate pair", { file: "a", args: [lone] }, "work.args[0]", /surrogate pair/],
    [
      "a part that is none",
      { file: "a", arguments: [] },
      "work.arguments",
      /is no part of a command; these are: file, args/,
    ],
    ["text for arguments", { file: "a", args: "b" }, "work.args", /is a string, and not an array/],
    ["a boolean argument", { file: "a", args: ["b", true] }, "work.args[1]", /is a boolean, and not text/],
    ["an undefined argument", { file: "a", args: [undefined] }, "work.args[0]", /is undefined/],
    ["a bigint argument", { file: "a", args: [1n] }, "work.args[0]", /is a bigint/],
    ["NaN", { file: "a", args: [1, 2, Number.NaN] }, "work.args[2]", /is NaN/],
    ["Infinity", { file: "a", args: [Infinity] }, "work.args[0]", /is Infinity/],
    [
      "a NUL in an argument",
      { file: "a", args: ["a", "b", "c\0d"] },
      "work.args[2]",
      /work\.args\[2\] holds a NUL/,
    ],
    [
      "a huge argument",
      { file: "a", args: ["x".repeat(128 * 1024)] },
      "work.args[0]",
      /larger than 128 KB.*stdin.*inputs/,
    ],
    ["a list for env", { file: "a", env: ["A=B"] }, "work.env", /is an array, and not an object/],
    ["a name with =", { file: "a", env: { "A=B": "c" } }, "work.env", /name "A=B"/],
    ["an empty name", { file: "a", env: { "": "c" } }, "work.env", /name ""/],
    ["a number in env", { file: "a", env: { A: 1 } }, "work.env.A", /is 1, and not text/],
    ["bytes for stdin", { file: "a", stdin: new Uint8Array(1) }, "work.stdin", /is an object, and not text/],
    ["text for inputs", { file: "a", inputs: "x" }, "work.inputs", /not an array/],
    ["an empty input", { file: "a", inputs: [""] }, "work.inputs[0]", /is empty/],
    ["an input that is nothing", { file: "a", inputs: [null] }, "work.inputs[0]", /is null, and not a path/],
    [
      "an input with neither",
      { file: "a", inputs: [{ as: "b" }] },
      "work.inputs[0]",
      /one of `path`, `url` and `content`/,
    ],
    [
      "an input with both",
      { file: "a", inputs: [{ path: "p", content: "c", as: "b" }] },
      "work.inputs[0]",
      /needs one of/,
    ],
    ["content without a name", { file: "a", inputs: [{ content: "c" }] }, "work.inputs[0].as", /is missing/],
    [
      "content that is none",
      { file: "a", inputs: [{ content: 5, as: "b" }] },
      "work.inputs[0].content",
      /neither text/,
    ],
    [
      "a name that climbs",
      { file: "a", inputs: [{ path: "p", as: "../b" }] },
      "work.inputs[0].as",
      /leaves the item's/,
    ],
    [
      "one that climbs later",
      { file: "a", inputs: [{ content: "", as: "a/../../b" }] },
      "work.inputs[0].as",
      /leaves/,
    ],
    [
      "an absolute name",
      { file: "a", inputs: [{ content: "", as: "/etc/passwd" }] },
      "work.inputs[0].as",
      /leaves/,
    ],
    [
      "a Windows path",
      { file: "a", inputs: [{ content: "", as: "..\\b" }] },
      "work.inputs[0].as",
      /backslash/,
    ],
    ["a drive", { file: "a", inputs: [{ content: "", as: "c:b" }] }, "work.inputs[0].as", /leaves/],
    [
      "an empty name for a file",
      { file: "a", inputs: [{ content: "", as: "" }] },
      "work.inputs[0].as",
      /is empty/,
    ],
    [
      "the directory itself",
      { file: "a", inputs: [{ content: "", as: "./" }] },
      "work.inputs[0].as",
      /names no file/,
    ],
    [
      "one name twice",
      {
        file: "a",
        inputs: [
          { content: "", as: "b" },
          { content: "", as: "b" },
        ],
      },
      "work.inputs[1]",
      /name of another/,
    ],
    ["a NUL in a path", { file: "a", inputs: ["a\0"] }, "work.inputs[0]", /NUL/],
    ["an output that climbs", { file: "a", outputs: ["ok", "../*"] }, "work.outputs[1]", /leaves/],
    ["an absolute output", { file: "a", outputs: ["/tmp/*"] }, "work.outputs[0]", /leaves/],
    ["an output that is no text", { file: "a", outputs: [5] }, "work.outputs[0]", /is 5/],
    ["no exit code", { file: "a", successExitCodes: [] }, "work.successExitCodes", /is empty/],
    [
      "text for an exit code",
      { file: "a", successExitCodes: ["0"] },
      "work.successExitCodes[0]",
      /is a string/,
    ],
    ["half an exit code", { file: "a", successExitCodes: [0, 1.5] }, "work.successExitCodes[1]", /is 1.5/],
  ])("%s", async (_name, spec, option, message) => {
    const error = await refusalOf(untyped(spec), undefined, 3);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ option, index: 3, message: expect.stringMatching(message) });
    expect((error as Error).message).toMatch(/^The command of item 3: work/);
  });

  it("an input file that is not there, or a folder without files, by its absolute path", async () => {
    const missing = join(directory, "missing.jpg");
    expect(
      await refusalOf(untyped({ file: "a", inputs: [join(directory, "cat.jpg"), missing] }), 0, 5),
    ).toMatchObject({
      option: "work.inputs[1]",
      index: 5,
      message: `The command of item 5: work.inputs[1] does not exist: ${missing}.`,
      cause: { code: "ENOENT" },
    });
    expect(await refusalOf(untyped({ file: "a", inputs: ["no/such.jpg"] }))).toMatchObject({
      message: expect.stringContaining(join(process.cwd(), "no/such.jpg")),
    });
    const folder = join(directory, "folder");
    expect(await refusalOf(untyped({ file: "a", inputs: [{ path: folder, as: "x" }] }))).toMatchObject({
      message: expect.stringContaining(`is a folder without files: ${folder}`),
    });
  });

  it("takes a file by a name that a shell would stumble over", async () => {
    const path = join(directory, "dog's $(x).jpg");
    const { wire } = await wireCommand(
      command(() => ({ file: "a", inputs: [path] })),
      0,
    );
    expect(wire.inputs).toEqual([{ as: "dog's $(x).jpg", blob: "assets/1/dog's $(x).jpg" }]);
  });

  it("one whose function throws", async () => {
    const cause = new TypeError("no path");
    const work = command(() => {
      throw cause;
    });
    expect(await refusalOf(work, 0, 4)).toMatchObject({
      option: "work",
      index: 4,
      cause,
      message: "The command of item 4: work could not be made, its function threw: TypeError: no path.",
    });
  });

  it("what is neither a function nor a template, when the run is prepared", async () => {
    for (const value of [undefined, null, {}, "echo a", ["echo"]]) {
      const error = await prepareWork(command(value as never)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "InvalidArgumentError", option: "work" });
    }
  });
});
