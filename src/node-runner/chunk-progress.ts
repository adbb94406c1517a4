import type { LogLine } from "../protocol/log-lines.js";
import type { Attempt, AttemptEnd } from "./attempt.js";

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
  readonly #returned: Attempt[] = [];
  /** Attempts that follow a failed one. */
  readonly #again: { attempt: Attempt; failed: AttemptEnd }[] = [];
  #fresh = 0;
  #open: number;
  #stopped = false;
  #onSettled: (outcome: ItemOutcome) => void = () => undefined;
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
    return this.#items.length - this.#fresh + this.#returned.length + this.#again.length;
  }

  /** The next attempt to make; items that failed come after those that have not run. */
  take(): Attempt | undefined {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (this.#settled[next.offset] === 0) return next;
    }
    return undefined;
  }

  #next(): Attempt | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    if (this.#fresh === this.#items.length) return this.#again.shift()?.attempt;
    const offset = this.#fresh++;
    return { offset, index: this.#rules.start + offset, attempt: 1, text: this.#items[offset] as string };
  }

  /** Takes back attempts that were never begun. */
  giveBack(attempts: readonly Attempt[]): void {
    this.#returned.push(...attempts.toReversed());
    if (this.#stopped) this.#cancelWaiting();
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
      this.#again.push({ attempt: this.#attemptAfter(end), failed: end });
      return;
    }
    this.#settle(end);
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

  #attemptAfter({ offset, attempt }: AttemptEnd): Attempt {
    const text = this.#items[offset] as string;
    return { offset, index: this.#rules.start + offset, attempt: attempt + 1, text };
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

  #close(): void {
    this.#open--;
    if (this.#open === 0) this.#resolveFinished();
  }
}
