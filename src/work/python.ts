import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors/index.js";
import type { ItemFailure } from "../protocol/outcome-part.js";
import { PREPARED } from "../protocol/task-settings.js";
import { checkCommand, refusal } from "./check-command.js";
import type { CommandOptions, CommandResult, PerItem } from "./command-spec.js";
import { problemOfFile } from "./input-files.js";
import { checkOptionNames, optionsFor } from "./per-item.js";
import type { PreparedWork } from "./prepared-work.js";
import { readRequirements } from "./requirements.js";
import { fromWireCommand, toWireCommand } from "./wire-command.js";
import { defineWork, type Work } from "./work.js";

/** What a Python script may have beside its item. */
export interface PythonOptions<T> extends CommandOptions<T> {
  /**
   * The script's arguments, `sys.argv[1:]`. Default: the item alone, as it is where it is text or a number, else as JSON
   * text.
   */
  readonly args?: PerItem<T, readonly (string | number)[]>;
  /** The Python of the node: a name found on its PATH, or a path there. Default: `"python3"`. */
  readonly interpreter?: string;
  /**
   * The packages that the script needs: the path of a requirements file, or its lines. Each node gets a virtual environment
   * with them once, which later runs with the same ones share; the node needs neither venv nor pip, and Python 3.8 or newer.
   * Wheels and archives on this computer that a line names are brought along. Pip takes its settings from the run's option
   * `env`, such as `PIP_INDEX_URL`. What cannot be installed rejects the run with a {@link PoolError} that has pip's words.
   * Default: none, and the interpreter is used as it is.
   */
  readonly requirements?: string | readonly string[];
}

/**
 * A Python script of this computer as the work of a run: it is shipped once, and run once for each item.
 *
 * A script that does not exist rejects the run with an {@link InvalidArgumentError} whose option is `"script"`. A node
 * without Python gives the item an error with the code `"CommandNotFound"`.
 *
 * @param script - the script's path, from the current directory, or its `file:` URL
 * @example
 * ```ts
 * // summarise.py: import json, sys; print(json.dumps({"rows": sum(1 for _ in open("data.csv"))}))
 * const results = await runParallel(
 *   ["2023.csv", "2024.csv"],
 *   python("summarise.py", { args: (name, index) => [name, index], inputs: (name) => [{ path: name, as: "data.csv" }] }),
 * );
 * const rows = results.map((result) => JSON.parse(result.stdout).rows);
 * ```
 */
export function python<T = unknown>(
  script: string | URL,
  options: PythonOptions<T> = {},
): Work<T, CommandResult> {
  return defineWork({}, () => preparePython(script, options));
}

const OPTIONS = [
  "args",
  "interpreter",
  "requirements",
  "env",
  "stdin",
  "inputs",
  "outputs",
  "successExitCodes",
];

async function preparePython<T>(script: unknown, options: PythonOptions<T>): Promise<PreparedWork> {
  checkOptionNames(options, "A Python script", OPTIONS);
  const path = pathOf(script);
  const problem = await problemOfFile(path);
  if (problem) {
    throw new InvalidArgumentError(`The Python script ${problem.says}.`, {
      option: "script",
      cause: problem.cause,
    });
  }
  const name = basename(path);
  const { interpreter = "python3", args = defaultArguments, requirements, ...others } = options;
  checkInterpreter(interpreter);
  const forItem = optionsFor({ args, ...others });
  const python =
    requirements === undefined
      ? undefined
      : { interpreter, requirements: await readRequirements(requirements) };

  return {
    kind: "command",
    files: [{ name: `${PREPARED.files}/${name}`, source: { path } }],
    ...(python && { python }),
    async toWire(item, index, upload) {
      const checked = checkCommand({ file: interpreter, ...forItem(item, index) }, index);
      const wire = await toWireCommand(checked, index, upload, [{ file: name }, ...checked.args]);
      return python ? { ...wire, file: { prepared: `${PREPARED.venv}/bin/python` } } : wire;
    },
    fromWire: fromWireCommand,
    explainFailure: (failure) => explainFailure(failure, interpreter),
  };
}

function pathOf(script: unknown): string {
  if (typeof script === "string" && script !== "") return resolve(script);
  if (!(script instanceof URL)) {
    throw new InvalidArgumentError("The Python script is given by its path or its file: URL.", {
      option: "script",
    });
  }
  if (script.protocol !== "file:") {
    throw new InvalidArgumentError(
      `The Python script is a file of this computer, and not at ${script.protocol}.`,
      {
        option: "script",
      },
    );
  }
  return fileURLToPath(script);
}

function checkInterpreter(interpreter: unknown): void {
  if (typeof interpreter === "string" && /^[^\0]+$/.test(interpreter)) return;
  throw new InvalidArgumentError(
    'The Python interpreter is a name such as "python3" or a path on the node.',
    {
      option: "interpreter",
    },
  );
}

function defaultArguments(item: unknown, index: number): readonly (string | number)[] {
  if (typeof item === "string" || typeof item === "number") return [item];
  const text = jsonOf(item, index);
  if (text === undefined) {
    throw refusal(
      "work.args",
      index,
      "is missing: the item has no JSON text, so say with `args` what the script gets",
    );
  }
  return [text];
}

function jsonOf(item: unknown, index: number): string | undefined {
  try {
    return JSON.stringify(item);
  } catch (cause) {
    throw refusal(
      "work.args",
      index,
      `is missing, and the item cannot be written as JSON: ${String(cause)}`,
      cause,
    );
  }
}

function explainFailure(failure: ItemFailure, interpreter: string): string | undefined {
  if (failure.code !== "CommandNotFound") return undefined;
  return (
    `The node has no Python by the name "${interpreter}". Install it with the pool's start task, choose an image that ` +
    "has it, or name the one it has with python(script, { interpreter })."
  );
}
