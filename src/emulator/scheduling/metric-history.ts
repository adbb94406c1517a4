import { cpus, freemem, totalmem } from "node:os";
import type { Metric, MetricName } from "../../autoscale/metrics.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { PoolRecord } from "../state/pool.js";

/** The service takes a sample of every metric this often, in nominal milliseconds. */
export const samplePeriod = 30_000;

const keptSamples = 2880;
const megabyte = 1024 * 1024;

interface Snapshot {
  /** By this process's monotonic clock, which nobody sets. */
  time: number;
  values: [MetricName, number][];
}

/** The samples of a pool's metrics, the last day's. */
export class MetricHistory {
  private readonly begun = performance.now();
  private snapshots: Snapshot[] = [];

  /** Takes a sample of everything, for a time of the monotonic clock that may just have passed. */
  sample(pool: PoolRecord, cpuShare: number, time: number): void {
    if (time < this.begun) return;
    const machine: [MetricName, number][] =
      pool.nodes.size === 0
        ? []
        : [
            // The service's page compares it with 0.7 where it means 70 percent, and says that memory is in megabytes.
            ["$CPUPercent", cpuShare],
            ["$MemoryBytes", (totalmem() - freemem()) / megabyte],
          ];
    this.snapshots.push({ time, values: [...presentCounts(pool), ...machine] });
    if (this.snapshots.length > keptSamples * 1.1) this.snapshots = this.snapshots.slice(-keptSamples);
  }

  /**
   * The metrics as a formula sees them. The service's time passes `speed` times faster than the clock, so a sample
   * that is a second old counts as `speed` seconds old.
   */
  metrics(pool: PoolRecord, now: number, speed: number): Partial<Record<MetricName, Metric>> {
    const metrics: Partial<
      Record<MetricName, { samples: { time: number; value: number }[]; current?: number }>
    > = {};
    const present = performance.now();
    for (const { time, values } of this.snapshots) {
      const shownTime = now - (present - time) * speed;
      for (const [name, value] of values) {
        metrics[name] ??= { samples: [] };
        metrics[name].samples.push({ time: shownTime, value });
      }
    }
    for (const [name, value] of nodeCounts(pool)) {
      metrics[name] ??= { samples: [] };
      metrics[name].current = value;
    }
    return metrics;
  }
}

function presentCounts(pool: PoolRecord): [MetricName, number][] {
  let active = 0;
  let running = 0;
  for (const job of pool.jobs) {
    active += schedulableTasks(job);
    running += job.counts.running;
  }
  return [
    ["$ActiveTasks", active],
    ["$RunningTasks", running],
    ["$PendingTasks", active + running],
    ["$SucceededTasks", pool.succeededTasks],
    ["$FailedTasks", pool.failedTasks],
    ...nodeCounts(pool),
  ];
}

// Tasks that wait for others do not count, and a multi-instance task counts once for each instance.
function schedulableTasks(job: JobRecord): number {
  return job.counts.active - job.blockedTasks + job.furtherInstances;
}

function nodeCounts(pool: PoolRecord): [MetricName, number][] {
  const nodes = [...pool.nodes.values()];
  const count = (test: (node: NodeRecord) => boolean): number => nodes.filter(test).length;
  const usable = count((node) => node.state === "idle" || node.state === "running");
  return [
    ["$CurrentDedicatedNodes", count((node) => node.dedicated)],
    ["$CurrentLowPriorityNodes", count((node) => !node.dedicated)],
    ["$PreemptedNodeCount", count((node) => node.state === "preempted")],
    ["$UsableNodeCount", usable],
    ["$SampleNodeCount", usable],
    ["$TaskSlotsPerNode", pool.taskSlotsPerNode],
  ];
}

/** Measures how busy this machine's processors were since the last look, from 0 to 1. */
export function createCpuMeter(): () => number {
  let last = cpuTimes();
  return () => {
    const present = cpuTimes();
    const total = present.total - last.total;
    const busy = present.busy - last.busy;
    last = present;
    return total === 0 ? 0 : busy / total;
  };
}

function cpuTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    total += working + times.idle;
  }
  return { busy, total };
}
