import type { LogLine } from "../protocol/log-lines.js";
import type { ItemFailure } from "../protocol/outcome-part.js";
import {
  type Attempt,
  type AttemptEnd,
  type AttemptRun,
  attemptAt,
  partOf,
  type SeriesEnd,
} from "./attempt.js";

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
  readonly #items: readonly string[];
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

  constructor(items: readonly string[], rules: Rules) {
    this.#items = items;
    this.#rules = rules;
    this.#open = items.length;
    this.#settled = new Uint8Array(items.length);
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
    const returned = this.#returned.reduce((sum, { texts }) => sum + texts.length, 0);
    return this.#items.length - this.#fresh + returned + this.#again.length;
  }

  /** The next attempt to make; items that failed come after those that have not run. */
  take(): Attempt | undefined {
    const run = this.takeRun(1);
    return run && attemptAt(run, 0);
  }

  /** The next attempts to make, of neighbours: `most` at most, and of about so many characters, but one at least. */
  takeRun(most: number, characters = Number.POSITIVE_INFINITY): AttemptRun | undefined {
    for (;;) {
      const run = this.#next(most);
      if (run === undefined) return undefined;
      const from = run.texts.findIndex((_, place) => this.#settled[run.offset + place] === 0);
      if (from < 0) continue;
      const to = this.#end(run, from, most, characters);
      if (to < run.texts.length) this.#returned.push(partOf(run, to, run.texts.length));
      return partOf(run, from, to);
    }
  }

  /** Where in a run of attempts to end. */
  #end({ offset, texts }: AttemptRun, from: number, most: number, characters: number): number {
    let size = 0;
    let to = from;
    while (to < texts.length && to - from < most && size < characters && this.#settled[offset + to] === 0) {
      size += texts[to++]?.length ?? 0;
    }
    return to;
  }

  #next(most: number): AttemptRun | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    if (this.#fresh === this.#items.length) return this.#again.shift()?.run;
    const offset = this.#fresh;
    const texts = this.#items.slice(offset, offset + most);
    this.#fresh += texts.length;
    return { offset, index: this.#rules.start + offset, attempt: 1, texts, alone: false };
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
    const texts = [this.#items[offset] as string];
    return { offset, index: this.#rules.start + offset, attempt: attempt + 1, texts, alone: false };
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
