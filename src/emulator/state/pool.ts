import type { Timer } from "../clock.js";
import type { SlotTable } from "../scheduling/slot-table.js";
import type { Micros } from "../wire/time.js";
import type { JobRecord } from "./job.js";
import type { NodeRecord } from "./node.js";
import type { OrderedIndex } from "./ordered-index.js";
import type { PoolSpec } from "./specs.js";

/** What happens to the tasks of a node that leaves. */
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
  resizeTimeout: number;
  resizeErrors: ResizeError[];
  /** The wait for the next step of the resize under way. */
  resizeStep: Timer | undefined;
  readonly taskSlotsPerNode: number;
  readonly nodes: OrderedIndex<NodeRecord>;
  /** Nodes that can take tasks, by their free slots. */
  readonly slots: SlotTable;
  /** Jobs with tasks that wait for a node, highest priority first. */
  readyJobs: JobRecord[];
  /** Jobs that run on this pool and have not ended. */
  readonly jobs: Set<JobRecord>;
  /** Whether a look for tasks to start is already on its way. */
  dispatchPending: boolean;
  nextAddress: number;
}
