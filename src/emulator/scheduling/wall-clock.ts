import type { Clock, Timer } from "../clock.js";

/** How long something may run from now on. The limit may change while it runs. */
export class WallClock {
  private readonly over = new AbortController();
  private readonly started = performance.now();
  private timer: Timer | undefined;

  /** @param limit in milliseconds; `Infinity` for none */
  constructor(
    private readonly clock: Clock,
    limit: number,
  ) {
    this.limitTo(limit);
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Sets another limit, which counts from the beginning like the one before. */
  limitTo(limit: number): void {
    this.timer?.cancel();
    const passed = performance.now() - this.started;
    this.timer = this.clock.after(Math.max(0, limit - passed), () => this.over.abort());
  }

  stop(): void {
    this.timer?.cancel();
  }
}
