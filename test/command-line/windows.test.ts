import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteWindows, windowsProblems } from "../../src/command-line/windows.js";
import { splitWindowsTemplate } from "../../src/command-line/windows-template.js";
import { HOSTILE } from "../work/support/hostile.js";
import { commandLineToArgv } from "./argv.js";

const advice = { what: "It", option: "task", env: ".env()", shell: "cmd" };

/** The table of Microsoft's page: what a command line has after the program, and the arguments that it is. */
const DOCUMENTED: [string, string[]][] = [
  ['"abc" d e', ["abc", "d", "e"]],
  ['a\\\\b d"e f"g h', ["a\\\\b", "de fg", "h"]],
  ['a\\\\\\"b c d', ['a\\"b', "c", "d"]],
  ['a\\\\\\\\"b c" d e', ["a\\\\b c", "d", "e"]],
  ['a"b"" c d', ['ab" c d']],
];

/** Some of what is in arguments, of which the dangerous has a good chance to come together. */
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom("\\", '"', " ", "\t", "%", "^", "&", "a", ""), fc.string({ unit: "grapheme" })),
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

describe("quoting for Windows", () => {
  it.each([
    [["a.exe"], "a.exe"],
    [["a.exe", "b", "c"], "a.exe b c"],
    [["a.exe", ""], 'a.exe ""'],
    [["a.exe", "b c"], 'a.exe "b c"'],
    [["a.exe", "C:\\x\\"], "a.exe C:\\x\\"],
    [["a.exe", "C:\\x y\\"], 'a.exe "C:\\x y\\\\"'],
    [["a.exe", 'say "hi"'], 'a.exe "say \\"hi\\""'],
    [["a.exe", 'a\\"b'], 'a.exe "a\\\\\\"b"'],
    [["a.exe", "%PATH%"], 'a.exe "%PATH%"'],
    [["C:\\Program Files\\a.exe", "b"], '"C:\\Program Files\\a.exe" b'],
  ])("makes of %j the line %s", (words, line) => {
    expect(quoteWindows(words)).toBe(line);
  });

  it.each(DOCUMENTED)("is checked by rules that read %s as documented", (line, expected) => {
    expect(commandLineToArgv(`a.exe ${line}`)).toEqual(["a.exe", ...expected]);
  });

  it("gives a program the arguments as they are, whatever they hold", () => {
    expect(commandLineToArgv(quoteWindows(["a.exe", ...HOSTILE]))).toEqual(["a.exe", ...HOSTILE]);
    const program = hostile.map((text) => `C:\\${text.replaceAll('"', "")}.exe`);
    fc.assert(
      fc.property(program, fc.array(hostile), (name, args) => {
        expect(commandLineToArgv(quoteWindows([name, ...args]))).toEqual([name, ...args]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a command for Windows", () => {
  const refusals: [string, unknown[], RegExp][] = [
    ["no program", [], /no list of a program/],
    ["an empty program", [""], /no list of a program/],
    ["a quote in the program", ['a".exe'], /holds a quote/],
    ["a NUL character", ["a.exe", "\0"], /holds a NUL/],
    ["half a character", ["a.exe", "\ud800"], /half of a surrogate pair/],
    ["what is no text", ["a.exe", 5], /is 5, and not text/],
    ["a batch file", ["x\\Build.BAT"], /is a batch file/],
    ["a batch file in disguise", ["build.cmd. ."], /is a batch file/],
    ["an expansion by cmd", ["cmd", "/c", "echo", "%PATH%"], /holds what cmd.exe acts on/],
    [
      "a second command for cmd",
      ["C:\\Windows\\System32\\CMD.EXE", "/c", "a&b"],
      /holds what cmd.exe acts on/,
    ],
    ["what would have to be quoted for cmd", ["cmd", "/c", "a b"], /holds what cmd.exe acts on/],
    ["more than Windows takes", ["a.exe", "x".repeat(32_761)], /is 32767 characters long/],
  ];
  it.each(refusals)("is refused with %s", (_, words, message) => {
    const problems = windowsProblems(words);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.says).toMatch(message);
  });

  it("may be cmd with plain arguments, and as long as Windows takes it", () => {
    expect(windowsProblems(["cmd", "/c", "dir", "C:\\x"])).toEqual([]);
    expect(windowsProblems(["a.exe", "x".repeat(32_760)])).toEqual([]);
  });
});

describe("a template for Windows", () => {
  const words = (...texts: string[]) => splitWindowsTemplate(texts, advice);
  const texts = (text: string) => words(text).map((word) => word.join(""));

  // The last line of the table has no closing quote, which a template must have.
  const closed: typeof DOCUMENTED = [...DOCUMENTED.slice(0, -1), ['a"b"" c d"', ['ab" c d']]];
  it.each(closed)("is split as documented: %s", (line, expected) => {
    expect(texts(`a.exe ${line}`)).toEqual(["a.exe", ...expected]);
  });

  it("is split as the C runtime splits a line, whatever is quoted", () => {
    const piece = fc.constantFrom("a", " ", "\t", "\\", '"', '""', "é", "'");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const line = `a.exe ${pieces.join("")}`;
        const split = outcome(() => texts(line));
        if (split !== undefined) expect(split).toEqual(commandLineToArgv(line));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps a hole in its argument", () => {
    expect(words("a.exe ", " -o=", '" b c"')).toEqual([
      ["a.exe"],
      [{ hole: 0 }],
      ["-o=", { hole: 1 }, " b c"],
    ]);
  });

  it.each([
    ["", /is empty/],
    ['a "b', /has no closing quote/],
    ["a | b", /an unquoted \|, which only cmd\.exe understands/],
    ["a > b", /an unquoted >/],
    ["a ^& b", /an unquoted \^/],
    ["a\nb", /a line break/],
    ["a %PATH%", /has %PATH%, which only cmd\.exe expands/],
    ['a "%PATH%"', /has %PATH%/],
  ])("is refused where only cmd.exe would understand it: %j", (text, message) => {
    expect(() => words(text)).toThrow(message);
  });
});

/** What a function gives; undefined where it throws. */
function outcome<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
