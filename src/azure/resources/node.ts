import type { ImageReference, StartTaskParameter } from "../parameters/index.js";
import type { FailureInfo, NameValue, TaskContainerExecutionInfo } from "./common.js";
import type { TaskExecutionInfo } from "./task.js";

/** The states of a compute node: https://learn.microsoft.com/rest/api/batchservice/computenode/get#computenodestate */
export type NodeLifeState =
  | "creating"
  | "starting"
  | "waitingforstarttask"
  | "starttaskfailed"
  | "idle"
  | "running"
  | "rebooting"
  | "reimaging"
  | "unusable"
  | "unknown"
  | "leavingpool"
  | "offline"
  | "preempted";

/** How a node's start task went. */
export interface StartTaskInfo {
  /** `"completed"` also where it failed. */
  readonly state: "running" | "completed";
  /** When it started. */
  readonly startTime: string;
  /** When it ended. */
  readonly endTime?: string;
  /** The exit code of its program. */
  readonly exitCode?: number;
  /** What its container told. */
  readonly containerInfo?: TaskContainerExecutionInfo;
  /** Why it failed. */
  readonly failureInfo?: FailureInfo;
  /** How often it was run again. */
  readonly retryCount: number;
  /** When it was run again last. */
  readonly lastRetryTime?: string;
  /** Whether it succeeded. */
  readonly result?: "success" | "failure";
}

/** A task that a node ran lately. */
export interface RecentTask {
  /** Where it is in the REST API. */
  readonly taskUrl?: string;
  /** Its job. */
  readonly jobId?: string;
  /** Its id; absent for a start task. */
  readonly taskId?: string;
  /** Which part of a multi-instance task it is. */
  readonly subtaskId?: number;
  /** Its state. */
  readonly taskState: "active" | "preparing" | "running" | "completed";
  /** How it went. */
  readonly executionInfo?: TaskExecutionInfo;
}

/**
 * A compute node of a pool.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/computenode/get
 */
export interface BatchNode {
  /** Its id; the service may give it to another node once this one is gone. */
  readonly id: string;
  /** Where it is in the REST API. */
  readonly url: string;
  /** What it is doing. */
  readonly state: NodeLifeState;
  /** Whether it takes tasks. */
  readonly schedulingState: "enabled" | "disabled";
  /** Since when it has been in this state. */
  readonly stateTransitionTime: string;
  /** When it was started last. */
  readonly lastBootTime?: string;
  /** When the pool got it. */
  readonly allocationTime: string;
  /** Its address within its network. */
  readonly ipAddress: string;
  /** What a task names in `affinityInfo` to run here if it can. */
  readonly affinityId: string;
  /** The size of its virtual machine. */
  readonly vmSize: string;
  /** How many tasks it ran. */
  readonly totalTasksRun?: number;
  /** How many tasks it runs. */
  readonly runningTasksCount?: number;
  /** How many of its slots they take. */
  readonly runningTaskSlotsCount?: number;
  /** How many tasks succeeded on it. */
  readonly totalTasksSucceeded?: number;
  /** Tasks that it ran lately. */
  readonly recentTasks?: readonly RecentTask[];
  /** What it did, or will do, when it starts. */
  readonly startTask?: StartTaskParameter;
  /** How that went. */
  readonly startTaskInfo?: StartTaskInfo;
  /** What is wrong with it. */
  readonly errors?: readonly {
    /** The service's code. */
    readonly code?: string;
    /** The same for people. */
    readonly message?: string;
    /** More about it. */
    readonly errorDetails?: readonly NameValue[];
  }[];
  /** Whether it is one that is never taken away: not a Spot node. */
  readonly isDedicated?: boolean;
  /** The ports of it that can be reached from outside. */
  readonly endpointConfiguration?: {
    /** One an endpoint. */
    readonly inboundEndpoints: readonly {
      /** Its name. */
      readonly name: string;
      /** Its protocol. */
      readonly protocol: "tcp" | "udp";
      /** The address to connect to. */
      readonly publicIPAddress?: string;
      /** The same by name. */
      readonly publicFQDN?: string;
      /** The port to connect to. */
      readonly frontendPort: number;
      /** The port on the node. */
      readonly backendPort: number;
    }[];
  };
  /** The Batch program that runs on it. */
  readonly nodeAgentInfo?: {
    /** Its version. */
    readonly version: string;
    /** When it was renewed last. */
    readonly lastUpdateTime: string;
  };
  /** The virtual machine. */
  readonly virtualMachineInfo?: {
    /** The image that it started from, with the version that `"latest"` meant. */
    readonly imageReference?: ImageReference;
  };
}

/** Where to sign in to a node. */
export interface RemoteLoginSettings {
  /** The address to connect to. */
  readonly remoteLoginIPAddress: string;
  /** The port to connect to: of SSH, or of Remote Desktop. */
  readonly remoteLoginPort: number;
}

/** Somebody who may sign in to a node. */
export interface NodeUser {
  /** The name to sign in with. */
  readonly name: string;
  /** Whether it may do what an administrator may. Default: `false`. */
  readonly isAdmin?: boolean;
  /** When the account ends, ISO 8601. Default: a day from now. */
  readonly expiryTime?: string;
  /** Its password: always on Windows; on Linux instead of `sshPublicKey`. */
  readonly password?: string;
  /** Its public key for SSH: `"ssh-ed25519 AAAA…"`; Linux only. */
  readonly sshPublicKey?: string;
}

/** Which of a node's own logs go to Blob Storage. */
export interface NodeLogsUpload {
  /** The URL of a container with a SAS that may write. */
  readonly containerUrl: string;
  /** From when on, ISO 8601. */
  readonly startTime: string;
  /** Until when. Default: now. */
  readonly endTime?: string;
}

/** What came of it: the service uploads after it has answered. */
export interface NodeLogsUploaded {
  /** What the blobs' names begin with. */
  readonly virtualDirectoryName: string;
  /** How many files it will be. */
  readonly numberOfFilesUploaded: number;
}
