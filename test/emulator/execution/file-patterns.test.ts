import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFiles } from "../../../src/emulator/execution/file-patterns.js";

let folder: string;
let workingDirectory: string;
const files = [
  "stdout.txt",
  "stderr.txt",
  "wd/a.txt",
  "wd/b.txt",
  "wd/c1.log",
  "wd/[x].txt",
  "wd/{a,b}.txt",
  "wd/.hidden.txt",
  "wd/deep/a.txt",
  "wd/deep/er/a.txt",
  "wd/.dir/a.txt",
];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "patterns-test-"));
  workingDirectory = join(folder, "wd");
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("an output pattern finds", () => {
  test.each([
    ["a.txt", ["a.txt"]],
    ["deep/a.txt", ["a.txt"]],
    ["none.txt", []],
    ["deep", []],
    ["*.txt", ["[x].txt", "a.txt", "b.txt", "{a,b}.txt"]],
    ["?.txt", ["a.txt", "b.txt"]],
    ["[ab].txt", ["a.txt", "b.txt"]],
    ["[a-c][0-9].log", ["c1.log"]],
    ["[!a].txt", ["b.txt"]],
    [".*.txt", [".hidden.txt"]],
    ["[[]x].txt", ["[x].txt"]],
    ["{a,b}.t?t", ["{a,b}.txt"]],
    ["**/a.txt", ["a.txt", "deep/a.txt", "deep/er/a.txt"]],
    ["deep/**/*.txt", ["a.txt", "er/a.txt"]],
    ["**/er/*", ["deep/er/a.txt"]],
    ["../std*.txt", ["stderr.txt", "stdout.txt"]],
    ["$ROOT/std*.txt", ["stderr.txt", "stdout.txt"]],
    ["\u0024{ROOT}/wd/a.txt", ["a.txt"]],
    ["nothing/*.txt", []],
  ])("%s", async (pattern, names) => {
    const found = await findFiles(pattern, workingDirectory, { ROOT: folder });
    expect(found.files.map((file) => file.blobName).sort()).toEqual(names);
  });
});
