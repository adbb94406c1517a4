import { join } from "node:path";
import { decode, encode } from "../../protocol/codec.js";
import type { WireArgument, WireCommand, WireCommandResult } from "../../protocol/command-line.js";
import type { Attempt, AttemptEnd, AttemptResult } from "../attempt.js";
import { BoundedText } from "../bounded-text.js";
import type { ResultFiles } from "../result-files.js";
import type { Task } from "../task.js";
import type { Execution, Program } from "./execute.js";
import { type BroughtFiles, bringFiles, type InputPlaces } from "./item-files.js";
import { findOutputs } from "./output-files.js";
import { judge } from "./verdict.js";

interface Surroundings {
  readonly task: Task;
  /** The attempt's working directory, which does not exist yet. */
  readonly folder: string;
  /** The node's environment for programs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined where the program was withdrawn before it started. */
  readonly execute: (program: Program) => Promise<Execution | undefined>;
  readonly inputs: InputPlaces;
  readonly results: ResultFiles;
}

/** Runs one item's command: brings its files, runs it, gives back what it made. Undefined where it was withdrawn. */
export async function runCommand(attempt: Attempt, around: Surroundings): Promise<AttemptEnd | undefined> {
  const ran = await runAttempt(attempt, around);
  return ran && { offset: attempt.offset, attempt: attempt.attempt, ...ran };
}

async function runAttempt(
  attempt: Attempt,
  around: Surroundings,
): Promise<Pick<AttemptEnd, "result" | "output" | "milliseconds"> | undefined> {
  const began = performance.now();
  const { task, folder, inputs, execute } = around;
  const command = decode(attempt.text) as WireCommand;
  let brought: BroughtFiles;
  try {
    brought = await bringFiles(folder, task, command.inputs ?? [], inputs);
  } catch (error) {
    return { result: transferFailed(error), milliseconds: Math.round(since(began)) };
  }

  const program: Program = {
    file: typeof command.file === "string" ? command.file : join(task.prepared, command.file.prepared),
    args: command.args.map((argument) => argumentText(argument, task)),
    folder,
    environment: { ...around.environment, ...command.env },
    ownEnvironment: command.env ?? {},
    stdin: command.stdin,
    timeout: task.run.timeout,
  };
  const brings = since(began);
  const execution = await execute(program);
  if (execution === undefined) return undefined;
  const ended = performance.now();
  const verdict = judge(program, execution, command.successExitCodes ?? [0]);
  const result: AttemptResult =
    "failure" in verdict
      ? { status: "rejected", failure: verdict.failure }
      : await giveBack(attempt, command, verdict.value, brought, around);
  // Not the time for which the program waited for others.
  const milliseconds = Math.round(brings + execution.milliseconds + since(ended));
  const output = keptOutput(execution);
  return output === undefined ? { result, milliseconds } : { result, output, milliseconds };
}

function since(began: number): number {
  return performance.now() - began;
}

function argumentText(argument: WireArgument, task: Task): string {
  return typeof argument === "string" ? argument : join(task.files, argument.file);
}

/** The result of a program that ended well, once its files are stored. */
async function giveBack(
  { index }: Attempt,
  { outputs = [] }: WireCommand,
  value: WireCommandResult,
  brought: BroughtFiles,
  { folder, results }: Surroundings,
): Promise<AttemptResult> {
  try {
    const names = findOutputs(folder, outputs, brought);
    const files = await results.store(index, folder, names);
    return { status: "fulfilled", payload: encode(value), files };
  } catch (error) {
    return transferFailed(error);
  }
}

function transferFailed(error: unknown): AttemptResult {
  return { status: "rejected", failure: { code: "FileTransferFailed", message: (error as Error).message } };
}

function keptOutput({ stdout, stderr }: Execution): AttemptEnd["output"] {
  if (stdout === "" && stderr === "") return undefined;
  return { stdout: bounded(stdout), stderr: bounded(stderr) };
}

function bounded(text: string): string {
  const kept = new BoundedText();
  kept.add(text);
  return kept.toString();
}
