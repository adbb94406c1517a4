import { type AttemptPlace, type AttemptRun, attemptAt, partOf } from "../attempt.js";

/** Attempts in the order in which they are made: what a worker holds, as its supervisor keeps account of it. */
export class AttemptQueue {
  #runs: AttemptRun[] = [];
  /** How many of the first run's attempts have left already. */
  #begun = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(run: AttemptRun): void {
    this.#runs.push(run);
    this.#length += run.count;
  }

  /** The next attempt; undefined where there is none. */
  first(): AttemptPlace | undefined {
    const run = this.#runs[0];
    return run && attemptAt(run, this.#begun);
  }

  /** Removes attempts from the front, as runs. */
  take(count: number): AttemptRun[] {
    return this.remove(0, count);
  }

  /** Removes attempts that follow the first `skipped` ones, as runs. */
  remove(skipped: number, count: number): AttemptRun[] {
    const removed: AttemptRun[] = [];
    const kept: AttemptRun[] = [];
    let from = skipped;
    let left = count;
    for (let run = this.#shift(); run !== undefined; run = this.#shift()) {
      const size = run.count;
      const before = Math.min(from, size);
      const taken = Math.min(left, size - before);
      if (before > 0) kept.push(partOf(run, 0, before));
      if (taken > 0) removed.push(partOf(run, before, before + taken));
      if (before + taken < size) kept.push(partOf(run, before + taken, size));
      from -= before;
      left -= taken;
      if (left === 0) break;
    }
    this.#runs = [...kept, ...this.#runs];
    this.#length -= count - left;
    return removed;
  }

  /** Lets the first `count` attempts of the first run go, which is the fast way. */
  drop(count: number): void {
    this.#begun += count;
    this.#length -= count;
    if (this.#begun < (this.#runs[0]?.count ?? 0)) return;
    this.#runs.shift();
    this.#begun = 0;
  }

  #shift(): AttemptRun | undefined {
    const run = this.#runs.shift();
    const begun = this.#begun;
    this.#begun = 0;
    return run && partOf(run, begun, run.count);
  }
}
