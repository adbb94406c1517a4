import { brand, hasBrand } from "./brand.js";

/**
 * A value that cannot travel between this computer and a compute node: a function, a socket, a promise, an instance of
 * a class of your own. For an item or `shared` it rejects the run before anything is created.
 *
 * @example
 * ```ts
 * await runParallel([{ job: { done: () => 1 } }], (item) => item).catch((error) => {
 *   if (error instanceof NotSerializableError) console.error(error.index, error.path); // 0 ".job.done"
 * });
 * ```
 */
export class NotSerializableError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "NotSerializableError";
  /** The same for all of them. */
  readonly code = "NotSerializable";
  /** Where in the value the offending part is: `.rows[3].stream`; empty for the value itself. */
  readonly path: string;
  /** The index of the item, where the value is an item. */
  declare readonly index?: number;

  constructor(message: string, details: { path: string; index?: number; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "NotSerializableError");
    this.path = details.path;
    if (details.index !== undefined) this.index = details.index;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "NotSerializableError");
  }
}
