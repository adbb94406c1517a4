import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { WireArgument, WireCommand, WireCommandResult, WireInput } from "../protocol/command-line.js";
import { type CheckedCommand, type CheckedInput, refusal } from "./check-command.js";
import type { CommandResult } from "./command-spec.js";
import type { OutputFile, UploadFile } from "./prepared-work.js";

/** A command as it travels: its input files uploaded, with `args` in the place of its own where others are given. */
export async function toWireCommand(
  command: CheckedCommand,
  index: number,
  upload: UploadFile,
  args: readonly WireArgument[] = command.args,
): Promise<WireCommand> {
  const { file, env, stdin, outputs, successExitCodes } = command;
  await Promise.all(command.inputs.map((input) => checkInput(input, index)));
  const inputs = await Promise.all(command.inputs.map((input) => uploadInput(input, upload)));
  return {
    file,
    args,
    ...(env && { env }),
    ...(stdin !== undefined && { stdin }),
    ...(inputs.length > 0 && { inputs }),
    ...(outputs && outputs.length > 0 && { outputs }),
    ...(successExitCodes && { successExitCodes }),
  };
}

/** What a command's outcome is to its caller. */
export function fromWireCommand(value: unknown, files: readonly OutputFile[]): CommandResult {
  const { exitCode, stdout, stderr } = value as WireCommandResult;
  return { exitCode, stdout, stderr, files };
}

async function checkInput(input: CheckedInput, index: number): Promise<void> {
  if (!("path" in input)) return;
  const problem = await problemOfFile(input.path);
  if (problem) throw refusal(input.option, index, problem.says, problem.cause);
}

async function uploadInput(input: CheckedInput, upload: UploadFile): Promise<WireInput> {
  const source = "path" in input ? { path: input.path } : { content: input.content };
  return { blob: await upload(source, input.as), as: input.as };
}

/** What is wrong with a file that is to be uploaded, as the rest of a sentence; `undefined` where nothing is. */
export async function problemOfFile(path: string): Promise<{ says: string; cause?: unknown } | undefined> {
  const absolute = resolve(path);
  try {
    if (!(await stat(path)).isFile()) return { says: `is not a file: ${absolute}` };
    await access(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    return { says: missing ? `does not exist: ${absolute}` : `cannot be read: ${absolute}`, cause };
  }
}
