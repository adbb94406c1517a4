import type { EnvironmentSetting } from "../../azure/parameters/index.js";
import { posixCommandLine, posixProblems, quotePosix } from "../../command-line/posix.js";
import { splitTemplate, type TemplateAdvice, type TemplateWord } from "../../command-line/template.js";
import { quoteWindows, windowsProblems } from "../../command-line/windows.js";
import { splitWindowsTemplate } from "../../command-line/windows-template.js";
import type { WordProblem } from "../../command-line/word-problem.js";
import { InvalidArgumentError } from "../../errors/index.js";
import { checkText } from "../checks.js";
import type { Problem } from "../problems.js";

/** A program and its arguments, each as it is, for Linux or for Windows, or a command line as Batch takes it. */
export type TaskCommandOptions =
  | {
      /** A program and its arguments for Linux, each as it is. */
      readonly command: CommandList;
      readonly windowsCommand?: never;
      readonly commandLine?: never;
    }
  | {
      /** A program and its arguments for Windows, each as it is. */
      readonly windowsCommand: CommandList;
      readonly command?: never;
      readonly commandLine?: never;
    }
  | {
      /** A line that Batch does not run in a shell: for one, write `/bin/sh -c "…"` or `cmd /c …`. */
      readonly commandLine: string;
      readonly command?: never;
      readonly windowsCommand?: never;
    };

/** A program and its arguments, each as it is: nothing in them is quoted, expanded or split. */
export type CommandList = readonly [string, ...string[]];

/** A command as a builder was told it. */
export type Command =
  | { readonly kind: "list"; readonly system: CommandSystem; readonly words: readonly string[] }
  | {
      readonly kind: "template";
      readonly system: CommandSystem;
      readonly texts: readonly string[];
      readonly holes: readonly (string | number)[];
    }
  | { readonly kind: "line"; readonly text: string };

type CommandSystem = "linux" | "windows";

/** What a command is in the service's parameter. */
export interface CommandParts {
  readonly commandLine: string;
  /** What it needs in the task's environment. */
  readonly settings: readonly EnvironmentSetting[];
}

/** Where a node finds the words of a task's command, and of its coordination command. */
export const COMMAND_SETTING = "AZURE_BATCH_PARALLEL_COMMAND";
export const COORDINATION_SETTING = "AZURE_BATCH_PARALLEL_COORDINATION";

/** A command that was given as a list, or as a template: the texts of the latter have `raw`. */
export function commandOf(
  system: CommandSystem,
  first: readonly string[] | TemplateStringsArray,
  holes: readonly (string | number)[],
): Command {
  if (Array.isArray(first) && "raw" in first) {
    return { kind: "template", system, texts: [...(first as TemplateStringsArray).raw], holes: [...holes] };
  }
  return { kind: "list", system, words: Array.isArray(first) ? [...first] : first };
}

export const COMMAND_KEYS = ["command", "windowsCommand", "commandLine"] as const;

/** The one command among options; what else there may be is said as a problem. */
export function commandAmong(
  options: Partial<Record<(typeof COMMAND_KEYS)[number], unknown>>,
  at: string,
  problems: Problem[],
): Command {
  const { command, windowsCommand, commandLine } = options;
  const given = COMMAND_KEYS.filter((key) => options[key] !== undefined);
  if (given.length !== 1) {
    problems.push({ option: at, says: "needs one of `command`, `windowsCommand` and `commandLine`" });
    return { kind: "line", text: "none" };
  }
  if (command !== undefined) return commandOf("linux", command as readonly string[], []);
  if (windowsCommand !== undefined) return commandOf("windows", windowsCommand as readonly string[], []);
  return { kind: "line", text: commandLine as string };
}

/** Checks a command and makes a command line of it. `at` is what an error calls the task, `setting` its variable. */
export function commandParts(
  command: Command,
  at: string,
  setting: string,
  problems: Problem[],
): CommandParts {
  if (command.kind === "line") {
    return { commandLine: checkText(command.text, `${at}.commandLine`, problems), settings: [] };
  }
  const option = `${at}.${command.system === "windows" ? "windowsCommand" : "command"}`;
  const words = wordsOf(command, option, problems);
  if (words === undefined) return { commandLine: "", settings: [] };

  const found = command.system === "windows" ? windowsProblems(words) : posixProblems(words, setting);
  problems.push(...found.map((problem) => asProblem(problem, option)));
  if (found.length > 0) return { commandLine: "", settings: [] };

  const texts = words as readonly string[];
  if (command.system === "windows") return { commandLine: quoteWindows(texts), settings: [] };
  return { commandLine: posixCommandLine(setting), settings: [{ name: setting, value: quotePosix(texts) }] };
}

function asProblem({ word, says }: WordProblem, option: string): Problem {
  return { option: word === undefined ? option : `${option}[${word}]`, says };
}

function wordsOf(
  command: Exclude<Command, { kind: "line" }>,
  option: string,
  problems: Problem[],
): readonly unknown[] | undefined {
  if (command.kind === "template") return templateWords(command, option, problems);
  if (Array.isArray(command.words)) return command.words;
  problems.push({ option, says: "is no list of a program and its arguments" });
  return undefined;
}

function templateWords(
  { system, texts, holes }: Extract<Command, { kind: "template" }>,
  option: string,
  problems: Problem[],
): unknown[] | undefined {
  const shell = system === "windows" ? 'commandLine("cmd /c …")' : 'command(["/bin/sh", "-c", "…"])';
  const advice: TemplateAdvice = { what: option, option, env: ".env()", shell };
  try {
    const words = system === "windows" ? splitWindowsTemplate(texts, advice) : splitTemplate(texts, advice);
    return words.map((word) => fill(word, holes));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    problems.push({ option, says: error.message.slice(option.length + 1, -1) });
    return undefined;
  }
}

/** One word; what a hole holds that is neither text nor a number stays as it is, to be refused. */
function fill(word: TemplateWord, holes: readonly unknown[]): unknown {
  const values = word.map((piece) => (typeof piece === "string" ? piece : textOf(holes[piece.hole])));
  const wrong = values.findIndex((value) => typeof value !== "string");
  return wrong === -1 ? values.join("") : values[wrong];
}

function textOf(value: unknown): unknown {
  return Number.isFinite(value) ? String(value) : value;
}
