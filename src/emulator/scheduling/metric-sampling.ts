import type { Service } from "../service.js";
import { createCpuMeter, samplePeriod } from "./metric-history.js";

// Enough for any delay of a timer; without a bound an absurd speed would leave time for nothing else.
const mostAtOnce = 1000;

/**
 * Takes a sample of every pool at each period of the service's time. A timer that comes late takes those it missed too:
 * with a high speed the period is shorter than what timers keep, and a formula should find all samples nevertheless.
 */
export function startSampling(service: Service): void {
  const cpuShare = createCpuMeter();
  const period = samplePeriod / service.clock.speed;
  let due = performance.now() + period;
  service.clock.after(period, function sample() {
    const busy = cpuShare();
    const now = performance.now();
    due = Math.max(due, now - mostAtOnce * period);
    for (; due <= now; due += period) {
      for (const pool of service.account.pools.values()) pool.metrics.sample(pool, busy, due);
    }
    service.clock.after(due - now, sample);
  });
}
