import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { unlink } from "node:fs";
import { join } from "node:path";
import type { Launched, Launcher, Program } from "./launcher.js";
import { kill, killGroup } from "./process-groups.js";

const killedCode = 137;
const tidyAfter = 100;

// Without it the shell would remember all children there ever were.
const lookAtJobs = "jobs >/dev/null\n";

// A shell without job control has what it starts in the background ignore interrupts, and no program gets rid of that by
// itself. GNU env does; where another one is, programs run all the same.
const prelude = `set -- /usr/bin/env --default-signal=INT,QUIT
"$@" true 2>/dev/null || set -- /usr/bin/env
`;

/** A program on its way or running, and what to do when the shell tells of it. */
interface Entry {
  group: number | undefined;
  killed: boolean;
  end(exitCode: number): void;
}

/**
 * Starts programs through one small shell that reads what to start from its input, and tells of starts (`s ID PID`) and
 * ends (`e ID CODE`) on its output.
 */
export function createShellLauncher(groups: string, setsid: string): Launcher {
  const entries = new Map<string, Entry>();
  let launched = 0;
  let tidying: NodeJS.Timeout | undefined;

  // The shell lets go of its ended children when it reads a line; without one they would stay as zombies.
  const tidyLater = (): void => {
    tidying ??= setTimeout(() => {
      tidying = undefined;
      shell?.stdin?.write(lookAtJobs);
    }, tidyAfter).unref();
  };

  const forget = (entry: Entry): void => {
    if (entry.group !== undefined) unlink(join(groups, String(entry.group)), () => {});
  };
  const hear = (line: string): void => {
    const [what, id = "", value] = line.split(" ");
    const entry = entries.get(id);
    if (entry === undefined) return;
    if (what === "s") {
      entry.group = Number(value);
      if (entry.killed) killLaunched(entry);
    } else {
      entries.delete(id);
      forget(entry);
      entry.end(Number(value));
      tidyLater();
    }
  };
  const start = (): ChildProcess => {
    const child = spawn("/bin/sh", [], {
      cwd: "/",
      env: {},
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    readLines(child, hear);
    child.stdin?.on("error", () => {});
    child.stdin?.write(prelude);
    child.once("exit", () => {
      // Somebody killed the shell. What it had started cannot be followed any more, so it ends too.
      if (shell === child) shell = undefined;
      for (const [id, entry] of entries) {
        entries.delete(id);
        killLaunched(entry);
        forget(entry);
        entry.end(killedCode);
      }
    });
    return child;
  };

  // At once: the first program need not wait for it.
  let shell: ChildProcess | undefined = start();

  return {
    launch(program) {
      launched += 1;
      const id = String(launched);
      shell ??= start();
      const entry: Entry = { group: undefined, killed: false, end() {} };
      const exit = new Promise<number>((resolve) => {
        entry.end = resolve;
      });
      entries.set(id, entry);
      shell.stdin?.write(launchText(program, id, groups, setsid));
      const launchedProgram: Launched = {
        exit,
        killGroup() {
          entry.killed = true;
          killLaunched(entry);
        },
      };
      return launchedProgram;
    },
    async close() {
      clearTimeout(tidying);
      if (shell === undefined) return;
      const ended = once(shell, "exit");
      shell.stdin?.end();
      await ended;
    },
  };
}

// Right after its start a program is not in its own group yet, so its process is killed beside the group.
function killLaunched(entry: Entry): void {
  if (entry.group === undefined) return;
  kill(entry.group);
  killGroup(entry.group);
}

function readLines(child: ChildProcess, hear: (line: string) => void): void {
  let rest = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
}

function launchText(program: Program, id: string, groups: string, setsid: string): string {
  const { exported, passed } = sortVariables(program.environment);
  const environment = exported.length === 0 ? "" : ` && export ${exported.join(" ")}`;
  // To env a word with an equals sign is a variable, so what follows the variables is a name without one.
  const words = [...passed, setsid, ...program.command].map(quote).join(" ");
  const run = `cd ${quote(program.workingDirectory)} && unset PWD OLDPWD SHLVL${environment} && exec "$@" ${words}`;
  const files = `</dev/null >${quote(program.stdout)} 2>${quote(program.stderr)}`;
  const follow = `p=$!; : >${quote(`${groups}/`)}$p; echo s ${id} $p; wait $p; echo e ${id} $?`;
  return `{ (${run}) ${files} & ${follow}; } &\n${lookAtJobs}`;
}

const shellName = /^[A-Za-z_]\w*$/;
// Some shells refuse to have these set, or act on them.
const shellsOwn =
  /^(?:BASH|DIRSTACK|ENV|EUID|FUNCN|GROUPS|HIST|IFS|LC_|LINENO|MAIL|OLDPWD|OPT|PIPESTATUS|POSIXLY|PPID|PS\d|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|UID|_)/;

/** What the shell may export, and what has to be passed around it by `env`. */
function sortVariables(environment: Record<string, string>): { exported: string[]; passed: string[] } {
  const exported: string[] = [];
  const passed: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (shellName.test(name) && !shellsOwn.test(name)) exported.push(`${name}=${quote(value)}`);
    else passed.push(`${name}=${value}`);
  }
  return { exported, passed };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
