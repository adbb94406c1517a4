import { readdir, readFile } from "node:fs/promises";
import { kill } from "./process-groups.js";

/**
 * Kills every process whose environment has the given `NAME=value` entry: what a task's program started in a session of
 * its own. Only Linux lets a program see the environment of others; elsewhere this does nothing.
 */
export async function killProcessesWith(entry: string): Promise<void> {
  if (process.platform !== "linux") return;
  const mark = Buffer.from(`${entry}\0`);
  // A process may have started another one while the list was read, so look until nothing is found.
  for (let round = 0; round < 5; round++) {
    const found = await processesWith(mark);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
  }
}

async function processesWith(mark: Buffer): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(
    pids.map(async (pid) => {
      try {
        return (await readFile(`/proc/${pid}/environ`)).includes(mark) ? [pid] : [];
      } catch {
        return [];
      }
    }),
  );
  return marked.flat();
}
