import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What a program left that had `folder` as its TMPDIR: processes that have the folder in their command line or environment
 * (an engine inherits it, the tasks' node folders lie in it), and what is in it. Other programs do not disturb.
 */
export interface Traces {
  readonly processes: readonly string[];
  readonly files: readonly string[];
}

export function tracesOf(folder: string): Traces {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => `${read(pid, "cmdline")}${read(pid, "environ")}`.includes(folder))
    .map((pid) => `${pid} ${read(pid, "cmdline").replaceAll("\0", " ")}`);
  return { processes, files: readdirSync(folder) };
}

/** Waits (boundedly) until nothing is left, and gives what is left all the same. */
export async function tracesLeft(folder: string, milliseconds = 15_000): Promise<Traces> {
  const giveUp = performance.now() + milliseconds;
  for (;;) {
    const left = tracesOf(folder);
    if ((left.processes.length === 0 && left.files.length === 0) || performance.now() > giveUp) return left;
    await delay(50);
  }
}

/** A process may end while it is looked at. */
function read(pid: string, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
