import type { LogLine } from "../protocol/log-lines.js";
import type { ItemFailure } from "../protocol/outcome-part.js";
import {
  type Attempt,
  type AttemptEnd,
  type AttemptRun,
  type AttemptsWithItems,
  attemptAt,
  partOf,
  type SeriesEnd,
} from "./attempt.js";
import type { ItemLines } from "./item-lines.js";

/** An item's final outcome, with what all of its attempts wrote. */
export interface ItemOutcome {
  readonly end: AttemptEnd;
  readonly logs: readonly LogLine[];
}

interface Rules {
  /** The index of the chunk's first item in the run's input. */
  readonly start: number;
  readonly retries: number;
  readonly stopOnFailure: boolean;
}

/** Which items of the chunk wait, run, and have their outcome. Every item gets one, once. */
export class ChunkProgress {
  readonly #items: ItemLines;
  readonly #rules: Rules;
  readonly #settled: Uint8Array;
  readonly #logs = new Map<number, LogLine[]>();
  /** Attempts that were handed out, and not begun. */
  readonly #returned: AttemptRun[] = [];
  /** Attempts that follow a failed one. */
  readonly #again: { run: AttemptRun; failed: AttemptEnd }[] = [];
  #fresh = 0;
  #open: number;
  #stopped = false;
  #onSettled: (outcome: ItemOutcome) => void = () => undefined;
  #onSeries: (series: SeriesEnd) => void = () => undefined;
  #onStopped: () => void = () => undefined;
  #resolveFinished: () => void = () => undefined;

  /** Resolves once every item has its outcome. */
  readonly finished = new Promise<void>((resolve) => {
    this.#resolveFinished = resolve;
  });

  constructor(items: ItemLines, rules: Rules) {
    this.#items = items;
    this.#rules = rules;
    this.#open = items.count;
    this.#settled = new Uint8Array(items.count);
    if (this.#open === 0) this.#resolveFinished();
  }

  /** Is called with each final outcome. */
  onSettled(listener: (outcome: ItemOutcome) => void): void {
    this.#onSettled = listener;
  }

  /** Is called with final outcomes of neighbours that have nothing but a value each. */
  onSeriesSettled(listener: (series: SeriesEnd) => void): void {
    this.#onSeries = listener;
  }

  /** Is called when nothing more may start: what was handed out and not begun is to be returned. */
  onStopped(listener: () => void): void {
    this.#onStopped = listener;
  }

  /** How many items have no outcome yet. */
  get open(): number {
    return this.#open;
  }

  /** How many attempts wait to be taken, at most. */
  get waiting(): number {
    const returned = this.#returned.reduce((sum, { count }) => sum + count, 0);
    return this.#items.count - this.#fresh + returned + this.#again.length;
  }

  /** The next attempt to make; items that failed come after those that have not run. */
  take(): Attempt | undefined {
    const taken = this.takeRun(1);
    if (taken === undefined) return undefined;
    return { ...attemptAt(taken.run, 0), text: taken.text };
  }

  /** The next attempts to make, of neighbours: `most` at most, and of about so many characters, but one at least. */
  takeRun(most: number, characters = Number.POSITIVE_INFINITY): AttemptsWithItems | undefined {
    for (;;) {
      const next = this.#next(most);
      if (next === undefined) return undefined;
      const from = this.#firstOpen(next);
      if (from === next.count) continue;
      const to = this.#end(next, from, most, characters);
      if (to < next.count) this.#returned.push(partOf(next, to, next.count));
      const text = this.#items.between(next.offset + from, next.offset + to);
      return { run: partOf(next, from, to), text };
    }
  }

  /** Where in a run of attempts the first item without an outcome is. */
  #firstOpen({ offset, count }: AttemptRun): number {
    let from = 0;
    while (from < count && this.#settled[offset + from] !== 0) from++;
    return from;
  }

  /** Where in a run of attempts to end that begins at `from`. */
  #end({ offset, count }: AttemptRun, from: number, most: number, characters: number): number {
    const longest = Math.min(count, from + most);
    let to = from + 1;
    while (
      to < longest &&
      this.#settled[offset + to] === 0 &&
      this.#items.characters(offset + from, offset + to) < characters
    ) {
      to++;
    }
    return to;
  }

  #next(most: number): AttemptRun | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    if (this.#fresh === this.#items.count) return this.#again.shift()?.run;
    const offset = this.#fresh;
    const count = Math.min(most, this.#items.count - offset);
    this.#fresh += count;
    return { offset, index: this.#rules.start + offset, attempt: 1, count, alone: false };
  }

  /** Takes back attempts that were never begun, or of which it is not known how they ended. */
  giveBack(runs: readonly AttemptRun[]): void {
    this.#returned.push(...runs.toReversed());
    if (this.#stopped) this.#cancelWaiting();
  }

  /** Attempts of neighbours have ended well. */
  endSeries(series: SeriesEnd): void {
    const { offset, count, attempt, payload } = series;
    const settled = this.#settled.subarray(offset, offset + count);
    if (attempt === 1 && !settled.includes(1)) {
      settled.fill(1);
      this.#onSeries(series);
      this.#close(count);
      return;
    }
    const milliseconds = series.milliseconds / count;
    for (const [place, value] of (JSON.parse(payload) as unknown[]).entries()) {
      const result = { status: "fulfilled", payload: JSON.stringify(value), files: [] } as const;
      this.end({ offset: offset + place, attempt, milliseconds, result });
    }
  }

  /** An attempt has ended: it is the item's last, or the item is tried again. */
  end(end: AttemptEnd): void {
    if (this.#settled[end.offset] !== 0) return;
    this.#keepLog(end);
    if (end.result.status === "fulfilled") {
      this.#settle(end);
      return;
    }
    if (end.attempt <= this.#rules.retries && !this.#stopped) {
      this.#again.push({ run: this.#attemptAfter(end), failed: end });
      return;
    }
    this.#settle(end);
    if (this.#rules.stopOnFailure) this.stop();
  }

  /** The item fails without running. */
  fail(offset: number, failure: ItemFailure): void {
    this.#settle({ offset, attempt: 0, milliseconds: 0, result: { status: "rejected", failure } });
    if (this.#rules.stopOnFailure) this.stop();
  }

  /** The item has its outcome from elsewhere: another run of this task. */
  skip(offset: number): void {
    if (this.#settled[offset] !== 0) return;
    this.#settled[offset] = 1;
    this.#logs.delete(offset);
    this.#close();
  }

  /** An item of the chunk has failed in another run of this task. */
  failedElsewhere(): void {
    if (this.#rules.stopOnFailure) this.stop();
  }

  /** No further attempt starts: what waits is cancelled, what failed before stays failed. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#onStopped();
    this.#cancelWaiting();
  }

  /** Gives every item that waits the same failure: nothing can run it. */
  failWaiting(result: AttemptEnd["result"]): void {
    for (let next = this.take(); next !== undefined; next = this.take()) {
      this.#settle({ offset: next.offset, attempt: next.attempt, milliseconds: 0, result });
    }
  }

  #cancelWaiting(): void {
    for (const { failed } of this.#again.splice(0)) this.#settle(failed);
    for (let next = this.take(); next !== undefined; next = this.take()) {
      const failure = {
        code: "Cancelled",
        message: "The run was stopped by the failure of another item.",
      } as const;
      this.#settle({
        offset: next.offset,
        attempt: 0,
        milliseconds: 0,
        result: { status: "rejected", failure },
      });
    }
  }

  #attemptAfter({ offset, attempt }: AttemptEnd): AttemptRun {
    return { offset, index: this.#rules.start + offset, attempt: attempt + 1, count: 1, alone: false };
  }

  #keepLog({ offset, attempt, output }: AttemptEnd): void {
    if (output === undefined) return;
    const lines = this.#logs.get(offset) ?? [];
    lines.push({ offset, attempt, ...output });
    this.#logs.set(offset, lines);
  }

  #settle(end: AttemptEnd): void {
    if (this.#settled[end.offset] !== 0) return;
    this.#settled[end.offset] = 1;
    const logs = this.#logs.get(end.offset) ?? [];
    this.#logs.delete(end.offset);
    this.#onSettled({ end, logs });
    this.#close();
  }

  #close(count = 1): void {
    this.#open -= count;
    if (this.#open === 0) this.#resolveFinished();
  }
}
