import type { ItemError } from "../errors/index.js";
import type { OutputFile } from "../work/prepared-work.js";
import type { MapOptions, MapWork, ReduceOptions } from "./pipeline/compose-options.js";
import type { Reduction } from "./pipeline/reduction.js";

/**
 * What became of one item. `index` is its place in the input, from 0.
 */
export type ItemOutcome<R> = { readonly index: number } & (
  | {
      readonly status: "fulfilled";
      readonly value: R;
      /** The files the item gave back by `ctx.saveFile` or a command's `outputs`. */
      readonly files: readonly OutputFile[];
    }
  | { readonly status: "rejected"; readonly reason: ItemError }
);

/** How far a run is. */
export interface RunProgress {
  /**
   * `"starting"` until the job exists, `"running"` until every item has an outcome, then `"ended"`. Between the first two
   * `"waiting-for-job-quota"` where the account has as many jobs as it may and one has to end first; `deadline` bounds that.
   */
  readonly phase: "starting" | "waiting-for-job-quota" | "running" | "ended";
  /** `"local"` for this computer, `"azure"` for an account; undefined until the run has found out. */
  readonly engine?: "local" | "azure";
  /** How many items there are; undefined as long as the input does not say. */
  readonly total?: number;
  /** Items taken from the input so far. */
  readonly taken: number;
  /** Items with a value. */
  readonly fulfilled: number;
  /** Items without one, for good. */
  readonly rejected: number;
  /** Batch tasks submitted so far. */
  readonly tasks: number;
  /** Compute nodes that have finished items. */
  readonly nodes: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Items finished per second since the first one finished; 0 before. */
  readonly rate: number;
  /** Seconds until the end at this rate; undefined as long as it cannot be known. */
  readonly secondsLeft?: number;
  /** Bytes of inputs uploaded, and of outcomes downloaded. */
  readonly bytes: { readonly up: number; readonly down: number };
}

/** What an item wrote to its output and error streams. */
export interface ItemLogs {
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its error stream. */
  readonly stderr: string;
}

/**
 * A run in progress: a promise of all results in input order, and more ways to watch and read it.
 *
 * It has begun when {@link runParallel} returns it. Awaiting it gives the results, or rejects with a RunFailedError once
 * every item has an outcome and some failed, or the run was ended before its input did.
 *
 * @example
 * ```ts
 * const run = runParallel(["a", "b"], (name) => name.toUpperCase());
 * for await (const outcome of run) console.log(outcome.index, outcome.status); // as items complete
 * ```
 */
export interface Run<R> extends Promise<R[]>, AsyncIterable<ItemOutcome<R>>, AsyncDisposable {
  /** The run's id, which names its job and its container. */
  readonly id: string;
  /**
   * The results in input order, streamed: nothing is kept that was read.
   *
   * @throws RunFailedError at the first item that failed, or at the end where the run was ended before its input did.
   * @example
   * ```ts
   * const run = runParallel([1, 2, 3], (n) => n * n);
   * for await (const square of run.results()) console.log(square);
   * ```
   */
  results(): AsyncIterable<R>;
  /**
   * The outcomes of all items in input order. Never rejects for an item's failure.
   *
   * @example
   * ```ts
   * const outcomes = await runParallel([1, 2], (n) => n).settled();
   * ```
   */
  settled(): Promise<ItemOutcome<R>[]>;
  /**
   * Goes on with the results, as they come to be there: a run whose item `i` is the result of item `i` of this one. Its tasks
   * are tasks of the same job, which the service has wait for those that make what they go on with; results go from node to
   * node through storage, and not through this process. Commands alone are made here, as those of `runParallel` are.
   *
   * An item that failed here fails there, with the code `"UpstreamFailed"` and this one's ItemError as its cause. Cancelling
   * this run ends that one; cancelling that one leaves this one alone. What is wrong with the arguments rejects the new run.
   * It may be called as long as the run's storage is there, which goes when the last runs of the job were read.
   *
   * @param work - a function of a result, or what `command()`, `python()` or `fromModule()` makes; checked as runParallel does
   * @param options - See {@link MapOptions}.
   * @example
   * ```ts
   * const words = runParallel(["one two", "three"], (line) => line.split(" "));
   * console.log(await words.map((list) => list.length)); // [2, 1]
   * ```
   */
  map<U, S = undefined>(work: MapWork<R, U, S>, options?: MapOptions<S>): Run<U>;
  /**
   * Folds the results into one value, on the nodes: each task's results by a task that waits for it, and what came of those
   * in a tree. The function must be associative, as `(a, b) => a + b` is for numbers and for text: results are folded from
   * left to right, in the order of their items, but not from the first to the last in one go.
   *
   * @param fold - a function of two neighbours, shipped as a run's function is
   * @param options - See {@link ReduceOptions}.
   * @throws InvalidArgumentError (the reduction is rejected) where there are no results and no option `initial`.
   * @example
   * ```ts
   * const total = await runParallel([1, 2, 3], (n) => n * n).reduce((a, b) => a + b); // 14
   * ```
   */
  reduce(fold: (a: R, b: R) => R | Promise<R>, options?: ReduceOptions<R>): Reduction<R>;
  /**
   * Calls the listener now and whenever the run got further. Returns a function that ends it. A listener that throws is not
   * called again, and a process warning says so.
   *
   * @example
   * ```ts
   * const run = runParallel([1, 2], (n) => n);
   * const stop = run.onProgress(({ fulfilled, taken }) => console.log(`${fulfilled} of ${taken}`));
   * ```
   */
  onProgress(listener: (progress: RunProgress) => void): () => void;
  /**
   * What one item wrote (its beginning and its end, where it was much). Empty as long as it has no outcome.
   * What programs that a function starts write by themselves counts for the item that runs when it arrives: of items of few
   * milliseconds it may be a neighbour.
   *
   * @throws InvalidArgumentError where the run has no such item.
   * @throws StorageGoneError where the run's storage is gone and it was too much to be kept in memory.
   * @example
   * ```ts
   * const run = runParallel([1], (n) => console.log("hello", n));
   * await run;
   * const { stdout } = await run.logs(0);
   * ```
   */
  logs(index: number): Promise<ItemLogs>;
  /**
   * Downloads the files that the items give back, as they complete, to `<folder>/<index>/<name>`, and gives their paths in the
   * items' order. Files are streamed, a few at a time, and each appears when it is complete. Items that failed have none, and
   * do not make it fail. The run's storage stays for other readers: dispose the run, as in the example, or end the process.
   *
   * @param folder - is made where it is missing
   * @throws FileError with the code `"UnsafePath"` for a file whose name leads out of the folder
   * @throws StorageGoneError where the run's storage is gone
   * @example
   * ```ts
   * await using run = runParallel(["a", "b"], command(() => ({ file: "touch", args: ["x.txt"], outputs: ["*.txt"] })));
   * const paths = await run.download("results"); // ["results/0/x.txt", "results/1/x.txt"]
   * ```
   */
  download(folder: string): Promise<string[]>;
  /**
   * Ends the run: running items are stopped, items without an outcome get an ItemError with the code `"Cancelled"`.
   * Resolves when nothing of it runs any more.
   *
   * @example
   * ```ts
   * const run = runParallel([1, 2], (n) => n);
   * await run.cancel("not needed any more");
   * ```
   */
  cancel(reason?: unknown): Promise<void>;
}
