import { ActiveRun } from "../active-run.js";
import type { Run } from "../run.js";
import type { AttachOptions } from "./attach-options.js";
import { AttachedLife } from "./attached-life.js";

/**
 * Gives a run that another process began, on this machine or another one, by its id and the account's credentials: to watch it,
 * read its outcomes, cancel it, or see it to its end where the process that began it is gone.
 *
 * As long as that process lives it drives the run, and this one looks on: it reads outcomes as nodes store them. A minute after
 * that process was killed at the latest, this one takes its place: it sees to tasks that die, and takes the run's job and storage
 * away when its outcomes were read to the end, as the run's `keep` says. Items that were never submitted are rejected with the
 * code `"Cancelled"`; where the input never said how many there are, the run is rejected with a RunFailedError at its end.
 *
 * It returns at once and never throws: what is wrong rejects the run. Disposing of it lets go of the run, which goes on. Nothing
 * can go on with it by `map()` or `reduce()`.
 *
 * A run that has ended can be attached to if its option `keep` left its storage there. The local engine's runs end with their
 * process, and can be attached to in it alone.
 *
 * @param runId - `run.id`, or the option `id` of the run.
 * @param options - See {@link AttachOptions}.
 * @throws InvalidArgumentError (the run is rejected) where there is no such run.
 * @throws StorageGoneError (the run is rejected) where the process that drives it took its storage away meanwhile.
 *
 * @example
 * ```ts
 * const begun = runParallel([1, 2, 3], (n) => n * n, { keep: "always" });
 * await begun;
 * const run = attach<number>(begun.id);
 * for await (const square of run.results()) console.log(square);
 * ```
 */
export function attach<R = unknown>(runId: string, options: AttachOptions = {}): Run<R> {
  return new ActiveRun<R>(new AttachedLife(runId, options));
}
