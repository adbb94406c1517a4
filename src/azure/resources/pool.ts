import type { PoolParameter } from "../parameters/index.js";
import type { ResourceError, ResourceProperties } from "./common.js";

/** The last evaluation of a pool's autoscale formula. */
export interface AutoscaleRun {
  /** When it was evaluated. */
  readonly timestamp: string;
  /** The final values of its variables: `"$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;…"`. */
  readonly results?: string;
  /** Why it failed. */
  readonly error?: ResourceError;
}

/**
 * A pool as the service shows it: what it was made with, and how it is.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/get
 */
export interface BatchPool extends PoolParameter, ResourceProperties {
  /** `"deleting"` from the request to delete it until it is gone. */
  readonly state: "active" | "deleting";
  /** Since when. */
  readonly stateTransitionTime: string;
  /** Whether nodes are being added or taken away: `"steady"` if not; `"stopping"` where that was told to stop. */
  readonly allocationState: "steady" | "resizing" | "stopping";
  /** Since when. */
  readonly allocationStateTransitionTime: string;
  /** How many tasks a node runs at once. */
  readonly taskSlotsPerNode: number;
  /** How many nodes it shall have that are never taken away. */
  readonly targetDedicatedNodes: number;
  /** How many Spot nodes it shall have. */
  readonly targetLowPriorityNodes: number;
  /** How many nodes it has that are never taken away. */
  readonly currentDedicatedNodes: number;
  /** How many Spot nodes it has, preempted ones included. */
  readonly currentLowPriorityNodes: number;
  /** Whether a formula sizes it. */
  readonly enableAutoScale: boolean;
  /** What went wrong at the last change of its size; only while it is steady. */
  readonly resizeErrors?: readonly ResourceError[];
  /** The last evaluation of its formula. */
  readonly autoScaleRun?: AutoscaleRun;
  /** How nodes and service reach each other, as it is. */
  readonly currentNodeCommunicationMode?: "default" | "classic" | "simplified";
}

/**
 * What of a pool can be changed while it is there; what is left out stays as it is. Nodes that are there do a new start task
 * when they restart.
 */
export type PoolPatch = Partial<
  Pick<
    PoolParameter,
    "startTask" | "metadata" | "applicationPackageReferences" | "targetNodeCommunicationMode"
  >
>;

/** How many nodes of a kind a pool has, by their state. */
export interface NodeCounts {
  /** Being made. */
  readonly creating: number;
  /** Ready, without a task. */
  readonly idle: number;
  /** Told to take no tasks. */
  readonly offline: number;
  /** Spot nodes that were taken away. */
  readonly preempted: number;
  /** Restarting. */
  readonly rebooting: number;
  /** Getting their image anew. */
  readonly reimaging: number;
  /** With a task. */
  readonly running: number;
  /** Starting. */
  readonly starting: number;
  /** Whose start task failed. */
  readonly startTaskFailed: number;
  /** Being taken away. */
  readonly leavingPool: number;
  /** That the service has lost. */
  readonly unknown: number;
  /** That cannot be used. */
  readonly unusable: number;
  /** Whose start task runs. */
  readonly waitingForStartTask: number;
  /** All of them. */
  readonly total: number;
}

/** How many nodes a pool has, by their state. */
export interface PoolNodeCounts {
  /** The pool. */
  readonly poolId: string;
  /** Of the nodes that are never taken away. */
  readonly dedicated?: NodeCounts;
  /** Of the Spot nodes. */
  readonly lowPriority?: NodeCounts;
}
