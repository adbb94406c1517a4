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
   * Aborted when the item's `timeout` is over, a moment before its process is killed. It never is in a run without a
   * `timeout`.
   */
  readonly signal: AbortSignal;
  /** The run's option `shared`, read once in each process; `undefined` where it was not given. Do not change it. */
  readonly shared: S;
  /**
   * The absolute path of a directory on the node for this item alone. It has the run's `files` and goes when the item is
   * done. In a run with `files` it is the current directory when the function starts; in others it is made when it is
   * first asked for, and the current directory is the task's, which all its items share.
   */
  readonly workDir: string;
  /**
   * Gives a file back with the result. The file is read when the function is done; where it is not there then, the item
   * fails with the code `"FileTransferFailed"`.
   *
   * @param path - relative to {@link ItemContext.workDir}, or absolute and inside it
   * @throws RangeError where the path leads out of that directory
   */
  saveFile(path: string): void;
}
