import { type ChildProcess, spawn } from "node:child_process";
import { nodeExecutable } from "./node-executable.js";

/** A helper process that ends with this one. */
export interface Child {
  /** What the pattern matched in the line that says the child is ready. */
  readonly ready: RegExpExecArray;
  /** Ends the child, and resolves when it has. */
  close(): Promise<void>;
  /** Resolves when the child has ended, whatever ended it. */
  readonly ended: Promise<void>;
}

/**
 * Starts a Node.js program in a session of its own: a Ctrl-C in the terminal, or a signal to this process's group, does not
 * reach it, and so it lives to clean up. It learns of this process's end, even by `kill -9`, from its standard input.
 * Nothing of it keeps this process alive once it is ready.
 */
export async function startChild(
  script: string,
  args: readonly string[],
  readyLine: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = spawn(nodeExecutable(), [script, ...args], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // A child that ends first breaks the pipe; its end is reported by `ended`.
  child.stdin.on("error", () => {});
  const ready = await whenReady(child, readyLine);
  // Bun's pipes have no such method, and do not keep it alive.
  for (const handle of [child, child.stdin, child.stdout, child.stderr])
    (handle as unknown as { unref?(): void }).unref?.();
  return {
    ready,
    ended,
    close: async () => {
      (child as unknown as { ref(): void }).ref();
      child.stdin.end();
      await ended;
    },
  };
}

function whenReady(child: ChildProcess, readyLine: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const complaints: string[] = [];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const match = readyLine.exec(printed);
      if (match === null) return;
      printed = "";
      // From now on the pipes are only drained, so that a talkative child is never stopped by a full one.
      child.stdout?.removeAllListeners("data").resume();
      child.stderr?.removeAllListeners("data").resume();
      resolve(match);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaints.push(text);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(
        new Error(
          `it ended with ${signal ?? `exit code ${code}`} before it was ready: ${complaints.join("").slice(-2000)}`,
        ),
      );
    });
  });
}
