import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitTemplate } from "../../src/command-line/template.js";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { command } from "../../src/work/command.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import { HOSTILE } from "./support/hostile.js";
import { refusalOf, wireCommand } from "./support/prepare.js";

interface Clip {
  path: string;
}

const ADVICE = {
  what: "The command template",
  option: "work",
  env: ".with({ env })",
  shell: 'command(() => ({ file: "/bin/sh", args: ["-c", "…"] }))',
};

/** The words of a text without holes. */
function words(text: string): string[] {
  return splitTemplate([text], ADVICE).map((word) => word.join(""));
}

/** What the shell of this computer splits a text into. */
function shellWords(text: string): string[] {
  const output = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${text}`], { encoding: "utf8" });
  return output.split("\0").slice(0, -1);
}

describe("the text of a template", () => {
  it.each<[string, string[]]>([
    ["true", ["true"]],
    ["  a  b\tc ", ["a", "b", "c"]],
    ["a 'b c' \"d e\"", ["a", "b c", "d e"]],
    ["a'b'\"c\"d", ["abcd"]],
    ["a '' \"\"", ["a", "", ""]],
    ["a --x='y z'", ["a", "--x=y z"]],
    ["a b\\ c \\*\\$\\'", ["a", "b c", "*$'"]],
    [
      'a \'$(x) | > * \\n\' "| > < ; & * ? ( ) ~ # \\$ \\" \\\\ \\n"',
      ["a", "$(x) | > * \\n", '| > < ; & * ? ( ) ~ # $ " \\ \\n'],
    ],
    [
      "a b#c %d !e {f} ]g @h ^i +j ,k :l /m =n",
      ["a", "b#c", "%d", "!e", "{f}", "]g", "@h", "^i", "+j", ",k", ":l", "/m", "=n"],
    ],
    ["a \\\n b", ["a", "b"]],
    ["a b\\\nc", ["a", "bc"]],
    ["日本 😀", ["日本", "😀"]],
    ['a "5$" "$ x" \'`\'', ["a", "5$", "$ x", "`"]],
  ])("is split as a shell splits it: %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
    expect(shellWords(text)).toEqual(expected);
  });

  it("is split as a shell splits it, whatever is quoted and escaped", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      " ",
      "  ",
      "\t",
      "'",
      '"',
      "\\",
      "é",
      "😀",
      "-",
      "=",
      "/",
      "%",
      "$",
      "*",
      "#",
      "\\\n",
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = `x${pieces.join("")}`;
        let split: string[];
        try {
          split = words(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
          return;
        }
        accepted++;
        expect(split).toEqual(shellWords(text));
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(40);
  });

  it("may be written over several lines that begin and end with a break", async () => {
    const work = command`
      echo a \
        b
    `;
    expect((await wireCommand(work, 0)).wire).toEqual({ file: "echo", args: ["a", "b"] });
  });

  it("takes a backtick and a dollar that JavaScript wants a backslash for", async () => {
    const work = command`echo 'a\`b' '\${c}' "d"`;
    expect((await wireCommand(work, 0)).wire.args).toEqual(["a`b", "$".concat("{c}"), "d"]);
  });

  it.each<[string, RegExp]>([
    [
      "a | b",
      /an unquoted \|, which only a shell.*command\(\(\) => \(\{ file: "\/bin\/sh", args: \["-c", "…"\] \}\)\)/,
    ],
    ["a > b", /unquoted >/],
    ["a < b", /unquoted </],
    ["a ; b", /unquoted ;/],
    ["a &", /unquoted &/],
    ["a $HOME", /unquoted \$/],
    ["a $(b)", /unquoted \$/],
    ["a `b`", /unquoted `/],
    ["a *", /unquoted \*/],
    ["a b?", /unquoted \?/],
    ["(a)", /unquoted \(/],
    ["a )", /unquoted \)/],
    ["a ~/b", /unquoted ~/],
    ["a [b]", /unquoted \[/],
    ["a # b", /unquoted #/],
    ["a\nb", /a line break, which only a shell.*backslash/],
    ["a \n b", /a line break/],
    ['a "$b"', /a \$ in double quotes, which a shell would expand.*single quotes/],
    ['a "$(b)"', /a \$ in double quotes/],
    ['a "$\\\nb"', /a \$ in double quotes/],
    ['a "`b`"', /a ` in double quotes/],
    ["a 'b", /no closing single quote/],
    ['a "b', /no closing double quote/],
    ["a \\", /a backslash with nothing after it/],
    ["", /is empty: name a program/],
    ["  \n ", /is empty: name a program/],
    ["A=b c", /sets the variable A, as a shell would: use \.with\(\{ env \}\)/],
  ])("is refused where only a shell would understand it: %j", async (text, message) => {
    expect(() => words(text)).toThrow(message);
    const work = command(Object.assign([text], { raw: [text] }));
    const error = await prepareWork(work).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ option: "work" });
  });
});

describe("a hole", () => {
  it("is one argument, or a part of one, whatever it holds", async () => {
    for (const text of HOSTILE) {
      const work = command`echo ${(item: string) => item} --x=${(item: string) => item} "a ${text} b" '${text}'${text} ${5}`;
      const { wire } = await wireCommand(work, text);
      expect(wire).toEqual({ file: "echo", args: [text, `--x=${text}`, `a ${text} b`, text + text, "5"] });
    }
  });

  it("gets the item and its index, and may be the program", async () => {
    const work = command`${(clip: Clip) => clip.path}/bin ${(_clip, index) => index}`;
    expect((await wireCommand(work, { path: "/opt" }, 3)).wire).toEqual({ file: "/opt/bin", args: ["3"] });
  });

  it("does not end a word, and a line break before it is one", async () => {
    expect((await wireCommand(command`a ${1}${2} ${3}`, 0)).wire.args).toEqual(["12", "3"]);
    await expect(
      prepareWork(command`a
      ${1}`),
    ).rejects.toThrow("a line break");
    expect((await wireCommand(command`${"a"} ${"b"}`, 0)).wire).toEqual({ file: "a", args: ["b"] });
  });

  it.each<[string, unknown, RegExp]>([
    ["an array", ["a", "b"], /work\.args\[1\] is an array: a hole is one argument; for more use command/],
    ["nothing", undefined, /work\.args\[1\] is undefined/],
    ["an object", { a: 1 }, /work\.args\[1\] is an object/],
    ["a function that gives none", () => undefined, /work\.args\[1\] is undefined/],
    ["a function that gives an array", () => ["a"], /work\.args\[1\] is an array/],
    ["a NUL", "a\0", /work\.args\[1\] holds a NUL/],
    ["NaN", () => Number.NaN, /work\.args\[1\] is NaN/],
  ])("is refused where it is %s", async (_name, value, message) => {
    const error = await refusalOf(command`echo x y${value as string}z`, 0, 2);
    expect(error).toMatchObject({
      option: "work.args[1]",
      index: 2,
      message: expect.stringMatching(message),
    });
  });

  it("is refused where its function throws, and where it makes the program empty", async () => {
    const throwing = command`echo ${() => {
      throw new Error("no");
    }}`;
    expect(await refusalOf(throwing, 0, 1)).toMatchObject({
      option: "work.args[0]",
      index: 1,
      message: expect.stringMatching(/threw: Error: no/),
    });
    expect(await refusalOf(command`${""} a`, 0)).toMatchObject({ option: "work.file" });
  });
});

describe("with()", () => {
  const base = command<Clip>`ffmpeg -i in.mov ${(clip) => clip.path}`;

  it("adds what belongs to the command, for all items or each one", async () => {
    const work = base.with({
      inputs: (clip) => [{ content: clip.path, as: "in.mov" }],
      env: (_clip, index) => ({ SEED: String(index) }),
      stdin: "y",
      outputs: ["out.mp4"],
      successExitCodes: [0, 2],
    });
    expect((await wireCommand(work, { path: "a" }, 4)).wire).toEqual({
      file: "ffmpeg",
      args: ["-i", "in.mov", "a"],
      inputs: [{ as: "in.mov", blob: "assets/1/in.mov" }],
      env: { SEED: "4" },
      stdin: "y",
      outputs: ["out.mp4"],
      successExitCodes: [0, 2],
    });
    expect((await wireCommand(base, { path: "a" })).wire).toEqual({
      file: "ffmpeg",
      args: ["-i", "in.mov", "a"],
    });
  });

  it("refuses what is no option", async () => {
    await expect(prepareWork(base.with({ file: "x" } as never))).rejects.toThrow(
      /has no option `file`; these are: env,/,
    );
    await expect(prepareWork(base.with(undefined as never))).rejects.toThrow("an object");
    expect(await refusalOf(base.with({ outputs: () => ["../x"] }), { path: "a" })).toMatchObject({
      option: "work.outputs[0]",
    });
    expect(
      await refusalOf(
        base.with({ env: (clip) => ({ A: (clip as never as string[])[0]!.trim() }) }),
        { path: "a" },
        6,
      ),
    ).toMatchObject({
      option: "work.env",
      index: 6,
      message: expect.stringMatching(/threw: TypeError/),
    });
  });
});
