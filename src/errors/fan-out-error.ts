import { brand, hasBrand } from "./brand.js";

/** What became of a fan-out's tasks, all together. */
export interface FanOutSummary {
  /** Items that were taken. */
  readonly items: number;
  /** Tasks that were added. */
  readonly added: number;
  /** Tasks that were there already. */
  readonly exists: number;
  /** Items that made no task, and tasks that the service refused. */
  readonly refused: number;
  /** Tasks that may or may not have been added: their request got no answer. The same fan-out, done again, finds out. */
  readonly unknown: number;
}

/** Why a fan-out ended before its items did. */
export type FanOutErrorCode =
  /** The signal was aborted; `cause` is its reason. */
  | "Aborted"
  /** The items could not be read on: `cause` is what their iterable threw. */
  | "ItemsFailed"
  /** The service refused a request as a whole, or gave no answer: `cause` says which. */
  | "RequestFailed";

/**
 * A fan-out that ended before its items did. What was submitted until then is: `summary` says how much, and iterating the
 * fan-out gave the outcome of each.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * await batch.fanOut("no-such-job", [1], (n) => ({ id: `t${n}`, commandLine: "true" })).catch((error) => {
 *   if (error instanceof FanOutError) console.error(error.code, error.summary.added); // RequestFailed 0
 * });
 * ```
 */
export class FanOutError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "FanOutError";
  /** Why it ended. */
  readonly code: FanOutErrorCode;
  /** What became of the tasks until then. */
  readonly summary: FanOutSummary;

  constructor(message: string, details: { code: FanOutErrorCode; summary: FanOutSummary; cause: unknown }) {
    super(message, { cause: details.cause });
    brand(this, "FanOutError");
    this.code = details.code;
    this.summary = details.summary;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "FanOutError");
  }
}
