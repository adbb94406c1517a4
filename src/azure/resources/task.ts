import type { TaskConstraints, TaskParameter } from "../parameters/index.js";
import type { FailureInfo, ResourceProperties, TaskContainerExecutionInfo } from "./common.js";

/** How a task went. Of several tries it tells of the last one. */
export interface TaskExecutionInfo {
  /** When it started: once it runs, with the downloads before its program. */
  readonly startTime?: string;
  /** When it ended. */
  readonly endTime?: string;
  /** The exit code of its program; absent where that never ran to its end. */
  readonly exitCode?: number;
  /** What its container told. */
  readonly containerInfo?: TaskContainerExecutionInfo;
  /** Why it failed; absent where it has not. */
  readonly failureInfo?: FailureInfo;
  /** How often it was run again because it had failed. */
  readonly retryCount: number;
  /** When that was last. */
  readonly lastRetryTime?: string;
  /** How often it was put back because its node was taken away or its job was disabled. */
  readonly requeueCount: number;
  /** When that was last. */
  readonly lastRequeueTime?: string;
  /** Whether it succeeded; once it has completed. */
  readonly result?: "success" | "failure";
}

/** Where a task runs, or ran last. */
export interface TaskNodeInfo {
  /** The pool. */
  readonly poolId: string;
  /** The node. */
  readonly nodeId: string;
  /** Where the node is in the REST API. */
  readonly nodeUrl?: string;
  /** What a task names in `affinityInfo` to run here if it can. */
  readonly affinityId?: string;
  /** The task's directory on the node. */
  readonly taskRootDirectory?: string;
  /** Where that is in the REST API. */
  readonly taskRootDirectoryUrl?: string;
}

/**
 * A task as the service shows it: what it was made with, and how it is.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/get
 */
export interface BatchTask extends TaskParameter, ResourceProperties {
  /** `"active"`: it waits; `"preparing"`: its node is being prepared for the job; `"completed"`: also where it failed. */
  readonly state: "active" | "preparing" | "running" | "completed";
  /** Since when. */
  readonly stateTransitionTime: string;
  /** Its state before. */
  readonly previousState?: "active" | "preparing" | "running" | "completed";
  /** Since when it was in that. */
  readonly previousStateTransitionTime?: string;
  /** How it went. */
  readonly executionInfo?: TaskExecutionInfo;
  /** Where it runs, or ran last. */
  readonly nodeInfo?: TaskNodeInfo;
}

/**
 * A part of a multi-instance task.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/listsubtasks
 */
export interface BatchSubtask {
  /** Its number within the task, from 1. */
  readonly id: number;
  /** Where it runs, or ran last. */
  readonly nodeInfo?: TaskNodeInfo;
  /** When it started. */
  readonly startTime?: string;
  /** When it ended. */
  readonly endTime?: string;
  /** The exit code of its program. */
  readonly exitCode?: number;
  /** What its container told. */
  readonly containerInfo?: TaskContainerExecutionInfo;
  /** Why it failed. */
  readonly failureInfo?: FailureInfo;
  /** What it is doing. */
  readonly state?: "preparing" | "running" | "completed";
  /** Since when. */
  readonly stateTransitionTime?: string;
  /** Whether it succeeded. */
  readonly result?: "success" | "failure";
}

/** What of a task can be changed while it has not completed. What is left out goes back to its default. */
export interface TaskUpdate {
  /** Its limits. */
  readonly constraints?: TaskConstraints;
}
