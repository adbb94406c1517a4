import type { Micros } from "../wire/time.js";
import type { FailureInfo } from "./failure.js";
import type { JobRecord } from "./job.js";
import type { NodeRecord } from "./node.js";
import type { TaskSpec } from "./specs.js";

export type TaskState = "active" | "preparing" | "running" | "completed";

/** A task as the emulator keeps it: what was sent, and the few things that happened to it since. */
export interface TaskRecord {
  readonly spec: TaskSpec;
  readonly job: JobRecord;
  readonly created: Micros;
  modified: Micros;
  /** The job's value at the time the task was added, unless the task brought its own. */
  maxRetries: number;
  state: TaskState;
  stateChanged: Micros;
  previousState: TaskState | undefined;
  previousStateChanged: Micros;
  /** How many dependencies are still unsatisfied; the task is not scheduled before it is 0. */
  waitsFor: number;
  /** Present once the task was given to a node. */
  run: TaskRun | undefined;
  /** The attempt that is under way, if any. */
  attempt: Attempt | undefined;
}

/** What is known of a task's latest execution. */
export interface TaskRun {
  node: NodeRecord | undefined;
  startTime: Micros | undefined;
  endTime: Micros | undefined;
  exitCode: number | undefined;
  failure: FailureInfo | undefined;
  retryCount: number;
  lastRetryTime: Micros | undefined;
  requeueCount: number;
  lastRequeueTime: Micros | undefined;
}

/** One execution of a task on a node, from its assignment to the end of its processes. */
export interface Attempt {
  readonly task: TaskRecord;
  readonly node: NodeRecord;
  readonly slots: number;
  /** Aborted when the attempt has to end early; what happens to the task was decided by whoever aborted. */
  readonly abort: AbortController;
  /** Settles when no process of the attempt is left. */
  ended: Promise<void>;
}

/** The slots a task takes on its node. */
export function slotsOf(task: TaskRecord): number {
  return task.spec.requiredSlots ?? 1;
}

/** Whether a completed task failed: it has a `failureInfo`. */
export function hasFailed(task: TaskRecord): boolean {
  return task.run?.failure !== undefined;
}
