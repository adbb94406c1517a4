import type { JsonObject } from "../wire/json.js";
import type { Micros } from "../wire/time.js";
import type { FailureInfo } from "./failure.js";
import type { PoolRecord } from "./pool.js";
import type { ApplicationPackageReference, StartTaskSpec } from "./specs.js";
import type { Attempt, TaskRecord } from "./task.js";

export type NodeState =
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

/** A compute node: a folder of this machine and the processes in it. */
export interface NodeRecord {
  readonly id: string;
  readonly pool: PoolRecord;
  readonly dedicated: boolean;
  /** Its place in the pool, from 0, by which its public ports are numbered. */
  readonly ordinal: number;
  readonly ipAddress: string;
  readonly allocated: Micros;
  /** Another object, though of the same paths, whenever the node gets another machine. */
  folders: NodeFolders;
  state: NodeState;
  stateChanged: Micros;
  scheduling: "enabled" | "disabled";
  booted: Micros | undefined;
  /** What the node got from its pool when it booted: changes of the pool come with the next boot. */
  installed: Installed;
  /** Present from the first run of the start task on. */
  startTask: StartTaskRun | undefined;
  errors: NodeError[];
  freeSlots: number;
  readonly attempts: Set<Attempt>;
  totalTasksRun: number;
  totalTasksSucceeded: number;
  /** The latest tasks, newest last. */
  recentTasks: TaskRecord[];
  /** Users for remote access, by name in lower case. They are only remembered. */
  readonly users: Map<string, NodeUser>;
  /** When the last retention time of its tasks ends, in milliseconds since 1970. */
  retainedUntil: number;
  /** The start, preparation and release tasks that run now; each settles when its processes are gone. */
  readonly auxiliaryRuns: Set<Promise<void>>;
  /** Settles when the latest restart, or the replacement of the machine, is over. */
  restarted: Promise<void>;
  /** Settles when the node is gone; present once it leaves its pool. */
  leaving: Promise<void> | undefined;
  /** Aborted when the node leaves its pool or restarts: ends whatever it does. */
  life: AbortController;
}

export interface Installed {
  readonly certificateReferences: readonly JsonObject[];
  readonly applicationPackageReferences: readonly ApplicationPackageReference[];
}

/** Where a node's files are on this machine. */
export interface NodeFolders {
  /** Holds everything of the node, `root` included. */
  readonly all: string;
  /** What tasks know as `AZ_BATCH_NODE_ROOT_DIR`. */
  readonly root: string;
  readonly home: string;
  readonly temporary: string;
}

export interface NodeUser {
  name: string;
  isAdmin: boolean;
  expiryTime: string | undefined;
}

/** Why a node is unusable. */
export interface NodeError {
  code: string;
  message: string;
  errorDetails: { name: string; value: string }[];
}

/** A run of a start, job preparation or job release task. */
export interface AuxiliaryRun {
  state: "running" | "completed";
  startTime: Micros;
  endTime: Micros | undefined;
  exitCode: number | undefined;
  failure: FailureInfo | undefined;
  retryCount: number;
  lastRetryTime: Micros | undefined;
}

export interface StartTaskRun extends AuxiliaryRun {
  spec: StartTaskSpec;
}
