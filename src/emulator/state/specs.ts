import type { JsonObject } from "../wire/json.js";

// What clients send, as far as the emulator acts on it, in the form the service keeps: enum values and durations
// normalised, nothing null. Whatever else they sent is kept and given back as it is.

export interface EnvironmentSetting {
  name: string;
  value?: string;
}

/** A managed identity of the nodes. */
export interface IdentityReference {
  resourceId?: string;
}

export interface ResourceFile {
  identityReference?: IdentityReference;
  httpUrl?: string;
  storageContainerUrl?: string;
  autoStorageContainerName?: string;
  blobPrefix?: string;
  filePath?: string;
  fileMode?: string;
}

export interface OutputFile {
  filePattern: string;
  destination: {
    container: {
      path?: string;
      containerUrl: string;
      uploadHeaders?: { name: string; value?: string }[];
      identityReference?: IdentityReference;
    };
  };
  uploadOptions: { uploadCondition: string };
}

export interface TaskConstraints {
  maxWallClockTime?: string;
  retentionTime?: string;
  maxTaskRetryCount?: number;
}

/** What every kind of task has: ordinary, start, preparation, release and manager tasks. */
export interface CommandSpec {
  commandLine: string;
  resourceFiles?: ResourceFile[];
  environmentSettings?: EnvironmentSetting[];
  userIdentity?: JsonObject;
  containerSettings?: ContainerSettings;
}

export interface ContainerSettings {
  imageName: string;
  containerRunOptions?: string;
  workingDirectory?: "taskWorkingDirectory" | "containerImageDefault";
}

export interface ApplicationPackageReference {
  applicationId: string;
  version?: string;
}

export interface MultiInstanceSettings {
  numberOfInstances?: number;
  coordinationCommandLine: string;
  commonResourceFiles?: ResourceFile[];
}

export interface ExitOptions {
  jobAction?: string;
  dependencyAction?: string;
}

export interface ExitConditions {
  exitCodes?: { code: number; exitOptions: ExitOptions }[];
  exitCodeRanges?: { start: number; end: number; exitOptions: ExitOptions }[];
  preProcessingError?: ExitOptions;
  fileUploadError?: ExitOptions;
  default?: ExitOptions;
}

export interface TaskSpec extends CommandSpec {
  id: string;
  displayName?: string;
  outputFiles?: OutputFile[];
  constraints?: TaskConstraints;
  requiredSlots?: number;
  affinityInfo?: { affinityId: string };
  dependsOn?: { taskIds?: string[]; taskIdRanges?: { start: number; end: number }[] };
  exitConditions?: ExitConditions;
  multiInstanceSettings?: MultiInstanceSettings;
  applicationPackageReferences?: ApplicationPackageReference[];
  authenticationTokenSettings?: { access?: string[] };
}

export interface StartTaskSpec extends CommandSpec {
  maxTaskRetryCount?: number;
  waitForSuccess?: boolean;
}

export interface JobPreparationSpec extends CommandSpec {
  id?: string;
  constraints?: TaskConstraints;
  waitForSuccess?: boolean;
  rerunOnNodeRebootAfterSuccess?: boolean;
}

export interface JobReleaseSpec extends CommandSpec {
  id?: string;
  maxWallClockTime?: string;
  retentionTime?: string;
}

export interface JobManagerSpec extends CommandSpec {
  id: string;
  displayName?: string;
  outputFiles?: OutputFile[];
  constraints?: TaskConstraints;
  requiredSlots?: number;
  killJobOnCompletion?: boolean;
  runExclusive?: boolean;
  allowLowPriorityNode?: boolean;
  applicationPackageReferences?: ApplicationPackageReference[];
  authenticationTokenSettings?: { access?: string[] };
}

export interface AutoPoolSpec {
  autoPoolIdPrefix?: string;
  poolLifetimeOption: "job" | "jobschedule";
  keepAlive?: boolean;
  pool?: PoolSpec;
}

export interface PoolInfo {
  poolId?: string;
  autoPoolSpecification?: AutoPoolSpec;
}

/** When a schedule makes jobs. */
export interface ScheduleSpec {
  doNotRunUntil?: string;
  doNotRunAfter?: string;
  startWindow?: string;
  recurrenceInterval?: string;
}

/** What a job and a job schedule's jobs have in common. */
export interface JobSpecification {
  displayName?: string;
  priority?: number;
  maxParallelTasks?: number;
  allowTaskPreemption?: boolean;
  usesTaskDependencies?: boolean;
  onAllTasksComplete?: string;
  onTaskFailure?: string;
  constraints?: { maxWallClockTime?: string; maxTaskRetryCount?: number };
  jobManagerTask?: JobManagerSpec;
  jobPreparationTask?: JobPreparationSpec;
  jobReleaseTask?: JobReleaseSpec;
  commonEnvironmentSettings?: EnvironmentSetting[];
  poolInfo: PoolInfo;
  networkConfiguration?: JsonObject;
  metadata?: { name: string; value: string }[];
}

export interface JobSpec extends JobSpecification {
  id: string;
}

export interface PoolSpec {
  id?: string;
  displayName?: string;
  vmSize: string;
  cloudServiceConfiguration?: JsonObject;
  virtualMachineConfiguration?: JsonObject;
  resizeTimeout?: string;
  targetDedicatedNodes?: number;
  targetLowPriorityNodes?: number;
  enableAutoScale?: boolean;
  autoScaleFormula?: string;
  autoScaleEvaluationInterval?: string;
  enableInterNodeCommunication?: boolean;
  networkConfiguration?: JsonObject;
  startTask?: StartTaskSpec;
  certificateReferences?: JsonObject[];
  applicationPackageReferences?: ApplicationPackageReference[];
  applicationLicenses?: string[];
  taskSlotsPerNode?: number;
  taskSchedulingPolicy?: { nodeFillType?: "Spread" | "Pack" };
  userAccounts?: JsonObject[];
  metadata?: { name: string; value: string }[];
  mountConfiguration?: JsonObject[];
  targetNodeCommunicationMode?: string;
}
