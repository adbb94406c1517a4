import { brand, hasBrand } from "./brand.js";

/** Why a function cannot run on another computer. */
export type FunctionNotPortableCode =
  /** It uses variables of the place where it was written. */
  | "FreeVariables"
  /** Its source is not JavaScript: a built-in such as `Math.sqrt`. */
  | "NativeFunction"
  /** It was made by `bind`, so its source is not to be had. */
  | "BoundFunction"
  /** It is a method, a getter or a class: it needs an object that does not travel. */
  | "MethodFunction"
  /** It uses `this`, `super`, `arguments` or `new.target` of the place where it was written. */
  | "UsesThis"
  /** Its source cannot be parsed. */
  | "UnreadableSource";

/**
 * A function that cannot be shipped to a compute node by its source. It rejects the run before anything is created.
 *
 * @example
 * ```ts
 * const factor = 3;
 * await runParallel([1, 2], (n) => n * factor).catch((error) => {
 *   if (error instanceof FunctionNotPortableError) console.error(error.variables); // ["factor"]
 * });
 * ```
 */
export class FunctionNotPortableError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "FunctionNotPortableError";
  /** Why it cannot. */
  readonly code: FunctionNotPortableCode;
  /** The variables that stay behind, in order of appearance; empty for the other codes. */
  readonly variables: readonly string[];

  constructor(
    message: string,
    details: { code: FunctionNotPortableCode; variables?: readonly string[]; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "FunctionNotPortableError");
    this.code = details.code;
    this.variables = details.variables ?? [];
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "FunctionNotPortableError");
  }
}
