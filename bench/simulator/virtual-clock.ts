import TinyQueue from "tinyqueue";
import type { Clock } from "../../src/clock.js";

interface Event {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** How long nothing may happen, in milliseconds of this computer's time, before a simulation counts as stuck. */
const STUCK = 10_000;

/** A clock that goes from one event to the next as soon as nothing is left to do before it. */
export class VirtualClock implements Clock {
  readonly #events = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.order - b.order);
  #now = 0;
  #scheduled = 0;

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  /** Lets something happen in so many milliseconds. */
  in(milliseconds: number, happen: () => void): void {
    this.#events.push({ at: this.#now + Math.max(0, milliseconds), order: this.#scheduled++, happen });
  }

  delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.in(milliseconds, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
    });
  }

  /** Lets time pass until work has ended that waits for nothing else. */
  async passUntil<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const settle = () => {
      ended = true;
    };
    work.then(settle, settle);
    let idleSince: number | undefined;
    for (;;) {
      // What follows from the last event at once comes first.
      await new Promise(setImmediate);
      if (ended) return work;
      const next = this.#events.pop();
      if (next !== undefined) {
        idleSince = undefined;
        this.#now = next.at;
        next.happen();
        continue;
      }
      idleSince ??= performance.now();
      if (performance.now() - idleSince > STUCK)
        throw new Error("The simulation is stuck: nothing will happen.");
    }
  }
}
