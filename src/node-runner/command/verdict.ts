import type { WireCommandResult } from "../../protocol/command-line.js";
import type { ItemFailure } from "../../protocol/outcome-part.js";
import { FAILURE_TAIL, timeoutFailure } from "../failure.js";
import type { Execution, Program } from "./execute.js";
import { startFailure } from "./start-failure.js";

/** How much of the error stream's last line goes into a message, in characters. */
const MESSAGE_TAIL = 300;

/** What a program's execution amounts to. */
export function judge(
  program: Program,
  execution: Execution,
  successExitCodes: readonly number[],
): { readonly value: WireCommandResult } | { readonly failure: ItemFailure } {
  const { ending, stdout, stderr } = execution;
  if (ending.kind === "exited" && successExitCodes.includes(ending.exitCode)) {
    return { value: { exitCode: ending.exitCode, stdout, stderr } };
  }
  return { failure: failureOf(program, execution) };
}

function failureOf(program: Program, { ending, stdout, stderr }: Execution): ItemFailure {
  const name = JSON.stringify(program.file);
  const tails = { stdout: stdout.slice(-FAILURE_TAIL), stderr: stderr.slice(-FAILURE_TAIL) };
  switch (ending.kind) {
    case "exited": {
      const { exitCode } = ending;
      const message = `${name} ended with exit code ${exitCode}${lastLine(stderr)}`;
      return { code: "ExitCode", message, exitCode, ...tails };
    }
    case "killed": {
      const { signal } = ending;
      const why = signal === "SIGKILL" ? " (the node may have run out of memory)" : "";
      return {
        code: "Crashed",
        message: `${name} was killed by ${signal}${why}${lastLine(stderr)}`,
        signal,
        ...tails,
      };
    }
    case "timed out":
      return { ...timeoutFailure(program.timeout), ...tails };
    case "wrote too much": {
      const message = `${name} wrote more than 16 MiB to its ${ending.stream}: have it write to a file, and name that in outputs.`;
      return { code: "OutputTooLarge", message, ...tails };
    }
    case "not started":
      return startFailure(program, ending.error);
  }
}

function lastLine(stderr: string): string {
  const line = stderr.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, MESSAGE_TAIL)}`;
}
