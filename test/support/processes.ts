import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process of this computer. */
export interface Process {
  readonly pid: number;
  readonly commandLine: string;
}

/** The processes whose command line holds a mark. Read from /proc: a small image has no `ps`. */
export function processesWith(mark: string): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({
      pid: Number(pid),
      commandLine: read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " "),
    }))
    .filter(({ commandLine }) => commandLine.includes(mark));
}

/** Where a process works; empty once it has ended. */
export function workingDirectory({ pid }: Process): string {
  return read(() => readlinkSync(`/proc/${pid}/cwd`));
}

/** A process may end while it is looked at. */
function read(text: () => string): string {
  try {
    return text();
  } catch {
    return "";
  }
}
