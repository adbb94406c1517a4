import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** What a run on the local engine may leave: its processes, by their command lines, and its folders. */
export interface Traces {
  readonly processes: readonly string[];
  readonly folders: readonly string[];
}

/** What of ours there is on this computer now, and was not `before`. */
export function traces(before?: Traces): Traces {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => `${pid} ${commandLine(pid)}`)
    .filter((line) => /azurite-host|emulator[/]main|runner\.cjs|azure-batch-emulator/.test(line));
  const folders = readdirSync(tmpdir()).filter((name) => /^azure-batch-(emulator|parallel)/.test(name));
  return {
    processes: processes.filter((line) => before?.processes.includes(line) !== true),
    folders: folders.filter((name) => before?.folders.includes(name) !== true),
  };
}

/** Waits (boundedly) until nothing new is left, and gives what is left all the same. */
export async function tracesLeft(before: Traces, milliseconds = 10_000): Promise<Traces> {
  const giveUp = performance.now() + milliseconds;
  for (;;) {
    const left = traces(before);
    if ((left.processes.length === 0 && left.folders.length === 0) || performance.now() > giveUp) return left;
    await delay(50);
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
