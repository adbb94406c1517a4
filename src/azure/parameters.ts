/*
 * The parameters of the Batch service as plain data, property by property as the REST reference names them
 * (https://learn.microsoft.com/rest/api/batchservice/). They are ours, so that no type of a client library is public.
 */

/** An environment variable of a task. */
export interface EnvironmentSetting {
  readonly name: string;
  readonly value?: string;
}

/** A file that Batch downloads to a node before a task starts. */
export interface ResourceFile {
  readonly httpUrl?: string;
  readonly storageContainerUrl?: string;
  readonly autoStorageContainerName?: string;
  readonly blobPrefix?: string;
  readonly filePath?: string;
  readonly fileMode?: string;
  readonly identityReference?: { readonly resourceId: string };
}

/** Files that Batch uploads from a node after a task. */
export interface OutputFileParameter {
  readonly filePattern: string;
  readonly destination: {
    readonly container: {
      readonly containerUrl: string;
      readonly path?: string;
      readonly identityReference?: { readonly resourceId: string };
    };
  };
  readonly uploadOptions: { readonly uploadCondition: "tasksuccess" | "taskfailure" | "taskcompletion" };
}

export interface UserIdentity {
  readonly userName?: string;
  readonly autoUser?: { readonly scope?: "task" | "pool"; readonly elevationLevel?: "nonadmin" | "admin" };
}

export interface TaskConstraints {
  /** An ISO 8601 duration. */
  readonly maxWallClockTime?: string;
  readonly retentionTime?: string;
  readonly maxTaskRetryCount?: number;
}

export interface TaskParameter {
  readonly id: string;
  readonly displayName?: string;
  readonly commandLine: string;
  readonly resourceFiles?: readonly ResourceFile[];
  readonly outputFiles?: readonly OutputFileParameter[];
  readonly environmentSettings?: readonly EnvironmentSetting[];
  readonly constraints?: TaskConstraints;
  readonly requiredSlots?: number;
  readonly userIdentity?: UserIdentity;
  readonly dependsOn?: {
    readonly taskIds?: readonly string[];
    readonly taskIdRanges?: readonly { readonly start: number; readonly end: number }[];
  };
}

export interface StartTaskParameter {
  readonly commandLine: string;
  readonly resourceFiles?: readonly ResourceFile[];
  readonly environmentSettings?: readonly EnvironmentSetting[];
  readonly userIdentity?: UserIdentity;
  readonly maxTaskRetryCount?: number;
  readonly waitForSuccess?: boolean;
}

export interface ImageReference {
  readonly publisher?: string;
  readonly offer?: string;
  readonly sku?: string;
  readonly version?: string;
  readonly virtualMachineImageId?: string;
}

export interface MetadataItem {
  readonly name: string;
  readonly value: string;
}

/** What a pool and the pool specification of an auto pool share. */
export interface PoolSpecification {
  readonly displayName?: string;
  readonly vmSize: string;
  readonly virtualMachineConfiguration?: {
    readonly imageReference: ImageReference;
    readonly nodeAgentSKUId: string;
  };
  readonly taskSlotsPerNode?: number;
  readonly taskSchedulingPolicy?: { readonly nodeFillType: "spread" | "pack" };
  readonly resizeTimeout?: string;
  readonly targetDedicatedNodes?: number;
  readonly targetLowPriorityNodes?: number;
  readonly enableAutoScale?: boolean;
  readonly autoScaleFormula?: string;
  readonly autoScaleEvaluationInterval?: string;
  readonly startTask?: StartTaskParameter;
  readonly metadata?: readonly MetadataItem[];
}

export interface PoolParameter extends PoolSpecification {
  readonly id: string;
}

export interface JobPreparationTaskParameter {
  readonly id?: string;
  readonly commandLine: string;
  readonly resourceFiles?: readonly ResourceFile[];
  readonly environmentSettings?: readonly EnvironmentSetting[];
  readonly constraints?: TaskConstraints;
  readonly waitForSuccess?: boolean;
  readonly userIdentity?: UserIdentity;
  readonly rerunOnNodeRebootAfterSuccess?: boolean;
}

export interface JobParameter {
  readonly id: string;
  readonly displayName?: string;
  readonly priority?: number;
  readonly maxParallelTasks?: number;
  readonly constraints?: { readonly maxWallClockTime?: string; readonly maxTaskRetryCount?: number };
  readonly usesTaskDependencies?: boolean;
  readonly jobPreparationTask?: JobPreparationTaskParameter;
  readonly commonEnvironmentSettings?: readonly EnvironmentSetting[];
  readonly poolInfo:
    | { readonly poolId: string }
    | {
        readonly autoPoolSpecification: {
          readonly autoPoolIdPrefix?: string;
          readonly poolLifetimeOption: "job";
          readonly keepAlive?: boolean;
          readonly pool: PoolSpecification;
        };
      };
  readonly onAllTasksComplete?: "noaction" | "terminatejob";
  readonly onTaskFailure?: "noaction" | "performexitoptionsjobaction";
  readonly metadata?: readonly MetadataItem[];
}
