import { existsSync } from "node:fs";
import { createDirectLauncher } from "./direct-launcher.js";
import { createShellLauncher } from "./shell-launcher.js";

/** A program to start, its files included. */
export interface Program {
  command: string[];
  workingDirectory: string;
  /** The whole environment: nothing of the emulator's own is added. */
  environment: Record<string, string>;
  stdout: string;
  stderr: string;
}

/** A program that was started in a process group of its own. */
export interface Launched {
  /** Settles with the exit code; 128 and more is a signal, as a shell has it. */
  readonly exit: Promise<number>;
  /** Kills the whole process group, also when the program itself has ended. */
  killGroup(): void;
}

/** Starts programs, and records the groups of those that run as files for the guardian. */
export interface Launcher {
  launch(program: Program): Launched;
  close(): Promise<void>;
}

const setsid = ["/usr/bin/setsid", "/bin/setsid"].find((path) => existsSync(path));

/**
 * Makes the launcher for this computer. Starting a program from a process as large as the emulator takes the system
 * many milliseconds, in which it does nothing else; so where a shell can put a program into a group, a shell does it.
 */
export function createLauncher(groups: string): Launcher {
  return setsid === undefined ? createDirectLauncher(groups) : createShellLauncher(groups, setsid);
}
