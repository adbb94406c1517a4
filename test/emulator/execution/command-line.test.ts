import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandLineError, splitCommandLine } from "../../../src/emulator/execution/command-line.js";

describe("a command line is split", () => {
  test.each([
    ["", []],
    ["  a  b\t c\n", ["a", "b", "c"]],
    ["/bin/sh -c 'echo \"x y\" > $HOME'", ["/bin/sh", "-c", 'echo "x y" > $HOME']],
    ['--name="some value" x', ["--name=some value", "x"]],
    ["'' \"\"", ["", ""]],
    ['"a\\"b" "c\\\\d" "e\\$f" "g\\h"', ['a"b', "c\\d", "e$f", "g\\h"]],
    ["a\\ b \\'c", ["a b", "'c"]],
    ["a\\\nb", ["ab"]],
    ["$HOME *.txt ~ # a;b|c&d", ["$HOME", "*.txt", "~", "#", "a;b|c&d"]],
  ])("%j", (line, words) => {
    expect(splitCommandLine(line)).toEqual(words);
  });

  test.each(["'open", '"open', 'a "b', "end\\"])("unless it does not end: %j", (line) => {
    expect(() => splitCommandLine(line)).toThrow(CommandLineError);
  });

  test("as a shell splits it, where nothing is to be expanded", () => {
    const characters = fc.constantFrom("a", "b", " ", "'", '"', "\\", "=", "-", "\t", "ü");
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 20 }), (line) => {
        const ours = orError(() => splitCommandLine(line));
        const shells = orError(() => shellWords(line));
        expect(ours).toEqual(shells);
      }),
      { numRuns: 60 },
    );
  });
});

function shellWords(line: string): string[] {
  const script = `set -- ${line}\nfor word do printf '%s\\0' "$word"; done`;
  const output = execFileSync("/bin/sh", ["-c", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return output.split("\0").slice(0, -1);
}

// A backslash at the very end would escape the script's own next line.
function orError(split: () => string[]): string[] | "error" {
  try {
    return split();
  } catch {
    return "error";
  }
}
