import { brand, hasBrand } from "./brand.js";
import type { ItemError } from "./item-error.js";

/**
 * Some items of a run failed. Awaiting a run rejects with it once every item has its outcome; `settled()` and iterating
 * give the outcomes of all items instead.
 *
 * @example
 * ```ts
 * await runParallel([1, 2, 3], (n) => { if (n === 2) throw new Error("two"); return n; }).catch((error) => {
 *   if (error instanceof RunFailedError) console.error(error.failed, error.errors[0]?.index); // 1 1
 * });
 * ```
 */
export class RunFailedError extends AggregateError {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "RunFailedError";
  /** `"Cancelled"` or `"DeadlineExceeded"` where that ended the run, else `"ItemsFailed"`. */
  readonly code: "ItemsFailed" | "Cancelled" | "DeadlineExceeded";
  /** The id of the run. */
  readonly runId: string;
  /** The first hundred failures, in the order of their items. */
  declare readonly errors: ItemError[];
  /** How many items failed in all; 0 where the run was ended before its input did, and no item of it was lost. */
  readonly failed: number;

  constructor(
    message: string,
    details: {
      code: RunFailedError["code"];
      runId: string;
      errors: ItemError[];
      failed: number;
      cause?: unknown;
    },
  ) {
    super(details.errors, message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "RunFailedError");
    this.code = details.code;
    this.runId = details.runId;
    this.failed = details.failed;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "RunFailedError");
  }
}

/**
 * Something was asked of a run that it no longer has: its storage goes after the first full read, unless `keep` says
 * otherwise.
 *
 * @example
 * ```ts
 * const run = runParallel([1], (n) => n, { keep: "always" }); // its outcomes can be read again and again
 * ```
 */
export class StorageGoneError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "StorageGoneError";
  /** The same for all of them. */
  readonly code = "StorageGone";
  /** The id of the run. */
  readonly runId: string;

  constructor(message: string, details: { runId: string }) {
    super(message);
    brand(this, "StorageGoneError");
    this.runId = details.runId;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "StorageGoneError");
  }
}
