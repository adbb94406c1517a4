import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { killGroup, type ProcessGuard } from "../process-guard.js";

/** The most that is taken of each stream, in bytes. */
export const LARGEST_OUTPUT = 16 * 1024 * 1024;
/** Between SIGTERM and SIGKILL for a program whose time is up. */
const TERMINATION_GRACE = 1_000;
/** How long a program's streams may be held open after its end by what it started. */
export const DRAIN_TIME = 1_000;

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What of it is the item's own. */
  readonly ownEnvironment: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  /** In milliseconds. */
  readonly timeout?: number | undefined;
}

/** What became of a program. */
export type Ending =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: NodeJS.Signals }
  | { readonly kind: "timed out" }
  | { readonly kind: "wrote too much"; readonly stream: "stdout" | "stderr" }
  | { readonly kind: "not started"; readonly error: NodeJS.ErrnoException };

export interface Execution {
  readonly ending: Ending;
  /** How long it ran. */
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, without a shell, in a process group of its own that ends with it. */
export async function execute(program: Program, guard: ProcessGuard): Promise<Execution> {
  const began = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(program.file, [...program.args], {
      cwd: program.folder,
      env: program.environment,
      detached: true,
      stdio: [program.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    const ending: Ending = { kind: "not started", error: error as NodeJS.ErrnoException };
    return { ending, milliseconds: 0, stdout: "", stderr: "" };
  }
  guard.watch(child);

  let forced: Ending | undefined;
  const force = (ending: Ending, signal: NodeJS.Signals) => {
    forced ??= ending;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      killGroup(child.pid, signal);
    }
  };
  const stdout = collect(child.stdout, () => force({ kind: "wrote too much", stream: "stdout" }, "SIGKILL"));
  const stderr = collect(child.stderr, () => force({ kind: "wrote too much", stream: "stderr" }, "SIGKILL"));
  // A program need not read what it is given.
  child.stdin?.on("error", () => undefined).end(program.stdin);

  if (program.timeout !== undefined) {
    const timeUp = (signal: NodeJS.Signals) => force({ kind: "timed out" }, signal);
    const timers = timeLimit(program.timeout, timeUp);
    child.once("exit", () => timers.forEach(clearTimeout));
  }
  const ended = await endingOf(child);
  const milliseconds = performance.now() - began;
  return { ending: forced ?? ended, milliseconds, stdout: stdout(), stderr: stderr() };
}

/** Calls with the signals that end a program, one after the other, when its time is up. */
export function timeLimit(
  milliseconds: number,
  timeUp: (signal: "SIGTERM" | "SIGKILL") => void,
): NodeJS.Timeout[] {
  return [
    setTimeout(timeUp, milliseconds, "SIGTERM"),
    setTimeout(timeUp, milliseconds + TERMINATION_GRACE, "SIGKILL"),
  ];
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "not started", error }));
    child.once("exit", (exitCode, signal) => {
      // A process that it started and that got out of its group may hold the streams.
      const drained = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, DRAIN_TIME);
      child.once("close", () => {
        clearTimeout(drained);
        // Node.js gives exactly one of the two.
        resolve(
          signal === null ? { kind: "exited", exitCode: exitCode as number } : { kind: "killed", signal },
        );
      });
    });
  });
}

/** Gathers a stream; the result gives what came so far. */
function collect(stream: Readable | null, tooMuch: () => void): () => string {
  const pieces: Buffer[] = [];
  let size = 0;
  stream?.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size > LARGEST_OUTPUT) tooMuch();
    else pieces.push(piece);
  });
  return () => Buffer.concat(pieces).toString("utf8");
}
