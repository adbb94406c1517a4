import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { command } from "../../src/work/command.js";
import type { CommandInput } from "../../src/work/command-spec.js";
import { refusalOf, wireCommand } from "./support/prepare.js";

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "inputs-"));
  for (const name of [
    "data/b.csv",
    "data/a.csv",
    "data/deep/c.csv",
    "data/notes.txt",
    "data/.hidden",
    "[x].csv",
  ]) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), name);
  }
  mkdirSync(at("empty"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const work = (...inputs: CommandInput[]) => command(() => ({ file: "a", inputs }));

/** The names on the node, each with the file that comes there. */
async function brought(...inputs: CommandInput[]): Promise<[string, string][]> {
  const { wire, uploads } = await wireCommand(work(...inputs), 0);
  return (wire.inputs ?? []).map((input) => {
    if ("url" in input) return [input.as, input.url];
    const upload = uploads[Number(input.blob.split("/")[1]) - 1];
    return [input.as, upload !== undefined && "path" in upload.source ? upload.source.path : ""];
  });
}

describe("the input files of a command", () => {
  it("are what a glob matches, by their names from its first wildcard on", async () => {
    expect(await brought(at("data/*.csv"))).toEqual([
      ["a.csv", at("data/a.csv")],
      ["b.csv", at("data/b.csv")],
    ]);
    const all = [
      ["a.csv", at("data/a.csv")],
      ["b.csv", at("data/b.csv")],
      ["deep/c.csv", at("data/deep/c.csv")],
    ];
    expect(await brought(at("data/**/*.csv"))).toEqual(all);
    expect(await brought({ path: at("data/**/*.csv"), as: "in" })).toEqual(
      all.map(([name, path]) => [`in/${name}`, path]),
    );
    expect((await brought(at("d?ta/{a,b}.csv"))).map(([name]) => name)).toEqual(["data/a.csv", "data/b.csv"]);
  });

  it("are all files of a folder, under its name or another", async () => {
    const names = [".hidden", "a.csv", "b.csv", "deep/c.csv", "notes.txt"];
    expect((await brought(at("data"))).map(([name]) => name)).toEqual(names.map((name) => `data/${name}`));
    expect((await brought({ path: `${at("data")}/`, as: "x/y" })).map(([name]) => name)).toEqual(
      names.map((name) => `x/y/${name}`),
    );
  });

  it("are files whose names look like globs, where they are there", async () => {
    expect(await brought(at("[x].csv"))).toEqual([["[x].csv", at("[x].csv")]]);
  });

  it("are what a URL gives, on the node", async () => {
    const url = "https://example.com/data/caf%C3%A9.csv?sig=secret";
    expect(await brought(new URL(url), { url, as: "in.csv" })).toEqual([
      ["café.csv", url],
      ["in.csv", url],
    ]);
    expect(await brought(pathToFileURL(at("data/a.csv")))).toEqual([["a.csv", at("data/a.csv")]]);
  });

  it.each<[string, () => CommandInput[], string, RegExp]>([
    ["a glob that matches nothing", () => [at("*.jpg")], "work.inputs[0]", /matches no file: ".*\*\.jpg"/],
    ["an empty folder", () => [at("empty")], "work.inputs[0]", /is a folder without files/],
    ["a missing file", () => [at("no.csv")], "work.inputs[0]", /does not exist/],
    [
      "two of one name",
      () => [at("data/*.csv"), at("data/a.csv")],
      "work.inputs[1]",
      /"a\.csv"; give it another/,
    ],
    [
      "two of one name, written differently",
      () => [
        { content: "1", as: "x/a" },
        { content: "2", as: "./x//a" },
      ],
      "work.inputs[1]",
      /"x\/a"; give it another/,
    ],
    [
      "a file in a file",
      () => [
        { content: "1", as: "a" },
        { content: "2", as: "a/b" },
      ],
      "work.inputs[1]",
      /a file and a folder/,
    ],
    [
      "a file in the place of a folder",
      () => [
        { content: "1", as: "a/b/c" },
        { content: "2", as: "a/b" },
      ],
      "work.inputs[1]",
      /a file and a folder/,
    ],
    ["another protocol", () => [new URL("ftp://example.com/a")], "work.inputs[0]", /http, https or file/],
    ["no URL", () => [{ url: "example.com" }], "work.inputs[0]", /no URL that a node can download/],
    [
      "a URL without a name",
      () => [new URL("https://example.com/?sig=secret")],
      "work.inputs[0].as",
      /ends with no file's name/,
    ],
    [
      "a URL that leads out",
      () => [new URL("https://example.com/..%2F..%2Fx")],
      "work.inputs[0]",
      /leaves the item's working directory/,
    ],
  ])("refuse %s", async (_what, inputs, option, message) => {
    const error = await refusalOf(work(...inputs()), 0, 4);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ option, index: 4, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("secret");
  });
});
