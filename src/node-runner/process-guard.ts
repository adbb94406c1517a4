import { type ChildProcess, spawn } from "node:child_process";

/*
 * Workers and commands lead process groups of their own, so that a timeout ends what they started as well. That also takes
 * them out of reach of whoever kills the supervisor. A shell that outlives it for a moment kills them then: it sees
 * its standard input end, even after SIGKILL.
 */
const WATCH = `
trap '' HUP INT TERM
alive=' '
while read -r change group; do
  case $change in
    +) alive="$alive$group " ;;
    -) alive="\${alive%% $group *} \${alive#* $group }" ;;
  esac
done
for group in $alive; do kill -9 "-$group" 2>/dev/null; done
`;

/** The process groups that must not outlive this process. */
export class ProcessGuard {
  readonly #groups = new Set<number>();
  #watcher: ChildProcess | undefined;

  /** Takes the group that a child leads under guard, until the child has ended; then what is left of it is killed. */
  watch(child: ChildProcess): void {
    const group = child.pid;
    if (group === undefined) return;
    this.#groups.add(group);
    this.#tell(`+ ${group}\n`);
    child.once("exit", () => {
      killGroup(group, "SIGKILL");
      this.#groups.delete(group);
      this.#tell(`- ${group}\n`);
    });
  }

  killAll(): void {
    for (const group of this.#groups) killGroup(group, "SIGKILL");
  }

  #tell(change: string): void {
    this.#watcher ??= startWatcher();
    this.#watcher.stdin?.write(change);
  }
}

/** Sends a signal to a process group; fine with one that is gone. */
export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone, or what is left of it belongs to somebody else.
  }
}

function startWatcher(): ChildProcess {
  const watcher = spawn("/bin/sh", ["-c", WATCH], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // Without it the workers still see their channel end.
  watcher.on("error", () => undefined);
  watcher.stdin?.on("error", () => undefined);
  watcher.unref();
  return watcher;
}
