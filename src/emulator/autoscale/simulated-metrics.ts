import type { AutoScaleEnvironment } from "../../autoscale/environment.js";
import type { Metric, MetricName, MetricSample } from "../../autoscale/metrics.js";
import type { SimulatedPool } from "./simulated-pool.js";

type Counts = readonly (readonly [MetricName, number])[];

/** The metrics of a simulated pool: what was sampled, and what of it the formula can see by now. */
export class SimulatedMetrics {
  private readonly onTheWay: { time: number; counts: Counts }[] = [];
  private readonly arrived = new Map<MetricName, MetricSample[]>();

  sample(time: number, pool: SimulatedPool, slotsPerNode: number): void {
    this.onTheWay.push({ time, counts: [...taskCounts(pool), ...nodeCounts(pool, slotsPerNode)] });
  }

  /** The metrics at a time; samples that are younger than the delay have not arrived. */
  at(
    time: number,
    delay: number,
    pool: SimulatedPool,
    slotsPerNode: number,
  ): AutoScaleEnvironment["metrics"] {
    while (this.onTheWay[0] && this.onTheWay[0].time <= time - delay) this.arrive(this.onTheWay.shift()!);
    const metrics: Partial<Record<MetricName, Metric>> = {};
    for (const [name, samples] of this.arrived) metrics[name] = { samples };
    // Used as plain numbers, the pool's own properties are known at once.
    for (const [name, current] of nodeCounts(pool, slotsPerNode)) {
      metrics[name] = { samples: this.arrived.get(name) ?? [], current };
    }
    return metrics;
  }

  private arrive({ time, counts }: { time: number; counts: Counts }): void {
    for (const [name, value] of counts) {
      const samples = this.arrived.get(name) ?? [];
      this.arrived.set(name, samples);
      samples.push({ time, value });
    }
  }
}

const taskCounts = (pool: SimulatedPool): Counts => [
  ["$ActiveTasks", pool.waiting.count],
  ["$RunningTasks", pool.runningTasks],
  ["$PendingTasks", pool.waiting.count + pool.runningTasks],
  ["$SucceededTasks", pool.succeededTasks],
  ["$FailedTasks", pool.terminatedTasks],
];

const nodeCounts = (pool: SimulatedPool, slotsPerNode: number): Counts => [
  ["$CurrentDedicatedNodes", pool.count("dedicated")],
  ["$CurrentLowPriorityNodes", pool.count("lowPriority")],
  ["$UsableNodeCount", pool.usableNodes],
  ["$SampleNodeCount", pool.usableNodes],
  ["$PreemptedNodeCount", 0],
  ["$TaskSlotsPerNode", slotsPerNode],
];
