import type { PreparedWork } from "./prepared-work.js";

/**
 * What `runParallel` does for each item where a plain function is not enough: made by `command()`, `python()` and `fromModule()`. It is a
 * value to hand over; it has no methods of its own.
 *
 * @typeParam T - an item
 * @typeParam R - an item's result
 * @example
 * ```ts
 * const resize: Work<{ path: string }, CommandResult> = command((photo) => ({
 *   file: "convert",
 *   args: ["in.jpg", "-resize", "50%", "out.png"],
 *   inputs: [{ path: photo.path, as: "in.jpg" }],
 *   outputs: ["out.png"],
 * }));
 * const results = await runParallel([{ path: "a.jpg" }, { path: "b.jpg" }], resize);
 * ```
 */
export interface Work<in T, out R> {
  /** For the compiler alone: what goes in, and what comes out. There is no such property at run time. */
  readonly "~types": (item: T) => R;
}

/**
 * Where a Work keeps what a run needs. The global symbol registry, because an application may hold this package twice, as
 * ESM and as CommonJS, and the Work of one must be good for the other.
 */
const PREPARE = Symbol.for("azure-batch-parallel/prepare");

/** Makes `holder` a Work: `prepare` checks it, and rejects with a typed error, before anything is created. */
export function defineWork<W extends Work<never, unknown>>(
  holder: Omit<W, "~types">,
  prepare: () => Promise<PreparedWork>,
): W {
  Object.defineProperty(holder, PREPARE, { value: prepare });
  return Object.freeze(holder) as W;
}

/** What {@link defineWork} put into a Work, or `undefined` where the value is none. */
export function preparationOf(value: unknown): (() => Promise<PreparedWork>) | undefined {
  if (typeof value !== "object" || value === null || !(PREPARE in value)) return undefined;
  return value[PREPARE] as () => Promise<PreparedWork>;
}
