import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";

/*
 * Workers and commands lead process groups of their own, so that a timeout ends what they started as well. That also takes
 * them out of reach of whoever kills the supervisor. A shell that outlives it for a moment kills them then: its standard
 * input ends, even by SIGKILL. It knows the groups, and finds by their mark those that it was not told of any more.
 */
const WATCH = `
trap '' HUP INT TERM
mark=$1
alive=' '
while read -r change group; do
  case $change in
    +) alive="$alive$group " ;;
    -) alive="\${alive%% $group *} \${alive#* $group }" ;;
    done) exit ;;
  esac
done
for group in $alive; do kill -9 "-$group" 2>/dev/null; done
for again in 1 2 3; do
  for file in $(grep -laF "$mark" /proc/[0-9]*/environ 2>/dev/null); do
    process=\${file#/proc/}
    kill -9 "\${process%/environ}" 2>/dev/null
  done
done
`;

/** The environment variable that marks what a supervisor has started. */
const MARK = "BATCH_PARALLEL_SUPERVISOR";

/** The process groups that must not outlive this process. */
export class ProcessGuard {
  readonly #groups = new Set<number>();
  readonly #mark = `${process.pid}-${randomBytes(8).toString("hex")}`;
  #watcher: ChildProcess | undefined;

  /** An environment for a child, which marks it. */
  environment(environment: Readonly<Record<string, string>>): Record<string, string> {
    return { ...environment, [MARK]: this.#mark };
  }

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

  /** Says that nothing is left to guard. */
  done(): void {
    this.#watcher?.stdin?.write("done\n");
  }

  /** Guards what is started from now on, even before it is told of it. */
  start(): void {
    this.#watcher ??= startWatcher(this.#mark);
  }

  #tell(change: string): void {
    this.start();
    this.#watcher?.stdin?.write(change);
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

function startWatcher(mark: string): ChildProcess {
  const watcher = spawn("/bin/sh", ["-c", WATCH, "watcher", `${MARK}=${mark}`], {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without it, workers still see their channel end.
  watcher.on("error", () => undefined);
  watcher.stdin?.on("error", () => undefined);
  return watcher;
}
