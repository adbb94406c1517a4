import { brand, hasBrand } from "./brand.js";

/** Why a wait ended without what was waited for. */
export type WaitErrorCode =
  /** The wait's `deadline` passed. */
  | "DeadlineExceeded"
  /** What was waited for is gone: somebody deleted it. */
  | "Gone"
  /** It can never come any more: the job could not be started. */
  | "Impossible";

/**
 * A wait that ended without what was waited for. An aborted `signal` is none: then the signal's reason is thrown.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * await batch.job("nightly").wait({ deadline: "10m" }).catch((error) => {
 *   if (error instanceof WaitError) console.error(error.code, error.lastSeen); // DeadlineExceeded 3 of 10 tasks …
 * });
 * ```
 */
export class WaitError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "WaitError";
  /** Why the wait ended. */
  readonly code: WaitErrorCode;
  /** What was waited for: `"the tasks of job nightly to complete"`. */
  readonly waitedFor: string;
  /** What the last look saw, in words; `"nothing yet"` where there was none. */
  readonly lastSeen: string;

  constructor(message: string, details: { code: WaitErrorCode; waitedFor: string; lastSeen: string }) {
    super(message);
    brand(this, "WaitError");
    this.code = details.code;
    this.waitedFor = details.waitedFor;
    this.lastSeen = details.lastSeen;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "WaitError");
  }
}
