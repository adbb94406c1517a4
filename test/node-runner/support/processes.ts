import { readdirSync, readFileSync } from "node:fs";

/** The ids of the processes whose command line or environment holds a text. Linux only, as nodes are. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => contains(`/proc/${name}/cmdline`, text) || contains(`/proc/${name}/environ`, text))
    .map(Number);
}

function contains(file: string, text: string): boolean {
  try {
    return readFileSync(file, "utf8").includes(text);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
