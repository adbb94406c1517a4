import type { Micros } from "./wire/time.js";

/** Time as the emulated service knows it, and its own waits, which `speed` shortens. */
export interface Clock {
  /** How many times faster than nominal the service's own waits pass. */
  readonly speed: number;
  /** The present; each call gives a later moment than the one before, so that entity tags never repeat. */
  now(): Micros;
  /** Runs `action` after a wait of the service's own (nominal milliseconds, divided by the speed). */
  afterServiceWait(milliseconds: number, action: () => void): Timer;
  /** Runs `action` after real time: for limits that tasks and jobs were given, which `speed` must not touch. */
  after(milliseconds: number, action: () => void): Timer;
  /** Cancels every timer that is still waiting. */
  stop(): void;
}

/** A wait that can be given up. */
export interface Timer {
  cancel(): void;
}

const longestTimeout = 2_147_483_647;

/** Makes the clock of one emulator. What an action throws is reported. */
export function createClock(speed: number, report: (error: unknown) => void): Clock {
  let last = 0;
  const waiting = new Set<Timer>();

  const after = (milliseconds: number, action: () => void): Timer => {
    let left = milliseconds;
    let handle: NodeJS.Timeout | undefined;
    const timer: Timer = {
      cancel() {
        clearTimeout(handle);
        waiting.delete(timer);
      },
    };
    // setTimeout fires at once for waits beyond 2^31 ms, so a long one is walked in legs.
    const nextLeg = (): void => {
      const leg = Math.min(left, longestTimeout);
      left -= leg;
      handle = setTimeout(() => {
        if (left > 0) return nextLeg();
        waiting.delete(timer);
        try {
          action();
        } catch (error) {
          report(error);
        }
      }, leg);
    };
    if (milliseconds !== Number.POSITIVE_INFINITY) {
      waiting.add(timer);
      nextLeg();
    }
    return timer;
  };

  return {
    speed,
    now() {
      const present = Date.now() * 1000;
      last = present > last ? present : last + 1;
      return last;
    },
    after,
    afterServiceWait: (milliseconds, action) => after(milliseconds / speed, action),
    stop() {
      for (const timer of [...waiting]) timer.cancel();
    },
  };
}
