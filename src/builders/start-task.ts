import type { ResourceFile, StartTaskParameter } from "../azure/parameters/index.js";
import { checkEnvironment, checkKeys, checkOneOf, checkText, checkWhole } from "./checks.js";
import { type Problem, show } from "./problems.js";

/** What a node does when it joins a pool, before its first task. */
export type StartTaskOptions = StartTaskCommand & {
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Whether it may do what an administrator may, such as `apt-get install`. Default: `"nonadmin"`. */
  readonly elevationLevel?: "nonadmin" | "admin";
  /** How often it is tried again where it fails; -1 for no limit. Default: 0. */
  readonly maxTaskRetryCount?: number;
  /** Whether tasks wait for it, and a node where it failed gets none. Default: `true`. */
  readonly waitForSuccess?: boolean;
};

/** Either a program and its arguments, for Linux, or a command line as Batch takes it. */
export type StartTaskCommand =
  | {
      /** A program and its arguments, each as it is. Linux only. */
      readonly command: readonly [string, ...string[]];
      readonly commandLine?: never;
    }
  | {
      /** A line that Batch does not run in a shell: for one, write `/bin/sh -c "…"` or `cmd /c …`. */
      readonly commandLine: string;
      readonly command?: never;
    };

/** Where the node finds the argument list: how Batch splits a command line on Linux is not documented, so none is in it. */
const COMMAND_SETTING = "AZURE_BATCH_PARALLEL_START_TASK";
const COMMAND_LINE = `/bin/sh -c 'eval "$${COMMAND_SETTING}"'`;

const KEYS = [
  "command",
  "commandLine",
  "env",
  "resourceFiles",
  "elevationLevel",
  "maxTaskRetryCount",
  "waitForSuccess",
];
const ELEVATION_LEVELS = ["nonadmin", "admin"] as const;

/** Checks the options and makes the service's parameter of them. */
export function startTaskParameter(
  options: StartTaskOptions,
  isWindows: boolean,
  problems: Problem[],
): StartTaskParameter {
  const at = "pool.startTask";
  checkKeys(options, KEYS, at, problems);
  const { command, commandLine, env, resourceFiles, elevationLevel, maxTaskRetryCount, waitForSuccess } =
    options ?? {};
  if ((command === undefined) === (commandLine === undefined)) {
    problems.push({ option: at, says: "needs either `command`, a list, or `commandLine`" });
  }
  if (command !== undefined && isWindows) {
    problems.push({
      option: `${at}.command`,
      says: "is a list, which is for Linux: use `commandLine` on Windows",
    });
  }
  if (resourceFiles !== undefined && !Array.isArray(resourceFiles)) {
    problems.push({ option: `${at}.resourceFiles`, says: `is ${show(resourceFiles)}, and not an array` });
  }
  const settings = [
    ...(env === undefined ? [] : checkEnvironment(env, `${at}.env`, problems)),
    ...(command === undefined ? [] : [{ name: COMMAND_SETTING, value: quote(command, problems) }]),
  ];
  return {
    commandLine:
      commandLine === undefined ? COMMAND_LINE : checkText(commandLine, `${at}.commandLine`, problems),
    ...(settings.length > 0 && { environmentSettings: settings }),
    ...(resourceFiles !== undefined && { resourceFiles }),
    ...(elevationLevel !== undefined && {
      userIdentity: {
        autoUser: {
          scope: "pool",
          elevationLevel: checkOneOf(elevationLevel, ELEVATION_LEVELS, `${at}.elevationLevel`, problems),
        },
      },
    }),
    ...(maxTaskRetryCount !== undefined && {
      maxTaskRetryCount: checkWhole(
        maxTaskRetryCount,
        [-1, 2 ** 31 - 1],
        `${at}.maxTaskRetryCount`,
        problems,
      ),
    }),
    waitForSuccess: waitForSuccess ?? true,
  };
}

/** The list as a line for a POSIX shell, which does nothing with it but to run it. */
function quote(command: readonly string[], problems: Problem[]): string {
  const at = "pool.startTask.command";
  if (!Array.isArray(command) || command.length === 0 || command[0] === "") {
    problems.push({ option: at, says: "is no list of a program and its arguments" });
    return "";
  }
  for (const [i, word] of command.entries()) {
    if (typeof word !== "string")
      problems.push({ option: `${at}[${i}]`, says: `is ${show(word)}, and not text` });
    else if (word.includes("\0")) problems.push({ option: `${at}[${i}]`, says: "holds a NUL character" });
  }
  return command.map((word) => `'${String(word).replaceAll("'", "'\\''")}'`).join(" ");
}
