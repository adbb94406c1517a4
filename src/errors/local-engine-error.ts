import { brand, hasBrand } from "./brand.js";

/**
 * The local engine could not be started or has ended.
 *
 * @example
 * ```ts
 * await runParallel([1], (n) => n).catch((error) => {
 *   if (error instanceof LocalEngineError && error.code === "EngineFailed") console.error(error.message);
 * });
 * ```
 */
export class LocalEngineError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "LocalEngineError";
  /** A service of the engine did not start, or ended. */
  readonly code = "EngineFailed";

  constructor(message: string, options?: { cause: unknown }) {
    super(message, options);
    brand(this, "LocalEngineError");
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "LocalEngineError");
  }
}
