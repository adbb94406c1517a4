/*
 * The parameters of the Batch service as plain data, property by property as the REST reference names them
 * (https://learn.microsoft.com/rest/api/batchservice/). They are ours, so that no type of a client library is public.
 */

/** An environment variable of a task. */
export interface EnvironmentSetting {
  /** Its name, such as `"LANG"`. */
  readonly name: string;
  /** Its value; empty where it is left out. */
  readonly value?: string;
}

/**
 * A file, or several, that Batch downloads to a node before a task starts. Exactly one of `httpUrl`,
 * `storageContainerUrl` and `autoStorageContainerName` says where from.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add#resourcefile
 * @example
 * ```ts
 * const table: ResourceFile = { httpUrl: "https://example.com/table.csv", filePath: "data/table.csv" };
 * ```
 */
export interface ResourceFile {
  /** The URL of one file, with a SAS where it is a private blob. */
  readonly httpUrl?: string;
  /** The URL of a container of Blob Storage, with a SAS that may read and list. */
  readonly storageContainerUrl?: string;
  /** The name of a container in the storage account that is linked to the Batch account. */
  readonly autoStorageContainerName?: string;
  /** Only blobs of the container whose names begin with this. */
  readonly blobPrefix?: string;
  /** Where to put it, relative to the working directory: a file for `httpUrl`, which needs it; else a directory. */
  readonly filePath?: string;
  /** Its permissions in octal digits, Linux only. Default: `"0770"`. */
  readonly fileMode?: string;
  /** The managed identity of the pool that reads it, instead of a SAS. */
  readonly identityReference?: {
    /** The identity's Azure resource id. */
    readonly resourceId: string;
  };
}

/**
 * Files that Batch uploads from a node after a task.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add#outputfile
 * @example
 * ```ts
 * const logs: OutputFileParameter = {
 *   filePattern: "../std*.txt",
 *   destination: { container: { containerUrl: process.env.LOGS_URL ?? "", path: "logs" } },
 *   uploadOptions: { uploadCondition: "taskcompletion" },
 * };
 * ```
 */
export interface OutputFileParameter {
  /** Which files, relative to the working directory: `*` and `?` within a folder, `**` over folders, `[abc]`. */
  readonly filePattern: string;
  /** Where they go. */
  readonly destination: {
    /** A container of Blob Storage. */
    readonly container: {
      /** Its URL, with a SAS that may write. */
      readonly containerUrl: string;
      /** The blob's name for a pattern without wildcards, else what the blobs' names begin with. */
      readonly path?: string;
      /** The managed identity of the pool that writes them, instead of a SAS. */
      readonly identityReference?: {
        /** The identity's Azure resource id. */
        readonly resourceId: string;
      };
    };
  };
  /** When they go. */
  readonly uploadOptions: {
    /** After exit code 0, after another one, or after any. */
    readonly uploadCondition: "tasksuccess" | "taskfailure" | "taskcompletion";
  };
}

/** The user of a node that a task runs as: a named one of the pool's, or one that Batch makes. */
export interface UserIdentity {
  /** The name of one of the pool's user accounts. Excludes `autoUser`. */
  readonly userName?: string;
  /** A user that Batch makes. Excludes `userName`. */
  readonly autoUser?: {
    /** `"pool"` (default): one user for all tasks of the node; `"task"`: a new one for each task. */
    readonly scope?: "task" | "pool";
    /** Whether it may do what an administrator may. Default: `"nonadmin"`. */
    readonly elevationLevel?: "nonadmin" | "admin";
  };
}

/** Limits of a task. */
export interface TaskConstraints {
  /** How long a try may take, as an ISO 8601 duration such as `"PT1H"`. Default: no limit. */
  readonly maxWallClockTime?: string;
  /** How long the node keeps the task's directory, as an ISO 8601 duration. Default: `"P7D"`. */
  readonly retentionTime?: string;
  /** How often it is run again where its exit code is not 0; -1 for no limit. Default: the job's. */
  readonly maxTaskRetryCount?: number;
}

/**
 * A task of a job.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add
 */
export interface TaskParameter {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the job's other tasks, whatever the case. */
  readonly id: string;
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Files that Batch uploads from the node after. */
  readonly outputFiles?: readonly OutputFileParameter[];
  /** Its environment variables, beside those of the job and of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** Its limits. */
  readonly constraints?: TaskConstraints;
  /** How many task slots of its node it takes. Default: 1. */
  readonly requiredSlots?: number;
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** Tasks that must have succeeded before it starts; the job needs `usesTaskDependencies`. */
  readonly dependsOn?: {
    /** Their ids. */
    readonly taskIds?: readonly string[];
    /** Ranges of ids that are whole numbers. */
    readonly taskIdRanges?: readonly {
      /** The first number. */
      readonly start: number;
      /** The last number, included. */
      readonly end: number;
    }[];
  };
}

/**
 * What each node does when it joins a pool, and again when it restarts.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add#starttask
 */
export interface StartTaskParameter {
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Its environment variables, beside those of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** How often it is run again where its exit code is not 0; -1 for no limit. Default: 0. */
  readonly maxTaskRetryCount?: number;
  /** Whether the node takes no task before it has succeeded. Default: `true`. */
  readonly waitForSuccess?: boolean;
}

/** An image of a virtual machine: one of the marketplace by its four names, or one of the account's own by its id. */
export interface ImageReference {
  /** Who publishes it: `"microsoft-dsvm"`. */
  readonly publisher?: string;
  /** What it is: `"ubuntu-hpc"`. */
  readonly offer?: string;
  /** Which of them: `"2204"`. */
  readonly sku?: string;
  /** Its version. Default: `"latest"`. */
  readonly version?: string;
  /** The Azure resource id of an image in an Azure Compute Gallery. Excludes the others. */
  readonly virtualMachineImageId?: string;
}

/** A name and a value for whoever looks at a pool or a job; Batch gives them no meaning. */
export interface MetadataItem {
  /** The name. */
  readonly name: string;
  /** The value. */
  readonly value: string;
}

/**
 * What a pool and the pool specification of an auto pool share.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add
 */
export interface PoolSpecification {
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** The size of the virtual machines, such as `"Standard_D2s_v5"`. */
  readonly vmSize: string;
  /** What runs on them. */
  readonly virtualMachineConfiguration?: {
    /** The image they start from. */
    readonly imageReference: ImageReference;
    /** The Batch node agent for that image: `"batch.node.ubuntu 22.04"`. */
    readonly nodeAgentSKUId: string;
  };
  /** How many tasks a node runs at once: 1 to 256, and to four times its cores. Default: 1. */
  readonly taskSlotsPerNode?: number;
  /** How tasks are placed. */
  readonly taskSchedulingPolicy?: {
    /** Over all nodes, or on one before the next. Default: `"spread"`. */
    readonly nodeFillType: "spread" | "pack";
  };
  /** How long Batch tries to get the nodes, as an ISO 8601 duration from `"PT5M"` on. Default: `"PT15M"`. */
  readonly resizeTimeout?: string;
  /** How many nodes that are never taken away. Not with `enableAutoScale`. Default: 0. */
  readonly targetDedicatedNodes?: number;
  /** How many Spot nodes. Not with `enableAutoScale`. Default: 0. */
  readonly targetLowPriorityNodes?: number;
  /** Whether `autoScaleFormula` sizes the pool. Default: `false`. */
  readonly enableAutoScale?: boolean;
  /**
   * How many nodes the pool shall have, in Batch's own language.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-automatic-scaling
   */
  readonly autoScaleFormula?: string;
  /** Between two evaluations, as an ISO 8601 duration from `"PT5M"` to `"P7D"`. Default: `"PT15M"`. */
  readonly autoScaleEvaluationInterval?: string;
  /** What each node does when it joins. */
  readonly startTask?: StartTaskParameter;
  /** Names and values for whoever looks at the pool. */
  readonly metadata?: readonly MetadataItem[];
}

/** A pool: a {@link PoolSpecification} under an id. */
export interface PoolParameter extends PoolSpecification {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's other pools, whatever the case. */
  readonly id: string;
}

/**
 * What a node does before the first task of a job on it.
 *
 * @see https://learn.microsoft.com/azure/batch/batch-job-prep-release
 */
export interface JobPreparationTaskParameter {
  /** Its id, which names its directory. Default: `"jobpreparation"`. */
  readonly id?: string;
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Its environment variables, beside those of the job and of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** Its limits. */
  readonly constraints?: TaskConstraints;
  /** Whether the job's tasks start on a node only after it has succeeded there. Default: `true`. */
  readonly waitForSuccess?: boolean;
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** Whether it runs again when a node on which it succeeded restarts. Default: `true`. */
  readonly rerunOnNodeRebootAfterSuccess?: boolean;
}

/**
 * A job.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/job/add
 */
export interface JobParameter {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's other jobs, whatever the case. */
  readonly id: string;
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** Which job of a pool goes first: -1000 to 1000. Default: 0. */
  readonly priority?: number;
  /** How many of its tasks run at once; -1 for no limit, which is the default. */
  readonly maxParallelTasks?: number;
  /** Its limits. */
  readonly constraints?: {
    /** How long it may take before Batch ends it, as an ISO 8601 duration. Default: no limit. */
    readonly maxWallClockTime?: string;
    /** How often a task is run again where its exit code is not 0; -1 for no limit. Default: 0. */
    readonly maxTaskRetryCount?: number;
  };
  /** Whether its tasks may have `dependsOn`. Default: `false`. */
  readonly usesTaskDependencies?: boolean;
  /** What a node does before its first task of the job. */
  readonly jobPreparationTask?: JobPreparationTaskParameter;
  /** Environment variables of all its tasks. */
  readonly commonEnvironmentSettings?: readonly EnvironmentSetting[];
  /** Where its tasks run: a pool that exists, or one that lives as long as the job. */
  readonly poolInfo:
    | {
        /** The pool's id. */
        readonly poolId: string;
      }
    | {
        /** The pool that Batch makes for the job. */
        readonly autoPoolSpecification: {
          /** What its id begins with, up to 20 characters. */
          readonly autoPoolIdPrefix?: string;
          /** It goes with the job. */
          readonly poolLifetimeOption: "job";
          /** Whether it stays when the job has ended. Default: `false`. */
          readonly keepAlive?: boolean;
          /** What it is like. */
          readonly pool: PoolSpecification;
        };
      };
  /** Whether the job ends when all its tasks have; cannot be undone. Default: `"noaction"`. */
  readonly onAllTasksComplete?: "noaction" | "terminatejob";
  /** Whether the exit conditions of a failed task act on the job. Default: `"noaction"`. */
  readonly onTaskFailure?: "noaction" | "performexitoptionsjobaction";
  /** Names and values for whoever looks at the job. */
  readonly metadata?: readonly MetadataItem[];
}
