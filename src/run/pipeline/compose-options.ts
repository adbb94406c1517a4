import type { CommandResult } from "../../work/command-spec.js";
import type { ItemContext } from "../../work/item-context.js";
import type { Work } from "../../work/work.js";
import type { RunOptions } from "../run-options.js";

/** A result as the run that goes on with it gets it: that of a program without its files, which stay in storage. */
export type Passed<R> = R extends CommandResult ? Omit<R, "files"> : R;

/** What {@link Run.map} does for each result: what `runParallel` takes, of the results. */
export type MapWork<R, U, S> =
  | ((item: Passed<R>, ctx: ItemContext<S>) => U | Promise<U>)
  | Work<Passed<R>, U>;

/**
 * Options of {@link Run.map}. All are optional. What belongs to the job, such as `pool` or `deadline`, is the first run's.
 *
 * `env` comes beside the first run's; `shared` and `files` are this run's own, and the first run's are not there.
 */
export type MapOptions<S = undefined> = Pick<
  RunOptions<S>,
  "retries" | "timeout" | "onError" | "shared" | "files" | "env" | "workersPerTask" | "signal" | "progress"
>;

/** Options of {@link Run.reduce}. All are optional. */
export interface ReduceOptions<R> extends Pick<RunOptions, "retries" | "timeout" | "signal"> {
  /** What folding begins with, as with `Array.reduce`: the first argument of the first call, and the value of no results. */
  readonly initial?: R;
  /**
   * What an item that failed does: `"reject"` (default) the reduction is rejected, once all items have their outcome; `"skip"`
   * it is left out.
   */
  readonly onItemFailure?: "reject" | "skip";
}
