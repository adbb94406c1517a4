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
  override readonly name = "LocalEngineError";
  readonly code: "AzuriteNotInstalled" | "EngineFailed";

  constructor(message: string, details: { code: "AzuriteNotInstalled" | "EngineFailed"; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "LocalEngineError");
    this.code = details.code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "LocalEngineError");
  }
}
