import { setTimeout as sleep } from "node:timers/promises";

/** What tells the time and waits: this computer's clock, or the one of a simulation, in which a day passes in a moment. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Milliseconds since 1970, as other computers would tell them, more or less. */
  date(): number;
  /** Waits; throws the signal's reason as soon as it is aborted. */
  delay(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),

  async delay(milliseconds, signal) {
    try {
      await sleep(milliseconds, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
