import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** What a client printed. */
export interface ClientRun {
  stdout: string;
  stderr: string;
}

/** Whether a command succeeds, with its output left alone: whether a client is installed. */
export function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs a client to its end; fails with what it printed when it fails. */
export async function runClient(
  command: string,
  args: string[],
  environment: Record<string, string>,
): Promise<ClientRun> {
  try {
    return await promisify(execFile)(command, args, {
      env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1", ...environment },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout, stderr } = error as Partial<ClientRun>;
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout ?? ""}\n${stderr ?? String(error)}`);
  }
}
