import { spawn } from "node:child_process";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { killProcessesWith } from "./stray-processes.js";

/** A program to run on a node. */
export interface ProcessRequest {
  command: string[];
  workingDirectory: string;
  /** The whole environment: nothing of the emulator's own is added. */
  environment: Record<string, string>;
  stdout: string;
  stderr: string;
  /** Whether children that outlive the program may go on: those of a start task may. */
  keepChildren: boolean;
}

/** How a program ended, or why it could not start. */
export type ProcessEnd =
  | { kind: "exited"; exitCode: number }
  | { kind: "programNotFound" }
  | { kind: "notLaunched"; reason: string };

export interface RunningProcess {
  /** Settles when the program has ended and, unless they were kept, its children are killed. */
  readonly end: Promise<ProcessEnd>;
  /** Kills the program with all its children. */
  kill(): void;
}

/** Starts a program in its own process group, which is recorded in the folder `groups` for the guardian. */
export function startProcess(request: ProcessRequest, groups: string): RunningProcess {
  const stdout = openSync(request.stdout, "w");
  const stderr = openSync(request.stderr, "w");
  try {
    return launch(request, groups, stdout, stderr);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { end: Promise.resolve({ kind: "notLaunched", reason }), kill() {} };
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}

function launch(request: ProcessRequest, groups: string, stdout: number, stderr: number): RunningProcess {
  const [program = "", ...args] = request.command;
  const child = spawn(program, args, {
    cwd: request.workingDirectory,
    env: request.environment,
    detached: true,
    stdio: ["ignore", stdout, stderr],
  });
  const group = child.pid;
  const record = group === undefined ? undefined : join(groups, String(group));
  if (record !== undefined) writeFileSync(record, "");
  let killed = false;

  const end = new Promise<ProcessEnd>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (group !== undefined) return;
      const notFound = error.code === "ENOENT";
      resolve(notFound ? { kind: "programNotFound" } : { kind: "notLaunched", reason: error.message });
    });
    child.once("exit", (code, signal) => {
      const exitCode = code ?? 128 + constants.signals[signal!];
      if (group !== undefined && (killed || !request.keepChildren)) killGroup(group);
      if (record !== undefined) rmSync(record, { force: true });
      const rest = killed ? killProcessesWith(ownMark(request)) : Promise.resolve();
      rest.then(() => resolve({ kind: "exited", exitCode }));
    });
  });

  return {
    end,
    kill() {
      if (killed || group === undefined) return;
      killed = true;
      killGroup(group);
    },
  };
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // No process is left in the group.
  }
}

// Children that left the group still carry the environment entry that only this task has.
function ownMark(request: ProcessRequest): string {
  return `AZ_BATCH_TASK_WORKING_DIR=${request.workingDirectory}`;
}
