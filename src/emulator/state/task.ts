import type { WallClock } from "../scheduling/wall-clock.js";
import type { Micros } from "../wire/time.js";
import type { FailureInfo } from "./failure.js";
import type { JobRecord } from "./job.js";
import type { NodeFolders, NodeRecord } from "./node.js";
import type { JobManagerSpec, TaskSpec } from "./specs.js";

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
  /** When the latest retry started running. */
  lastRetryTime: Micros | undefined;
  /** A retry is due that has not started yet. */
  retryDue: boolean;
  /** How long the tries before this one ran, in milliseconds. */
  earlierWallClock: number;
  requeueCount: number;
  lastRequeueTime: Micros | undefined;
  /** The other instances of a multi-instance task. */
  subtasks: SubtaskRun[] | undefined;
  /** The retention time has passed, and the files are gone. */
  filesRemoved: boolean;
  /** The folders of the machine that has the task's resource files, all of them. */
  filesIn: NodeFolders | undefined;
}

/** One of the further instances of a multi-instance task. */
export interface SubtaskRun {
  readonly id: number;
  readonly node: NodeRecord;
  state: "preparing" | "running" | "completed";
  stateChanged: Micros;
  previousState: "preparing" | "running" | undefined;
  previousStateChanged: Micros;
  startTime: Micros | undefined;
  endTime: Micros | undefined;
  exitCode: number | undefined;
  failure: FailureInfo | undefined;
}

/** One execution of a task, from its assignment to nodes to the end of its processes. */
export interface Attempt {
  readonly task: TaskRecord;
  /** The node of the task, or of the primary of a multi-instance task, comes first. */
  readonly nodes: readonly [NodeRecord, ...NodeRecord[]];
  /** What it takes of each node. */
  readonly slots: number;
  /** Aborted when the attempt has to end early; what happens to the task was decided by whoever aborted. */
  readonly abort: AbortController;
  /** How long it may run, from its start on a node. */
  wallClock: WallClock | undefined;
  /** Settles when no process of the attempt is left. */
  ended: Promise<void>;
}

/** The slots a task takes of a node. */
export function slotsOf(task: TaskRecord): number {
  return task.spec.requiredSlots ?? 1;
}

/** How many nodes a task runs on at once. */
export function instancesOf(task: TaskRecord): number {
  return task.spec.multiInstanceSettings?.numberOfInstances ?? 1;
}

/** What the job says about the task if it is the job's manager. */
export function managerOf(task: TaskRecord): JobManagerSpec | undefined {
  const manager = task.job.spec.jobManagerTask;
  return manager !== undefined && task.spec.id === manager.id ? manager : undefined;
}

/** Whether a completed task failed: it has a `failureInfo`. */
export function hasFailed(task: TaskRecord): boolean {
  return task.run?.failure !== undefined;
}
