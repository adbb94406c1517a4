import type { ItemContext } from "../work/item-context.js";
import type { Work } from "../work/work.js";
import { ActiveRun } from "./active-run.js";
import type { Run } from "./run.js";
import { RunLife } from "./run-life.js";
import type { RunOptions } from "./run-options.js";

/**
 * Maps a function, or any program, over items on an Azure Batch pool; on this computer where no account is configured,
 * through the same code and wire protocol.
 *
 * It returns at once and never throws: what is wrong with the arguments rejects the run, before anything is created. The
 * function is shipped by its source, so it can use its parameters, `ctx.shared` and what it imports itself, and nothing
 * else. Items and results travel by value: Date, Map, Set, BigInt, typed arrays, errors and cycles come back as they left.
 * A process on a node runs one item after the other, so what a function leaves in globals is there for later items.
 *
 * @param items - Any iterable or async iterable; pulled as tasks are made, so it may be endless with a `signal`, and may
 * make items of what the run has given so far. An error that it throws ends the run.
 * @param work - A function of the item, or what `command()` or `python()` makes.
 * @param options - See {@link RunOptions}.
 *
 * @example
 * ```ts
 * const lengths = await runParallel(["one", "three"], (word) => word.length);
 * console.log(lengths); // [3, 5]
 * ```
 */
export function runParallel<T, R, S = undefined>(
  items: Iterable<T> | AsyncIterable<T>,
  work: ((item: T, ctx: ItemContext<S>) => R | Promise<R>) | Work<T, R>,
  options: RunOptions<S> = {},
): Run<R> {
  return new ActiveRun<R>(new RunLife(items, work, options as RunOptions<unknown>));
}
