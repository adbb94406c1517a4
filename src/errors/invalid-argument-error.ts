import { brand, hasBrand } from "./brand.js";

/** What an {@link InvalidArgumentError} points at. */
export interface InvalidArgumentDetails {
  /** The option or parameter at fault, as its caller writes it: `"chunkSize"`, `"account.key"`. */
  readonly option: string;
  /** The index of the item at fault, where an item is. */
  readonly index?: number;
  /** What made the value unusable, where another error says it. */
  readonly cause?: unknown;
}

/**
 * An argument that cannot be used. It is thrown (or rejects the run) before anything is created or uploaded.
 *
 * @example
 * ```ts
 * try {
 *   await runParallel([1], (n) => n, { chunkSize: -1 });
 * } catch (error) {
 *   if (error instanceof InvalidArgumentError) console.error(error.option); // "chunkSize"
 * }
 * ```
 */
export class InvalidArgumentError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "InvalidArgumentError";
  /** The same for all of them. */
  readonly code = "InvalidArgument";
  /** The option or parameter at fault, as its caller writes it. */
  readonly option: string;
  /** The index of the item at fault, where an item is. */
  declare readonly index?: number;

  constructor(message: string, details: InvalidArgumentDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "InvalidArgumentError");
    this.option = details.option;
    if (details.index !== undefined) this.index = details.index;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "InvalidArgumentError");
  }
}
