import type {
  EnvironmentSetting,
  MetadataItem,
  ResourceFile,
  TaskConstraints,
  UserIdentity,
} from "./common.js";
import type { PoolSpecification } from "./pool.js";

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
