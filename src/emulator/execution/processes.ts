import { dirname } from "node:path";
import { findProgram } from "./find-program.js";
import type { Launcher, Program } from "./launcher.js";
import { killProcessesOf, type Owner } from "./stray-processes.js";

/** A program to run on a node. */
export interface ProcessRequest extends Program {
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

// Programs that run, by working directory: no two runs of a task share it at a time.
const running = new Set<string>();
const left = new Map<string, Owner>();
const sweepAfter = 1000;

/** Starts a program. */
export function startProcess(request: ProcessRequest, launcher: Launcher): RunningProcess {
  const refused = whyNot(request);
  if (refused !== undefined) return { end: Promise.resolve(refused), kill() {} };

  const owner = ownerOf(request);
  running.add(owner.value);
  const launched = launcher.launch(request);
  let killed = false;
  const waitForEnd = async (): Promise<ProcessEnd> => {
    const exitCode = await launched.exit;
    if (killed || !request.keepChildren) launched.killGroup();
    if (killed) await killProcessesOf(owner);
    running.delete(owner.value);
    if (!killed && !request.keepChildren) sweepLater(owner);
    return { kind: "exited", exitCode };
  };
  return {
    end: waitForEnd(),
    kill() {
      if (killed) return;
      killed = true;
      launched.killGroup();
    },
  };
}

/**
 * Kills what a program that ended by itself left outside its group. To look for it at once would cost each short task
 * more than its own run, so one look a second serves all that have ended.
 */
function sweepLater(owner: Owner): void {
  if (left.size === 0) setTimeout(() => void killLeftProcesses(), sweepAfter).unref();
  left.set(owner.value, { ...owner, spared: () => running.has(owner.value) });
}

/** Kills at once what programs that ended by themselves have left behind. */
export async function killLeftProcesses(): Promise<void> {
  const owners = [...left.values()];
  left.clear();
  await Promise.all(owners.map(killProcessesOf));
}

// What Linux takes for one argument or variable.
const longestText = 128 * 1024;

function whyNot({ command, workingDirectory, environment }: ProcessRequest): ProcessEnd | undefined {
  const variables = Object.entries(environment).flat();
  if ([...command, ...variables].some((text) => text.includes("\0"))) {
    return {
      kind: "notLaunched",
      reason: "The command line and the environment cannot hold a null character",
    };
  }
  const texts = [...command, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
  if (texts.some((text) => Buffer.byteLength(text) >= longestText)) {
    return {
      kind: "notLaunched",
      reason: "A word of the command line or a variable is too long for the system",
    };
  }
  const [name = ""] = command;
  const found = findProgram(name, workingDirectory, environment.PATH);
  if (found === "notFound") return { kind: "programNotFound" };
  if (found === "notExecutable") return { kind: "notLaunched", reason: `${name} is not an executable file` };
  return undefined;
}

// Children that left the group still carry the environment entry that only this task has.
function ownerOf({ workingDirectory, stdout }: ProcessRequest): Owner {
  return { variable: "AZ_BATCH_TASK_WORKING_DIR", value: workingDirectory, folder: dirname(stdout) };
}
