import type { ServiceError } from "../errors/index.js";
import type { AccountOperations } from "./operations/account.js";
import type { FileOperations } from "./operations/files.js";
import type { JobScheduleOperations } from "./operations/job-schedules.js";
import type { JobOperations } from "./operations/jobs.js";
import type { NodeOperations } from "./operations/nodes.js";
import type { PoolOperations } from "./operations/pools.js";
import type { TaskOperations } from "./operations/tasks.js";
import type { JobParameter, PoolParameter, TaskParameter } from "./parameters/index.js";
import type { FailureInfo, ResourceError } from "./resources/index.js";

/*
 * The two services as the rest of the library sees them: plain data in and out, failures as ServiceError, retries done.
 */

/** A task as a list shows it; only the selected fields are there. */
export interface TaskState {
  readonly id: string;
  readonly state: "active" | "preparing" | "running" | "completed";
  /** The service's own time with seven digits of its fraction, as text: it orders, and it goes back into a filter. */
  readonly stateTransitionTime: string;
  readonly executionInfo?: {
    /** Of the latest run. */
    readonly startTime?: string;
    readonly endTime?: string;
    readonly exitCode?: number;
    readonly result?: "success" | "failure";
    readonly failureInfo?: FailureInfo;
    readonly retryCount?: number;
    readonly requeueCount?: number;
  };
  readonly nodeInfo?: { readonly nodeId: string };
}

export interface JobState {
  readonly id: string;
  readonly state: "active" | "disabling" | "disabled" | "enabling" | "terminating" | "completed" | "deleting";
  readonly executionInfo?: {
    readonly poolId?: string;
    readonly terminateReason?: string;
    readonly schedulingError?: FailureInfo;
  };
}

export interface PoolState {
  readonly id: string;
  readonly state: "active" | "deleting";
  readonly allocationState: "steady" | "resizing" | "stopping";
  readonly vmSize: string;
  readonly virtualMachineConfiguration?: { readonly nodeAgentSKUId: string };
  /** There where the pool is of the older kind, whose nodes run Windows. */
  readonly cloudServiceConfiguration?: object;
  readonly taskSlotsPerNode: number;
  readonly targetDedicatedNodes: number;
  readonly targetLowPriorityNodes: number;
  readonly currentDedicatedNodes: number;
  readonly currentLowPriorityNodes: number;
  readonly enableAutoScale: boolean;
  readonly resizeErrors?: readonly ResourceError[];
  readonly autoScaleRun?: { readonly error?: ResourceError };
}

export interface NodeState {
  readonly id: string;
  readonly state: string;
  readonly startTaskInfo?: {
    readonly state: string;
    readonly exitCode?: number;
    readonly result?: "success" | "failure";
    readonly failureInfo?: FailureInfo;
  };
  readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
}

/** How a job's preparation went on one node. */
export interface PreparationState {
  readonly nodeId: string;
  readonly jobPreparationTaskExecutionInfo?: {
    readonly state: "running" | "completed";
    readonly exitCode?: number;
    readonly result?: "success" | "failure";
    readonly failureInfo?: FailureInfo;
  };
}

/** What became of one task of a collection. `"exists"` counts as added: a repeated submission has the same ids. */
export type AddTaskResult =
  | { readonly taskId: string; readonly status: "added" | "exists" }
  | { readonly taskId: string; readonly status: "refused"; readonly code: string; readonly message: string };

/** What the service said to a first request. */
export interface Access {
  /** Milliseconds that this computer's clock is ahead of the service's, where the service said its time. */
  readonly clockAhead?: number;
  /** Why it lets nobody in: an answer of 401 or 403. */
  readonly refusal?: ServiceError;
}

/** What can be said with each request. */
export interface CallOptions {
  /** Aborting it ends the request, which throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Azure Batch's data plane. Every method throws ServiceError for a refusal, after the retries that can help, and the
 * signal's reason when aborted. What it creates carries an item of metadata named `creationid`, which tells its own
 * work from somebody else's after an answer was lost.
 */
export interface BatchPort {
  /** `https://account.region.batch.azure.com`, without a slash at the end. */
  readonly url: string;
  /** Whether the account lets this client in: asks for one job, and changes nothing. */
  checkAccess(options?: CallOptions): Promise<Access>;
  /** What else can be done: the methods below are what a run needs, and ask for no more than that. */
  readonly account: AccountOperations;
  readonly pools: PoolOperations;
  readonly nodes: NodeOperations;
  readonly jobs: JobOperations;
  readonly jobSchedules: JobScheduleOperations;
  readonly tasks: TaskOperations;
  readonly files: FileOperations;
  createPool(pool: PoolParameter, options?: CallOptions): Promise<void>;
  /** The pool, or undefined where there is none. */
  getPool(poolId: string, options?: CallOptions): Promise<PoolState | undefined>;
  deletePool(poolId: string, options?: CallOptions): Promise<void>;
  listNodes(poolId: string, options?: CallOptions): AsyncIterable<NodeState>;
  createJob(job: JobParameter, options?: CallOptions): Promise<void>;
  getJob(jobId: string, options?: CallOptions): Promise<JobState | undefined>;
  /** Sets `onAllTasksComplete: terminatejob`: the job ends when its tasks have, which cannot be undone. */
  endJobWhenTasksComplete(jobId: string, options?: CallOptions): Promise<void>;
  /** Fine with a job that has ended or is gone. */
  terminateJob(jobId: string, reason: string, options?: CallOptions): Promise<void>;
  /** Fine with a job that is gone. */
  deleteJob(jobId: string, options?: CallOptions): Promise<void>;
  /**
   * Any number of tasks: splits by 100 and by size, repeats what may be repeated, gives one result a task (in any order).
   * `concurrency` is the number of requests in flight; without it, callers share the port's.
   */
  addTasks(
    jobId: string,
    tasks: readonly TaskParameter[],
    options?: CallOptions & { concurrency?: number },
  ): Promise<AddTaskResult[]>;
  listTasks(
    jobId: string,
    query: { filter?: string; select?: readonly string[] },
    options?: CallOptions,
  ): AsyncIterable<TaskState>;
  /** Fine with a task that has ended or is gone. */
  terminateTask(jobId: string, taskId: string, options?: CallOptions): Promise<void>;
  /** One entry a node; none where the job has no preparation. */
  listPreparations(jobId: string, options?: CallOptions): AsyncIterable<PreparationState>;
  /** A file of a task, by its path below the task's directory (`stderr.txt`); undefined where there is none (any more). */
  getTaskFile(
    jobId: string,
    taskId: string,
    path: string,
    options?: CallOptions & { lastBytes?: number },
  ): Promise<string | undefined>;
  /** A file of a node, by its path below the node's root directory; undefined where there is none (any more). */
  getNodeFile(
    poolId: string,
    nodeId: string,
    path: string,
    options?: CallOptions & { lastBytes?: number },
  ): Promise<string | undefined>;
  /** Lets go of its connections. */
  close(): void;
}

/**
 * What a SAS may do, in the order the service wants the letters. `c` makes a new blob by one Put Blob (up to 5000 MiB);
 * Put Block and Put Block List would need `w`, which overwrites as well.
 */
export type SasPermissions = "r" | "rc" | "rl";

export interface BlobItem {
  readonly name: string;
  readonly size: number;
  readonly lastModified: Date;
  /** Where it was asked for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A container as a list shows it. */
export interface ContainerItem {
  readonly name: string;
  /** By names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When it was made, or its metadata changed; not when its blobs were. */
  readonly lastModified: Date;
}

/** A lease of a blob, which its holder renews while it lives. */
export interface BlobLease {
  /** Fails with a code that begins with `Lease` where somebody else has taken it since it ran out. */
  renew(options?: CallOptions): Promise<void>;
  /** Fine with a lease that has run out, and with a blob that is gone. */
  release(options?: CallOptions): Promise<void>;
}

/** A blob and where it is. */
export interface BlobPlace {
  readonly container: ContainerPort;
  readonly blob: string;
}

/** One container of Blob Storage. Every method throws ServiceError for a refusal, after the retries that can help. */
export interface ContainerPort {
  /** `https://account.blob.core.windows.net/container`, without a SAS. */
  readonly url: string;
  /** Gives the service's time. Fails with the code `ContainerAlreadyExists` where it exists. */
  create(metadata: Readonly<Record<string, string>>, options?: CallOptions): Promise<Date>;
  /** Fine with a container that is gone. */
  delete(options?: CallOptions): Promise<void>;
  put(name: string, content: Uint8Array | string, options?: CallOptions): Promise<void>;
  /** Streams a file of any size from disk. */
  putFile(name: string, path: string, options?: CallOptions): Promise<void>;
  /** Copies a blob of a container of the same account, within the service. */
  copy(name: string, from: BlobPlace, options?: CallOptions): Promise<void>;
  /** Makes the blob's time of modification the present; says whether there is such a blob. */
  touch(name: string, options?: CallOptions): Promise<boolean>;
  /** The blob's bytes, or undefined where there is none; fails with the code `ContainerNotFound` without the container. */
  get(
    name: string,
    options?: CallOptions & { offset?: number; length?: number },
  ): Promise<Buffer | undefined>;
  /** The blob as a stream; fails with the code `BlobNotFound` where there is none. */
  stream(name: string, options?: CallOptions): Promise<NodeJS.ReadableStream>;
  /** In the order of names, 5,000 a request; with their metadata on demand. */
  list(prefix: string, options?: CallOptions & { metadata?: boolean }): AsyncIterable<BlobItem>;
  /** Takes a lease of a blob for 15 to 60 seconds; undefined where somebody holds one. */
  lease(name: string, seconds: number, options?: CallOptions): Promise<BlobLease | undefined>;
  /** Whether somebody holds a lease of the blob; not so where there is no such blob or container. */
  isLeased(name: string, options?: CallOptions): Promise<boolean>;
  /**
   * The container's URL with a SAS that holds at once and for `expiresIn` milliseconds at least. Storage with an Entra ID
   * credential gives 7 days at most: InvalidArgumentError beyond. Not to be asked of storage that does not sign.
   */
  sasUrl(permissions: SasPermissions, expiresIn: number): Promise<string>;
  /** A blob's URL with a SAS that may read it and nothing else, for `expiresIn` milliseconds at least. */
  blobUrl(name: string, expiresIn: number): Promise<string>;
  /** Fine with a blob that is gone. */
  deleteBlob(name: string, options?: CallOptions): Promise<void>;
}

/** An account of Blob Storage. */
export interface StoragePort {
  /** Whether nodes elsewhere could reach it: not so for Azurite on this computer. */
  readonly local: boolean;
  /** Whether it can sign a SAS for nodes: not so where it is reached by a SAS itself. */
  readonly signs: boolean;
  container(name: string): ContainerPort;
  /** All the account has, in the order of names. */
  listContainers(options?: CallOptions): AsyncIterable<ContainerItem>;
}
