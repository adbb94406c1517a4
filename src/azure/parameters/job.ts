import type {
  ApplicationPackageReference,
  EnvironmentSetting,
  MetadataItem,
  OutputFileParameter,
  ResourceFile,
  TaskConstraints,
  TaskContainerSettings,
  UserIdentity,
} from "./common.js";
import type { PoolSpecification } from "./pool.js";
import type { AuthenticationTokenSettings } from "./task.js";

/**
 * The task that begins with a job, and makes the job's other tasks.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/job/add#jobmanagertask
 */
export interface JobManagerTaskParameter {
  /** Its id, 1 to 64 letters, digits, hyphens and underscores. */
  readonly id: string;
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** The container it runs in. */
  readonly containerSettings?: TaskContainerSettings;
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
  /** Whether the job ends with it. Default: `true`. */
  readonly killJobOnCompletion?: boolean;
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** Whether no other task runs on its node meanwhile. Default: `true`. */
  readonly runExclusive?: boolean;
  /** Application packages that Batch brings to the node before. */
  readonly applicationPackageReferences?: readonly ApplicationPackageReference[];
  /** What it may do with Batch. */
  readonly authenticationTokenSettings?: AuthenticationTokenSettings;
  /** Whether it may run on a Spot node. Default: `true`. */
  readonly allowLowPriorityNode?: boolean;
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
  /** The container it runs in. */
  readonly containerSettings?: TaskContainerSettings;
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
 * What a node that ran a job's preparation task does when the job ends.
 *
 * @see https://learn.microsoft.com/azure/batch/batch-job-prep-release
 */
export interface JobReleaseTaskParameter {
  /** Its id, which names its directory. Default: `"jobrelease"`. */
  readonly id?: string;
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** The container it runs in. */
  readonly containerSettings?: TaskContainerSettings;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Its environment variables, beside those of the job and of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** How long it may take, as an ISO 8601 duration up to `"PT15M"`, which is the default. */
  readonly maxWallClockTime?: string;
  /** How long the node keeps its directory, as an ISO 8601 duration. Default: `"P7D"`. */
  readonly retentionTime?: string;
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
}

/** Where the tasks of a job run: a pool that exists, or one that Batch makes. */
export type PoolInformation =
  | {
      /** The pool's id. */
      readonly poolId: string;
    }
  | {
      /** The pool that Batch makes. */
      readonly autoPoolSpecification: {
        /** What its id begins with, up to 20 characters. */
        readonly autoPoolIdPrefix?: string;
        /** What it goes with: the job, or the schedule whose jobs use it one after the other. */
        readonly poolLifetimeOption: "job" | "jobschedule";
        /** Whether it stays when that has ended. Default: `false`. */
        readonly keepAlive?: boolean;
        /** What it is like. */
        readonly pool: PoolSpecification;
      };
    };

/**
 * What a job and the jobs of a schedule share.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/add#jobspecification
 */
export interface JobSpecification {
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** Which job of a pool goes first: -1000 to 1000. Default: 0. */
  readonly priority?: number;
  /** How many of its tasks run at once; -1 for no limit, which is the default. */
  readonly maxParallelTasks?: number;
  /** Whether its tasks may be interrupted, and queued again, for those of jobs with a higher priority. Default: `false`. */
  readonly allowTaskPreemption?: boolean;
  /** Its limits. */
  readonly constraints?: {
    /** How long it may take before Batch ends it, as an ISO 8601 duration. Default: no limit. */
    readonly maxWallClockTime?: string;
    /** How often a task is run again where its exit code is not 0; -1 for no limit. Default: 0. */
    readonly maxTaskRetryCount?: number;
  };
  /** Whether its tasks may have `dependsOn`. Default: `false`. */
  readonly usesTaskDependencies?: boolean;
  /** The task that begins with it, and makes its other tasks. */
  readonly jobManagerTask?: JobManagerTaskParameter;
  /** What a node does before its first task of the job. */
  readonly jobPreparationTask?: JobPreparationTaskParameter;
  /** What a node that ran the preparation task does when the job ends. */
  readonly jobReleaseTask?: JobReleaseTaskParameter;
  /** Environment variables of all its tasks. */
  readonly commonEnvironmentSettings?: readonly EnvironmentSetting[];
  /** Where its tasks run. */
  readonly poolInfo: PoolInformation;
  /** Whether the job ends when all its tasks have; cannot be undone. Default: `"noaction"`. */
  readonly onAllTasksComplete?: "noaction" | "terminatejob";
  /** Whether the exit conditions of a failed task act on the job. Default: `"noaction"`. */
  readonly onTaskFailure?: "noaction" | "performexitoptionsjobaction";
  /** The network that its nodes join while they run its tasks. */
  readonly networkConfiguration?: {
    /** The Azure resource id of a subnet of a virtual network. */
    readonly subnetId: string;
  };
  /** Names and values for whoever looks at the job. */
  readonly metadata?: readonly MetadataItem[];
}

/**
 * A job: a {@link JobSpecification} under an id.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/job/add
 */
export interface JobParameter extends JobSpecification {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's other jobs, whatever the case. */
  readonly id: string;
}
