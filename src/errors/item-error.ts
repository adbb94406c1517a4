import { brand, hasBrand } from "./brand.js";

/** Why an item has no value. */
export type ItemErrorCode =
  /** The function threw, or its promise was rejected; `cause` is what it threw. */
  | "FunctionFailed"
  /** The program ended with an exit code that does not count as success. */
  | "ExitCode"
  /** The program, or the process that ran the function, was killed by a signal, or ended the process itself. */
  | "Crashed"
  /** The item ran longer than the run's `timeout`. */
  | "TimedOut"
  /** The program does not exist on the node. */
  | "CommandNotFound"
  /** The program exists and could not be started. */
  | "CommandNotStarted"
  /** The value the function returned cannot travel. */
  | "NotSerializable"
  /** An input file could not be brought to the node, or an output file not away from it. */
  | "FileTransferFailed"
  /** The program wrote more than a result can hold. */
  | "OutputTooLarge"
  /** The item of the run before, whose result this item would be, failed; `cause` is its ItemError, or what that says. */
  | "UpstreamFailed"
  /** The task that held the item failed again and again, outside the item's own work. */
  | "TaskFailed"
  /** The run was cancelled before the item had an outcome. */
  | "Cancelled"
  /** The run's `deadline` passed before the item had an outcome. */
  | "DeadlineExceeded";

/** What an {@link ItemError} carries. */
export interface ItemErrorDetails {
  /** Why it has none. */
  readonly code: ItemErrorCode;
  /** The item's place in the input, from 0. */
  readonly index: number;
  /** Which attempt failed last, from 1; 0 where the item never ran. */
  readonly attempt: number;
  /** The id of the compute node it failed on. */
  readonly node?: string;
  /** The program's exit code. */
  readonly exitCode?: number;
  /** The signal that killed the process, such as `"SIGSEGV"`. */
  readonly signal?: string;
  /** The end of what the program wrote to its standard output. */
  readonly stdout?: string;
  /** The end of what the item wrote to its error stream. */
  readonly stderr?: string;
  /** The stack on the node. */
  readonly remoteStack?: string;
  /** What the function threw. */
  readonly cause?: unknown;
}

/**
 * Why one item of a run has no value: the reason of a rejected outcome.
 *
 * @example
 * ```ts
 * for (const outcome of await runParallel([1, 0], (n) => 10n / BigInt(n)).settled()) {
 *   if (outcome.status === "rejected") console.error(outcome.reason.index, outcome.reason.message); // 1 "Division by zero"
 * }
 * ```
 */
export class ItemError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "ItemError";
  /** Why the item has no value. */
  readonly code: ItemErrorCode;
  /** The item's place in the input, from 0. */
  readonly index: number;
  /** Which attempt failed last, from 1; 0 where the item never ran. */
  readonly attempt: number;
  /** The id of the compute node it failed on. */
  declare readonly node?: string;
  /** The program's exit code. */
  declare readonly exitCode?: number;
  /** The signal that killed the process, such as `"SIGSEGV"`. */
  declare readonly signal?: string;
  /** The end of what the program wrote to its standard output. */
  declare readonly stdout?: string;
  /** The end of what the item wrote to its error stream. */
  declare readonly stderr?: string;
  /** The stack on the node. */
  declare readonly remoteStack?: string;

  constructor(message: string, details: ItemErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "ItemError");
    this.code = details.code;
    this.index = details.index;
    this.attempt = details.attempt;
    for (const key of ["node", "exitCode", "signal", "stdout", "stderr", "remoteStack"] as const) {
      if (details[key] !== undefined) Object.assign(this, { [key]: details[key] });
    }
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "ItemError");
  }
}
