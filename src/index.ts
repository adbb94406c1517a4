/**
 * Azure Batch as easy as `Promise.all`: {@link runParallel} maps a function, or any program, over items on an Azure Batch
 * pool, and on this computer when no account is configured, through the same code and the same wire protocol.
 *
 * @packageDocumentation
 */

export type { AccessToken, TokenCredential } from "./azure/credential.js";
export type * from "./azure/parameters/index.js";
export type { CallOptions } from "./azure/ports.js";
export type * from "./azure/resources/index.js";
export type { AutoscaleOptions, NodeDeallocationOption } from "./builders/autoscale.js";
export type { AutoscaleFormulaOptions } from "./builders/autoscale-formula.js";
export type { Duration } from "./builders/duration.js";
export {
  type AlmaLinuxVersion,
  almaLinux,
  type GalleryImage,
  galleryImage,
  type Image,
  type ImageGeneration,
  type MarketplaceImage,
  type UbuntuHpcVersion,
  type UbuntuVersion,
  ubuntu,
  ubuntuHpc,
  type WindowsServerVersion,
  windowsServer,
} from "./builders/images.js";
export { type JobBuilder, job, type PlaceOf, type UnplacedJobBuilder } from "./builders/job.js";
export type { BuiltJob, JobPlace } from "./builders/job-parameter.js";
export type { AutoPoolOptions } from "./builders/job-pool.js";
export {
  type BuiltJobSchedule,
  type JobScheduleBuilder,
  type JobScheduleStart,
  jobSchedule,
} from "./builders/job-schedule.js";
export type {
  JobTaskOptions,
  ManagerTaskOptions,
  PreparationTaskOptions,
  ReleaseTaskOptions,
} from "./builders/job-tasks.js";
export type { ContainerOptions, ContainerRegistryOptions } from "./builders/pool/containers.js";
export type { DataDiskOptions } from "./builders/pool/disks.js";
export type { ExistingPool } from "./builders/pool/existing.js";
export type {
  AzureFilesMountOptions,
  BlobMountOptions,
  CifsMountOptions,
  MountOptions,
  MountPlace,
  NfsMountOptions,
} from "./builders/pool/mounts.js";
export type { EndpointOptions, NetworkOptions } from "./builders/pool/network.js";
export type { NodeCommunicationMode } from "./builders/pool/pool-parameter.js";
export type { StartTaskOptions, StartTaskUser } from "./builders/pool/start-task.js";
export type { LinuxUserOptions, UserOptions } from "./builders/pool/users.js";
export {
  type AutoscaledPoolBuilder,
  type BuiltPool,
  type FixedPoolBuilder,
  type PoolBuilder,
  type PoolFunction,
  pool,
  type UnsizedPoolBuilder,
} from "./builders/pool.js";
export {
  type BuiltTask,
  type ChangedTaskBuilder,
  type SlottedTaskBuilder,
  type TaskBuilder,
  type TaskStart,
  task,
  type UnsizedTaskBuilder,
} from "./builders/task.js";
export type { CommandList, TaskCommandOptions } from "./builders/task-parts/command.js";
export type { TaskDependency } from "./builders/task-parts/dependencies.js";
export type { ExitConditionOptions } from "./builders/task-parts/exit-conditions.js";
export type { MultiInstanceOptions } from "./builders/task-parts/multi-instance.js";
export type { TaskUser } from "./builders/task-parts/user-identity.js";
export type { Buildable } from "./client/account/buildable.js";
export type { CreateJobOptions, NewJob } from "./client/account/create-job.js";
export type { FanOut, FanOutOptions, TaskOutcome } from "./client/account/fan-out.js";
export type { ListFilesOptions } from "./client/account/files.js";
export type { AddTaskOptions, Job } from "./client/account/job.js";
export type { JobSchedule } from "./client/account/job-schedule.js";
export type { ListOptions } from "./client/account/list-options.js";
export type { ComputeNode, NodeActionOptions } from "./client/account/node.js";
export type {
  AutoscaleFormula,
  DeleteOptions,
  Pool,
  RemoveNodesOptions,
  ResizeOptions,
} from "./client/account/pool.js";
export type { Task, TaskFileOptions } from "./client/account/task.js";
export type { UploadOptions, UploadSource } from "./client/account/upload.js";
export type { WaitOptions } from "./client/account/wait.js";
export type * from "./client/connect-options.js";
export * from "./errors/index.js";
export { attach } from "./run/attach/attach.js";
export type { AttachOptions } from "./run/attach/attach-options.js";
export { type BatchParallel, connect, type EnsurePoolOptions } from "./run/connect.js";
export type { MapOptions, MapWork, Passed, ReduceOptions } from "./run/pipeline/compose-options.js";
export type { Reduction } from "./run/pipeline/reduction.js";
export type { ItemLogs, ItemOutcome, Run, RunProgress } from "./run/run.js";
export type { NodeArchive, RunFile, RunOptions, RunPackages } from "./run/run-options.js";
export { runParallel } from "./run/run-parallel.js";
export type { SweepOptions, SweepReport } from "./run/sweep.js";
export { type CommandTemplate, command, type TemplateHole } from "./work/command.js";
export type {
  CommandInput,
  CommandOptions,
  CommandResult,
  CommandSpec,
  PerItem,
} from "./work/command-spec.js";
export { type FunctionName, fromModule, type ModuleOptions, type ModuleWork } from "./work/from-module.js";
export type { ItemContext } from "./work/item-context.js";
export type { OutputFile } from "./work/prepared-work.js";
export { type PythonOptions, python } from "./work/python.js";
export type { Work } from "./work/work.js";
