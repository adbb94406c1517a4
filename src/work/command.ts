import { splitTemplate, type TemplateAdvice, type TemplateWord } from "../command-line/template.js";
import { InvalidArgumentError } from "../errors/index.js";
import { argument, checkCommand, refusal } from "./check-command.js";
import type { CommandOptions, CommandResult, CommandSpec } from "./command-spec.js";
import { checkOptionNames, optionsFor, valueFor } from "./per-item.js";
import type { PreparedWork } from "./prepared-work.js";
import { fromWireCommand, toWireCommand } from "./wire-command.js";
import { defineWork, type Work } from "./work.js";

/** What a hole of a command template may hold: text, a number, or a function that makes one of the item. */
export type TemplateHole<T> = string | number | ((item: T, index: number) => string | number);

/** A command made from a template; `with()` says what else it has. */
export interface CommandTemplate<in T> extends Work<T, CommandResult> {
  /**
   * The same command with input and output files, environment variables, standard input, or other exit codes.
   *
   * A template that is followed by `.with()` cannot take its item's type from the items of `runParallel`: say it, as in
   * the example, or use the form of `command()` that takes a function.
   *
   * @example
   * ```ts
   * const convert = command<{ path: string }>`ffmpeg -i in.mov ${(clip) => `${clip.path}.mp4`}`.with({
   *   inputs: (clip) => [{ path: clip.path, as: "in.mov" }],
   *   outputs: ["*.mp4"],
   *   successExitCodes: [0, 2],
   * });
   * ```
   */
  with(options: CommandOptions<T>): Work<T, CommandResult>;
}

/**
 * A program as the work of a run. The function gives each item its program, arguments, input and output files as data; no
 * shell reads them, so spaces, quotes, `$(…)` and line breaks arrive as they are.
 *
 * A command that is no command (an empty `file`, an argument with a NUL character, a missing input file) rejects the run
 * with an {@link InvalidArgumentError} that has the item's index and the part's path, such as `work.args[2]`.
 *
 * @param toCommand - makes an item's command; it is called here, not on a node, and so may use whatever it likes
 * @example
 * ```ts
 * const photos = [{ path: "a.jpg" }, { path: "b.jpg" }];
 * const results = await runParallel(
 *   photos,
 *   command((photo, index) => ({
 *     file: "convert",
 *     args: ["in.jpg", "-resize", "50%", `${index}.png`],
 *     inputs: [{ path: photo.path, as: "in.jpg" }],
 *     outputs: ["*.png"],
 *   })),
 * );
 * for (const { files } of results) for (const file of files) await file.save(`thumbnails/${file.name}`);
 * ```
 */
export function command<T = unknown>(
  toCommand: (item: T, index: number) => CommandSpec,
): Work<T, CommandResult>;
/**
 * A program as the work of a run, written as a template. The text is split into arguments as a shell splits words, with
 * quotes and backslashes, and nothing in it is expanded. A hole, `${…}`, is (part of) one argument whatever it holds.
 *
 * What only a shell would understand, such as an unquoted `|`, `>`, `*` or `$`, rejects the run with an
 * {@link InvalidArgumentError} that names the way out.
 *
 * @example
 * ```ts
 * const results = await runParallel(
 *   [{ url: "https://example.com/?a=1&b=2" }],
 *   command`curl --silent --user-agent 'a b' ${(page) => page.url}`,
 * );
 * console.log(results[0]?.stdout);
 * ```
 */
export function command<T = unknown>(
  text: TemplateStringsArray,
  ...holes: readonly TemplateHole<T>[]
): CommandTemplate<T>;
export function command<T>(first: unknown, ...holes: readonly unknown[]): Work<T, CommandResult> {
  if (isTemplate(first)) return template<T>(first.raw, holes);
  return defineWork({}, async () => {
    if (typeof first === "function") return commandWork(first);
    throw new InvalidArgumentError(
      "command() takes a function that gives an item's command, or is followed by a template, command`…`.",
      { option: "work" },
    );
  });
}

const ADVICE: TemplateAdvice = {
  what: "The command template",
  option: "work",
  env: ".with({ env })",
  shell: 'command(() => ({ file: "/bin/sh", args: ["-c", "…"] }))',
};

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && "raw" in value;
}

function template<T>(texts: readonly string[], holes: readonly unknown[]): CommandTemplate<T> {
  return defineWork<CommandTemplate<T>>(
    { with: (options) => defineWork({}, async () => templateWork(texts, holes, options)) },
    async () => templateWork(texts, holes, {}),
  );
}

function templateWork(texts: readonly string[], holes: readonly unknown[], options: unknown): PreparedWork {
  const words = splitTemplate(texts, ADVICE);
  checkOptionNames(options);
  const forItem = optionsFor(options);
  return commandWork((item: unknown, index: number) => {
    const [file, ...args] = words.map((word, number) => fill(word, number, holes, item, index));
    return { ...forItem(item, index), file, args };
  });
}

/** One argument. A number of 0 is the program, the others are arguments, as errors count them. */
function fill(
  word: TemplateWord,
  number: number,
  holes: readonly unknown[],
  item: unknown,
  index: number,
): string {
  const option = number === 0 ? "work.file" : `work.args[${number - 1}]`;
  return word
    .map((piece) => {
      if (typeof piece === "string") return piece;
      const value = valueFor(holes[piece.hole], item, index, option);
      if (Array.isArray(value)) {
        throw refusal(
          option,
          index,
          "is an array: a hole is one argument; for more use command(() => ({ file, args }))",
        );
      }
      return argument(value, option, index);
    })
    .join("");
}

function commandWork(specOf: unknown): PreparedWork {
  return {
    kind: "command",
    files: [],
    toWire: (item, index, upload) =>
      toWireCommand(checkCommand(valueFor(specOf, item, index, "work"), index), index, upload),
    fromWire: fromWireCommand,
  };
}
