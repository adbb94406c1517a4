import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../service.js";
import {
  exitCodeFailure,
  type FailureInfo,
  launchFailure,
  programNotFound,
  wallClockExceeded,
} from "../state/failure.js";
import type { CommandSpec } from "../state/specs.js";
import { startProcess } from "./processes.js";
import { downloadResourceFiles } from "./resource-files.js";

/** A command line to run in a task directory. */
export interface CommandRequest {
  spec: CommandSpec;
  /** The task directory; `wd`, `stdout.txt` and `stderr.txt` are made in it. */
  directory: string;
  environment: Record<string, string>;
  /** Whether to download the resource files; a retry on the same node finds them in place. */
  download: boolean;
  /** In milliseconds; `Infinity` for no limit. */
  maxWallClockTime: number;
  /** Whether processes the program left may go on. */
  keepChildren: boolean;
  signal: AbortSignal;
}

/** How a command ended. A program that never started has no exit code. */
export interface CommandEnd {
  exitCode?: number;
  failure?: FailureInfo;
}

/** Runs a command line with all its preparation. When the signal aborts, what it returns means nothing. */
export async function runCommand(service: Service, request: CommandRequest): Promise<CommandEnd> {
  const { spec, directory, signal } = request;
  const stdout = join(directory, "stdout.txt");
  const stderr = join(directory, "stderr.txt");
  const workingDirectory = join(directory, "wd");
  mkdirSync(workingDirectory, { recursive: true });

  if (request.download && spec.resourceFiles !== undefined && spec.resourceFiles.length > 0) {
    const failure = await downloadResourceFiles(
      spec.resourceFiles,
      workingDirectory,
      service.autoStorage,
      signal,
    );
    if (failure !== undefined) {
      writeFileSync(stdout, "");
      writeFileSync(stderr, "");
      return { failure };
    }
  }
  if (signal.aborted) return {};

  const running = startProcess(
    {
      commandLine: spec.commandLine,
      workingDirectory,
      environment: request.environment,
      stdout,
      stderr,
      keepChildren: request.keepChildren,
    },
    service.workspace.groups,
  );
  let timedOut = false;
  const limit = service.clock.after(request.maxWallClockTime, () => {
    timedOut = true;
    running.kill();
  });
  signal.addEventListener("abort", running.kill, { once: true });
  const end = await running.end;
  signal.removeEventListener("abort", running.kill);
  limit.cancel();

  if (end.kind === "programNotFound") return { failure: programNotFound };
  if (end.kind === "notLaunched") return { failure: launchFailure(end.reason) };
  if (timedOut) return { exitCode: end.exitCode, failure: wallClockExceeded };
  if (end.exitCode !== 0) return { exitCode: end.exitCode, failure: exitCodeFailure };
  return { exitCode: 0 };
}
