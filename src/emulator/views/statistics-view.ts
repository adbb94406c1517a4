import { formatDuration } from "../schema/duration.js";
import type { JobRecord, JobTotals } from "../state/job.js";
import type { PoolRecord } from "../state/pool.js";
import type { TaskRecord } from "../state/task.js";
import type { JsonObject } from "../wire/json.js";
import { isoTime, type Micros } from "../wire/time.js";

// The emulator does not measure processors, memory and disks for each task: these figures are zero.

/** The statistics of jobs: of one, of a schedule's, or of all there were. */
export function jobStatistics(url: string, from: Micros, now: Micros, totals: JobTotals): JsonObject {
  return {
    url,
    startTime: isoTime(from),
    lastUpdateTime: isoTime(now),
    userCPUTime: "PT0S",
    kernelCPUTime: "PT0S",
    wallClockTime: formatDuration(totals.wallClock),
    readIOps: "0",
    writeIOps: "0",
    readIOGiB: 0,
    writeIOGiB: 0,
    numTaskRetries: String(totals.retries),
    numSucceededTasks: String(totals.succeeded),
    numFailedTasks: String(totals.failed),
    waitTime: formatDuration(totals.waiting),
  };
}

/** The statistics of a pool, or of all there were. */
export function poolStatistics(url: string, from: Micros, now: Micros, coreSeconds: number): JsonObject {
  const span = { startTime: isoTime(from), lastUpdateTime: isoTime(now) };
  return {
    url,
    usageStats: { ...span, dedicatedCoreTime: formatDuration(coreSeconds * 1000) },
    resourceStats: {
      startTime: span.startTime,
      diskReadIOps: "0",
      diskWriteIOps: "0",
      lastUpdateTime: span.lastUpdateTime,
      avgCPUPercentage: 0,
      avgMemoryGiB: 0,
      peakMemoryGiB: 0,
      avgDiskGiB: 0,
      peakDiskGiB: 0,
      diskReadGiB: 0,
      diskWriteGiB: 0,
      networkReadGiB: 0,
      networkWriteGiB: 0,
    },
  };
}

/** The statistics of a task that has started. */
export function taskStatistics(url: string, task: TaskRecord, now: Micros): JsonObject | undefined {
  const { run } = task;
  if (run?.startTime === undefined) return undefined;
  return {
    url,
    startTime: isoTime(run.startTime),
    lastUpdateTime: isoTime(now),
    userCPUTime: "PT0S",
    kernelCPUTime: "PT0S",
    wallClockTime: formatDuration(run.earlierWallClock + ((run.endTime ?? now) - run.startTime) / 1000),
    readIOps: "0",
    writeIOps: "0",
    readIOGiB: 0,
    writeIOGiB: 0,
    waitTime: formatDuration((run.startTime - task.created) / 1000),
  };
}

/** Adds up what several jobs did. */
export function sumOf(jobs: readonly JobRecord[]): JobTotals {
  const sum: JobTotals = { succeeded: 0, failed: 0, retries: 0, wallClock: 0, waiting: 0 };
  for (const { totals } of jobs) {
    sum.succeeded += totals.succeeded;
    sum.failed += totals.failed;
    sum.retries += totals.retries;
    sum.wallClock += totals.wallClock;
    sum.waiting += totals.waiting;
  }
  return sum;
}

/** Whether the statistics belong to this pool. */
export function ofPool(pool: PoolRecord): (use: { poolId: string; from: Micros }) => boolean {
  return (use) => use.poolId === pool.id && use.from >= pool.created;
}
