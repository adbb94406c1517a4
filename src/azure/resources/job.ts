import type { JobParameter } from "../parameters/index.js";
import type { FailureInfo, ResourceProperties, TaskContainerExecutionInfo } from "./common.js";

/** The states of a job: https://learn.microsoft.com/rest/api/batchservice/job/get#jobstate */
export type JobLifeState =
  | "active"
  | "disabling"
  | "disabled"
  | "enabling"
  | "terminating"
  | "completed"
  | "deleting";

/** How a job goes. */
export interface JobExecutionInfo {
  /** When it was made. */
  readonly startTime: string;
  /** When it ended. */
  readonly endTime?: string;
  /** The pool it runs on, also where that is its own. */
  readonly poolId?: string;
  /** Why it could not be started. */
  readonly schedulingError?: FailureInfo;
  /** Why it ended: `"AllTasksComplete"`, `"MaxWallClockTimeExpiry"`, …, or what whoever ended it said. */
  readonly terminateReason?: string;
}

/**
 * A job as the service shows it: what it was made with, and how it is.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/job/get
 */
export interface BatchJob extends JobParameter, ResourceProperties {
  /** `"completed"` when it has ended; before that, its tasks run only while it is `"active"`. */
  readonly state: JobLifeState;
  /** Since when. */
  readonly stateTransitionTime: string;
  /** Its state before. */
  readonly previousState?: JobLifeState;
  /** Since when it was in that. */
  readonly previousStateTransitionTime?: string;
  /** How it goes. */
  readonly executionInfo?: JobExecutionInfo;
}

/** What of a job can be changed; what is left out stays as it is. */
export type JobPatch = Partial<
  Pick<
    JobParameter,
    "priority" | "maxParallelTasks" | "constraints" | "onAllTasksComplete" | "poolInfo" | "metadata"
  >
>;

/** What of a job can be changed; what is left out goes back to its default. */
export type JobUpdate = JobPatch & Pick<JobParameter, "poolInfo">;

/** How many tasks a job has, by their state. The service counts them with a delay of seconds. */
export interface TaskCounts {
  /** That wait. */
  readonly active: number;
  /** That run, or whose node is being prepared. */
  readonly running: number;
  /** That have ended. */
  readonly completed: number;
  /** Those of them that succeeded. */
  readonly succeeded: number;
  /** Those of them that failed. */
  readonly failed: number;
}

/** How a task that prepares a node for a job, or frees it after one, went. */
export interface NodePreparationInfo {
  /** What it is doing. */
  readonly state: "running" | "completed";
  /** When it started. */
  readonly startTime: string;
  /** When it ended. */
  readonly endTime?: string;
  /** Its directory on the node. */
  readonly taskRootDirectory?: string;
  /** The exit code of its program. */
  readonly exitCode?: number;
  /** What its container told. */
  readonly containerInfo?: TaskContainerExecutionInfo;
  /** Why it failed. */
  readonly failureInfo?: FailureInfo;
  /** How often it was run again; absent for a release. */
  readonly retryCount?: number;
  /** Whether it succeeded. */
  readonly result?: "success" | "failure";
}

/**
 * How a job's preparation and release went on a node.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/job/listpreparationandreleasetaskstatus
 */
export interface JobNodePreparation {
  /** The pool. */
  readonly poolId?: string;
  /** The node. */
  readonly nodeId: string;
  /** The preparation; absent where it never ran. */
  readonly jobPreparationTaskExecutionInfo?: NodePreparationInfo;
  /** The release; absent where it has not run. */
  readonly jobReleaseTaskExecutionInfo?: NodePreparationInfo;
}
