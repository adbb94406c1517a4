import type { RunProgress } from "../run.js";

/**
 * A fold of a run's results, in progress: a promise of the one value that is left.
 *
 * @example
 * ```ts
 * const total = runParallel([1, 2, 3], (n) => n * n).reduce((a, b) => a + b);
 * console.log(await total); // 14
 * ```
 */
export interface Reduction<R> extends Promise<R>, AsyncDisposable {
  /** The run's id, and which of its reductions this is: `run-1/reduce-1`. */
  readonly id: string;
  /**
   * Calls the listener now and whenever the reduction got further. Its items are folds: one for each task of the run, and
   * those that fold what came of them. Returns a function that ends it.
   *
   * @example
   * ```ts
   * const total = runParallel([1, 2], (n) => n).reduce((a, b) => a + b);
   * const stop = total.onProgress(({ fulfilled, tasks }) => console.log(`${fulfilled} of ${tasks} folds`));
   * ```
   */
  onProgress(listener: (progress: RunProgress) => void): () => void;
  /**
   * Ends the reduction, which is rejected; the run whose results it folds goes on. Resolves when nothing of it runs any more.
   *
   * @example
   * ```ts
   * const total = runParallel([1, 2], (n) => n).reduce((a, b) => a + b);
   * await total.cancel("not needed any more").then(() => total.catch(() => {}));
   * ```
   */
  cancel(reason?: unknown): Promise<void>;
}
