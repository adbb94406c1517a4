import type { Clock } from "../clock.js";

/*
 * How many requests may be at the service at once, as the service takes them. The rule is that of TCP (RFC 5681, after
 * Chiu and Jain: "Analysis of the increase and decrease algorithms for congestion avoidance in computer networks", 1989),
 * with a refused request in the place of a lost packet: the window doubles with each round of answers until the service
 * is too busy for the first time, is halved then, and from there on grows by one with each round.
 */

/** Requests at once before anything is known. */
const FIRST = 16;
const MOST = 256;

/** The window of one account: the service limits accounts, not connections. */
export class RequestWindow {
  readonly #waiting = new Set<() => void>();
  #size = FIRST;
  #doublesUntil = MOST;
  #inFlight = 0;
  /** Counts decreases: requests that were sent before the last one say nothing about the window since. */
  #epoch = 0;
  #quietUntil = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many requests may be in flight. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /** Lets no request go for so many milliseconds: a service that is too busy for one request is so for all. */
  keepQuiet(milliseconds: number): void {
    this.#quietUntil = Math.max(this.#quietUntil, this.#clock.now() + milliseconds);
  }

  /** Makes a request when the window has room for it. `isTooBusy` tells from its result whether the service refused it so. */
  async through<T>(
    request: () => Promise<T>,
    isTooBusy: (result: T) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#inFlight < this.size) this.#inFlight += 1;
    else await this.#room(signal);
    try {
      await this.#quiet(signal);
      const epoch = this.#epoch;
      const full = this.#inFlight >= this.size;
      const result = await request();
      if (isTooBusy(result)) this.#shrink(epoch);
      // A window that is not used says nothing about what the service would take.
      else if (full) this.#grow();
      return result;
    } finally {
      this.#inFlight -= 1;
      this.#admit();
    }
  }

  async #quiet(signal: AbortSignal | undefined): Promise<void> {
    // What came meanwhile may have made it longer.
    for (let left = this.#left(); left > 0; left = this.#left()) await this.#clock.delay(left, signal);
  }

  #left(): number {
    return this.#quietUntil - this.#clock.now();
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(enter);
    });
  }

  #admit(): void {
    for (const enter of this.#waiting) {
      if (this.#inFlight >= this.size) return;
      this.#waiting.delete(enter);
      this.#inFlight += 1;
      enter();
    }
  }

  #grow(): void {
    this.#size = Math.min(MOST, this.#size + (this.#size < this.#doublesUntil ? 1 : 1 / this.#size));
  }

  #shrink(epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch += 1;
    this.#size = Math.max(1, this.#size / 2);
    this.#doublesUntil = this.#size;
  }
}
