import { closeSync, openSync, readSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { ItemFailure } from "../../protocol/outcome-part.js";
import type { Program } from "./execute.js";

/** Why a program could not be started. The system's `ENOENT` means several things. */
export function startFailure(program: Program, error: NodeJS.ErrnoException): ItemFailure {
  const name = JSON.stringify(program.file);
  if (error.code !== "ENOENT") {
    return { code: "CommandNotStarted", message: `${name} could not be started: ${reasonOf(error)}.` };
  }
  const found = candidates(program).find(isFile);
  if (found !== undefined) {
    return {
      code: "CommandNotStarted",
      message: `${name} exists, but could not be started: ${missingPartOf(found)}.`,
    };
  }
  const where = program.file.includes("/")
    ? `in the item's working directory, where relative paths start`
    : `on the node's PATH (${program.environment.PATH ?? "which is not set"})`;
  return {
    code: "CommandNotFound",
    message: program.file.startsWith("/")
      ? `${name} does not exist on the node.`
      : `${name} was not found ${where}.`,
  };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EACCES":
      return "it is not a file with the permission to execute it";
    case "E2BIG":
      return "its arguments and environment are longer than the node allows; pass the data by stdin or in a file";
    case "ENOEXEC":
      return "it is no program for this node";
    case "ERR_INVALID_ARG_VALUE":
      return "a name, an argument or an environment value holds a null character";
    default:
      return error.message;
  }
}

/** Where the system looks for the program. */
function candidates({ file, folder, environment }: Program): string[] {
  if (file.includes("/")) return [resolve(folder, file)];
  return (environment.PATH ?? "").split(delimiter).map((entry) => resolve(folder, join(entry, file)));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** What the system missed of a program that exists: what its first line asks for, or its loader. */
function missingPartOf(file: string): string {
  const interpreter = /^#!\s*([^\n]*)/.exec(beginningOf(file))?.[1];
  return interpreter === undefined
    ? "what loads it does not exist on the node (is it built for another system?)"
    : `the interpreter in its first line, ${JSON.stringify(interpreter)}, does not exist on the node`;
}

function beginningOf(file: string): string {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(256);
    return bytes.toString("latin1", 0, readSync(handle, bytes));
  } finally {
    closeSync(handle);
  }
}
