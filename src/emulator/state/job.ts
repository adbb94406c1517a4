import type { Timer } from "../clock.js";
import type { DependencyTable } from "../scheduling/dependencies.js";
import type { ReadyTasks } from "../scheduling/ready-tasks.js";
import type { Micros } from "../wire/time.js";
import type { ChangeOrder } from "./change-order.js";
import type { FailureInfo } from "./failure.js";
import type { AuxiliaryRun, NodeRecord } from "./node.js";
import type { OrderedIndex } from "./ordered-index.js";
import type { PoolRecord } from "./pool.js";
import type { ScheduleRecord } from "./schedule.js";
import type { JobSpec } from "./specs.js";
import type { Attempt, TaskRecord } from "./task.js";

export type JobState =
  | "active"
  | "disabling"
  | "disabled"
  | "enabling"
  | "terminating"
  | "completed"
  | "deleting";

export interface TaskCounts {
  active: number;
  running: number;
  completed: number;
  succeeded: number;
  failed: number;
}

export interface JobRecord {
  readonly id: string;
  spec: JobSpec;
  readonly created: Micros;
  modified: Micros;
  state: JobState;
  stateChanged: Micros;
  previousState: JobState | undefined;
  previousStateChanged: Micros;
  readonly startTime: Micros;
  endTime: Micros | undefined;
  terminateReason: string | undefined;
  schedulingError: FailureInfo | undefined;
  /** The pool the job runs on; absent while no pool of that id exists. */
  pool: PoolRecord | undefined;
  /** The id of that pool, also while it does not exist. */
  poolId: string | undefined;
  /** The schedule that made the job. */
  readonly schedule: ScheduleRecord | undefined;
  readonly tasks: OrderedIndex<TaskRecord>;
  /** Tasks in order of their last change of state, so that a look for recent changes need not see all. */
  readonly changes: ChangeOrder<TaskRecord>;
  readonly counts: TaskCounts;
  /** Active tasks that wait for other tasks. */
  blockedTasks: number;
  /** Instances beyond the first one of active multi-instance tasks. */
  furtherInstances: number;
  readonly totals: JobTotals;
  readonly slotCounts: TaskCounts;
  readonly ready: ReadyTasks;
  readonly dependencies: DependencyTable | undefined;
  /** Whether the pool's list of jobs with waiting tasks holds this one. */
  listedReady: boolean;
  /** The executions that occupy a node now. */
  readonly attempts: Set<Attempt>;
  /** Preparation and release on each node that the job touched, by node. */
  readonly nodes: Map<NodeRecord, JobOnNode>;
  wallClock: Timer | undefined;
  idleCheck: Timer | undefined;
  /** Settles when the job has wound down; present once it is being ended. */
  finished: Promise<void> | undefined;
}

/** What the statistics of a job tell of its completed tasks. Times in milliseconds. */
export interface JobTotals {
  succeeded: number;
  failed: number;
  retries: number;
  wallClock: number;
  waiting: number;
}

/** What a job did on one node besides its tasks. */
export interface JobOnNode {
  readonly node: NodeRecord;
  preparation: AuxiliaryRun | undefined;
  /** Settles when the preparation has ended, with whether tasks may run. */
  prepared: Promise<boolean> | undefined;
  /** Settles when no process of the preparation is left. */
  preparationEnded: Promise<void>;
  /** Interrupts the preparation. */
  stopPreparation(): void;
  /** The preparation failed, so that this node takes no task of the job. */
  excluded: boolean;
  /** The preparation completed, and the node still has what it made. */
  releasable: boolean;
  release: AuxiliaryRun | undefined;
}
