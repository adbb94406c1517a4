/**
 * What a function gets beside its item: the second argument of the work of `runParallel`.
 *
 * @typeParam S - the type of the run's option `shared`
 * @example
 * ```ts
 * const lengths = await runParallel(
 *   ["a.csv", "b.csv"],
 *   async (name, ctx) => {
 *     const { writeFile } = await import("node:fs/promises");
 *     await writeFile(`${ctx.workDir}/${name}`, ctx.shared.header);
 *     ctx.saveFile(name);
 *     return ctx.shared.header.length + ctx.index;
 *   },
 *   { shared: { header: "id,value" } },
 * );
 * ```
 */
export interface ItemContext<S> {
  /** The item's place in the input, from 0. */
  readonly index: number;
  /** Which attempt this is, from 1; more than 1 only with the run's option `retries`. */
  readonly attempt: number;
  /**
   * Aborted when the item's time is over: at the run's `timeout`, or when the node is told to stop. A function that goes
   * on all the same is killed with its process.
   */
  readonly signal: AbortSignal;
  /** The run's option `shared`, read once in each process; `undefined` where it was not given. Do not change it. */
  readonly shared: S;
  /**
   * The absolute path of a directory on the node that belongs to this item alone. It is the function's current directory
   * as well, it holds the run's `files`, and it goes when the item is done.
   */
  readonly workDir: string;
  /**
   * Gives a file back with the result. It is read when the function is done, and the item fails with the code
   * `"FileTransferFailed"` where it is not there then.
   *
   * @param path - relative to {@link ItemContext.workDir}, or absolute and inside it
   */
  saveFile(path: string): void;
}
