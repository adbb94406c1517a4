import { brand, hasBrand } from "./brand.js";

/**
 * The local engine could not be started or has ended.
 *
 * @example
 * ```ts
 * await runParallel([1], (n) => n).catch((error) => {
 *   if (error instanceof LocalEngineError && error.code === "AzuriteNotInstalled") console.error(error.message);
 * });
 * ```
 */
export class LocalEngineError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "LocalEngineError";
  /** `"AzuriteNotInstalled"`: install the package `azurite`; `"EngineFailed"`: a service did not start, or ended. */
  readonly code: "AzuriteNotInstalled" | "EngineFailed";

  constructor(message: string, details: { code: "AzuriteNotInstalled" | "EngineFailed"; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "LocalEngineError");
    this.code = details.code;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "LocalEngineError");
  }
}
