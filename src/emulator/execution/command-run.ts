import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../service.js";
import {
  diskFailure,
  exitCodeFailure,
  type FailureInfo,
  launchFailure,
  programNotFound,
  wallClockExceeded,
} from "../state/failure.js";
import type { NodeRecord } from "../state/node.js";
import type { CommandSpec } from "../state/specs.js";
import { writeCertificates } from "./certificates.js";
import { CommandLineError, splitCommandLine } from "./command-line.js";
import {
  engineFailed,
  findContainerEngine,
  imageFailure,
  inContainer,
  noEngine,
  poolWithoutContainers,
} from "./containers.js";
import { type ProcessEnd, type RunningProcess, startProcess } from "./processes.js";
import { downloadResourceFiles } from "./resource-files.js";

/** A command line to run in a task directory of a node. */
export interface CommandRequest {
  node: NodeRecord;
  spec: CommandSpec;
  /** The task directory; `wd`, `stdout.txt` and `stderr.txt` are made in it. */
  directory: string;
  environment: Record<string, string>;
  /** Whether to download the resource files; a retry on the same node finds them in place. */
  download: boolean;
  /** Aborted when the command, its downloads included, has run as long as it may. */
  timeUp: AbortSignal;
  /** Whether processes the program left may go on. */
  keepChildren: boolean;
  signal: AbortSignal;
}

/** How a command ended. A program that never started has no exit code. */
export interface CommandEnd {
  exitCode?: number | undefined;
  failure?: FailureInfo | undefined;
}

/** Runs a command line with all its preparation. When the signal aborts, what it returns means nothing. */
export async function runCommand(service: Service, request: CommandRequest): Promise<CommandEnd> {
  const { spec, directory, signal, timeUp } = request;
  const workingDirectory = join(directory, "wd");
  try {
    makeTaskFolder(directory, workingDirectory);
    writeCertificates(service, request.node, join(directory, "certs"));
  } catch (error) {
    return { failure: diskFailure(error as NodeJS.ErrnoException) };
  }

  if (request.download && spec.resourceFiles !== undefined && spec.resourceFiles.length > 0) {
    const failure = await downloadResourceFiles(
      spec.resourceFiles,
      workingDirectory,
      service,
      AbortSignal.any([signal, timeUp]),
    );
    if (timeUp.aborted) return neverStarted(directory, wallClockExceeded);
    if (failure !== undefined) return neverStarted(directory, failure);
  }
  if (signal.aborted) return {};

  const program = programOf(service, request, workingDirectory);
  if (program.kind === "refused") return neverStarted(directory, program.failure);
  const running = startProcess(
    {
      command: program.command,
      workingDirectory,
      environment: request.environment,
      stdout: join(directory, "stdout.txt"),
      stderr: join(directory, "stderr.txt"),
      keepChildren: request.keepChildren,
    },
    service.launcher,
  );
  const { end, timedOut } = await supervise(request, running, program.kill);

  if (end.kind === "programNotFound") return neverStarted(directory, programNotFound);
  if (end.kind === "notLaunched") return neverStarted(directory, launchFailure(end.reason));
  if (timedOut) return { exitCode: end.exitCode, failure: wallClockExceeded };
  if (program.contained && end.exitCode === engineFailed) return { failure: imageFailure };
  if (end.exitCode !== 0) return { exitCode: end.exitCode, failure: exitCodeFailure };
  return { exitCode: 0 };
}

// A look from the root on for each of its folders, as `recursive` does, costs more than the two calls that mostly do.
function makeTaskFolder(directory: string, workingDirectory: string): void {
  try {
    mkdirSync(directory);
    mkdirSync(workingDirectory);
  } catch {
    mkdirSync(workingDirectory, { recursive: true });
  }
}

/** A task that fails before its program starts has its two logs all the same, empty. */
function neverStarted(directory: string, failure: FailureInfo): CommandEnd {
  writeFileSync(join(directory, "stdout.txt"), "");
  writeFileSync(join(directory, "stderr.txt"), "");
  return { failure };
}

type Program =
  | { kind: "program"; command: string[]; contained: boolean; kill(): Promise<void> }
  | { kind: "refused"; failure: FailureInfo };

function programOf(service: Service, request: CommandRequest, workingDirectory: string): Program {
  const { spec, node, environment } = request;
  try {
    const words = splitCommandLine(spec.commandLine);
    const settings = spec.containerSettings;
    if (settings === undefined) {
      if (words.length === 0) throw new CommandLineError("the command line is empty");
      return { kind: "program", command: words, contained: false, kill: async () => {} };
    }
    if (node.pool.spec.virtualMachineConfiguration?.containerConfiguration === undefined) {
      return { kind: "refused", failure: poolWithoutContainers };
    }
    const engine = findContainerEngine(service.taskPath);
    if (engine === undefined) return { kind: "refused", failure: noEngine };
    const place = {
      workspace: service.workspace.root,
      nodeRoot: node.folders.root,
      workingDirectory,
      environment,
    };
    return { kind: "program", contained: true, ...inContainer(engine, settings, words, place) };
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    return { kind: "refused", failure: launchFailure(error.message) };
  }
}

/** Waits for the end of a program, and kills it when its time is over or it is not wanted any more. */
async function supervise(
  request: CommandRequest,
  running: RunningProcess,
  killContainer: () => Promise<void>,
): Promise<{ end: ProcessEnd; timedOut: boolean }> {
  let timedOut = false;
  let containerGone = Promise.resolve();
  const kill = (): void => {
    containerGone = killContainer();
    running.kill();
  };
  const expire = (): void => {
    timedOut = true;
    kill();
  };
  if (request.timeUp.aborted) expire();
  request.timeUp.addEventListener("abort", expire, { once: true });
  request.signal.addEventListener("abort", kill, { once: true });
  const end = await running.end;
  await containerGone;
  request.signal.removeEventListener("abort", kill);
  request.timeUp.removeEventListener("abort", expire);
  return { end, timedOut };
}
