import type {
  EnvironmentSetting,
  OutputFileParameter,
  ResourceFile,
  TaskConstraints,
  UserIdentity,
} from "./common.js";

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
