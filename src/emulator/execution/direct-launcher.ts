import { spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, unlink, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Launched, Launcher, Program } from "./launcher.js";
import { killGroup } from "./process-groups.js";

// What a shell exits with when it could not run a program.
const cannotExecute = 126;

/** Starts programs from the emulator's own process. */
export function createDirectLauncher(groups: string): Launcher {
  return {
    launch: (program) => launch(program, groups),
    close: () => Promise.resolve(),
  };
}

function launch(program: Program, groups: string): Launched {
  const [name = "", ...args] = program.command;
  const stdout = openSync(program.stdout, "w");
  const stderr = openSync(program.stderr, "w");
  const child = spawn(name, args, {
    cwd: program.workingDirectory,
    env: program.environment,
    detached: true,
    stdio: ["ignore", stdout, stderr],
  });
  closeSync(stdout);
  closeSync(stderr);
  const group = child.pid;
  const record = join(groups, String(group));
  if (group !== undefined) writeFileSync(record, "");

  const exit = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      if (group !== undefined) return;
      appendFileSync(program.stderr, `${error.message}\n`);
      resolve(cannotExecute);
    });
    child.once("exit", (code, signal) => {
      unlink(record, () => {});
      resolve(code ?? 128 + constants.signals[signal!]);
    });
  });
  return {
    exit,
    killGroup() {
      if (group !== undefined) killGroup(group);
    },
  };
}
