import type { WireArgument, WireCommand, WireCommandResult, WireInput } from "../protocol/command-line.js";
import type { CheckedCommand } from "./check-command.js";
import type { CommandResult } from "./command-spec.js";
import { findInputs, type InputFile } from "./input-files.js";
import type { OutputFile, UploadFile } from "./prepared-work.js";

/** A command as it travels: its input files uploaded, with `args` in the place of its own where others are given. */
export async function toWireCommand(
  command: CheckedCommand,
  index: number,
  upload: UploadFile,
  args: readonly WireArgument[] = command.args,
): Promise<WireCommand> {
  const { file, env, stdin, outputs, successExitCodes } = command;
  const found = command.inputs.length === 0 ? [] : await findInputs(command.inputs, index);
  const inputs = await Promise.all(found.map((input) => uploadInput(input, upload)));
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

async function uploadInput(input: InputFile, upload: UploadFile): Promise<WireInput> {
  if ("url" in input) return input;
  return { ...(await upload(input.source, input.as)), as: input.as };
}
