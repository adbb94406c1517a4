import type {
  ApplicationPackageReference,
  EnvironmentSetting,
  OutputFileParameter,
  ResourceFile,
  TaskConstraints,
  TaskContainerSettings,
  UserIdentity,
} from "./common.js";

/** What becomes of the job and of the tasks that depend on a task, when the task ends in a certain way. */
export interface ExitOptions {
  /**
   * What becomes of the job; it needs `onTaskFailure: "performexitoptionsjobaction"` there. Default: `"terminate"`, and
   * `"none"` for exit code 0.
   */
  readonly jobAction?: "none" | "disable" | "terminate";
  /** Whether tasks that depend on this one may start. Default: `"block"`, and `"satisfy"` for exit code 0. */
  readonly dependencyAction?: "satisfy" | "block";
}

/**
 * How a task may end, and what comes of it.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/add#exitconditions
 */
export interface ExitConditions {
  /** For single exit codes. */
  readonly exitCodes?: readonly {
    /** The exit code. */
    readonly code: number;
    /** What comes of it. */
    readonly exitOptions: ExitOptions;
  }[];
  /** For ranges of exit codes. */
  readonly exitCodeRanges?: readonly {
    /** The first exit code. */
    readonly start: number;
    /** The last one, included. */
    readonly end: number;
    /** What comes of it. */
    readonly exitOptions: ExitOptions;
  }[];
  /** For a task that could not start. */
  readonly preProcessingError?: ExitOptions;
  /** For a task whose output files could not be uploaded; what its exit code says goes before. */
  readonly fileUploadError?: ExitOptions;
  /** For every failure that none of the others is for. */
  readonly default?: ExitOptions;
}

/**
 * What makes a task run on several nodes at once, as programs that use MPI do.
 *
 * @see https://learn.microsoft.com/azure/batch/batch-mpi
 */
export interface MultiInstanceSettings {
  /** How many nodes. Default: 1. */
  readonly numberOfInstances?: number;
  /** What every node runs first; the task's own command begins when it has ended on all of them. */
  readonly coordinationCommandLine: string;
  /** Files that Batch brings to every node, into the task's shared directory. */
  readonly commonResourceFiles?: readonly ResourceFile[];
}

/** Which tasks have to succeed before a task starts. */
export interface TaskDependencies {
  /** Their ids. */
  readonly taskIds?: readonly string[];
  /** Ranges of ids that are whole numbers. */
  readonly taskIdRanges?: readonly {
    /** The first number. */
    readonly start: number;
    /** The last number, included. */
    readonly end: number;
  }[];
}

/** What a task may do with Batch, by a token in its environment variable `AZ_BATCH_AUTHENTICATION_TOKEN`. */
export interface AuthenticationTokenSettings {
  /** `"job"`: everything with the job that it is of. */
  readonly access?: readonly "job"[];
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
  /** The container it runs in. */
  readonly containerSettings?: TaskContainerSettings;
  /** What comes of the ways in which it may end. */
  readonly exitConditions?: ExitConditions;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Files that Batch uploads from the node after. */
  readonly outputFiles?: readonly OutputFileParameter[];
  /** Its environment variables, beside those of the job and of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** Where it would best run. */
  readonly affinityInfo?: {
    /** The affinity id of a node, or of a task that ran on it. Batch goes elsewhere where that node is busy. */
    readonly affinityId: string;
  };
  /** Its limits. */
  readonly constraints?: TaskConstraints;
  /** How many task slots of its node it takes. Default: 1. */
  readonly requiredSlots?: number;
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** What makes it run on several nodes at once. */
  readonly multiInstanceSettings?: MultiInstanceSettings;
  /** Tasks that must have succeeded before it starts; the job needs `usesTaskDependencies`. */
  readonly dependsOn?: TaskDependencies;
  /** Application packages that Batch brings to the node before. */
  readonly applicationPackageReferences?: readonly ApplicationPackageReference[];
  /** What it may do with Batch. */
  readonly authenticationTokenSettings?: AuthenticationTokenSettings;
}
