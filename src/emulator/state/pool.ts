import type { AutoScaleError } from "../autoscale/evaluate.js";
import type { Timer } from "../clock.js";
import type { MetricHistory } from "../scheduling/metric-history.js";
import type { SlotTable } from "../scheduling/slot-table.js";
import type { Micros } from "../wire/time.js";
import type { JobRecord } from "./job.js";
import type { NodeRecord } from "./node.js";
import type { OrderedIndex } from "./ordered-index.js";
import type { PoolSpec } from "./specs.js";

/** What happens to the tasks of a node that leaves or restarts. */
export type DeallocationOption = "requeue" | "terminate" | "taskcompletion" | "retaineddata";

export interface ResizeError {
  code: string;
  message: string;
  values?: { name: string; value: string }[];
}

export interface PoolRecord {
  readonly id: string;
  spec: PoolSpec;
  readonly created: Micros;
  modified: Micros;
  state: "active" | "deleting";
  stateChanged: Micros;
  allocation: "steady" | "resizing" | "stopping";
  allocationChanged: Micros;
  targetDedicated: number;
  targetLowPriority: number;
  /** In milliseconds. */
  resizeTimeout: number;
  resizeErrors: ResizeError[];
  /** The resize under way. */
  resize: Resize | undefined;
  /** What the pool's formula does; absent without automatic scaling. */
  autoScale: AutoScale | undefined;
  /** When automatic scaling was last enabled by request. */
  autoScaleEnabled: Micros | undefined;
  readonly metrics: MetricHistory;
  taskSlotsPerNode: number;
  readonly nodes: OrderedIndex<NodeRecord>;
  /** Nodes that can take tasks, by their free slots. */
  slots: SlotTable;
  /** Jobs with tasks that wait for a node, highest priority first. */
  readyJobs: JobRecord[];
  /** Jobs that run on this pool and have not ended. */
  readonly jobs: Set<JobRecord>;
  /** Whether a look for tasks to start is already on its way. */
  dispatchPending: boolean;
  /** Tasks that ended on this pool, for its metrics. */
  succeededTasks: number;
  failedTasks: number;
}

export interface Resize {
  /** Aborted when the resize is to stop. */
  readonly abort: AbortController;
  /** Settles when the pool is steady again. */
  ended: Promise<void>;
}

export interface AutoScale {
  formula: string;
  /** Between two evaluations, in milliseconds. */
  interval: number;
  timer: Timer | undefined;
  run: AutoScaleRun | undefined;
}

export interface AutoScaleRun {
  timestamp: Micros;
  results: string;
  error: AutoScaleError | undefined;
}
