import { unlimitedDuration } from "../schema/duration.js";
import { shownPath, taskFolder } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import type {
  ContainerSettings,
  ExitConditions,
  ExitOptions,
  MultiInstanceSettings,
} from "../state/specs.js";
import type { SubtaskRun, TaskRecord } from "../state/task.js";
import type { JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { asJson, failureView, resultOf, time, userIdentityView, withOthers } from "./common.js";
import { withoutSecrets } from "./secrets.js";

export function taskUrl(baseUrl: string, task: TaskRecord): string {
  return `${baseUrl}/jobs/${task.job.id}/tasks/${task.spec.id}`;
}

/** A task as GET answers it. */
export function taskView(baseUrl: string, task: TaskRecord): JsonObject {
  const { spec } = task;
  const previous = task.previousState !== undefined;
  const view: JsonObject = {
    id: spec.id,
    displayName: spec.displayName,
    url: taskUrl(baseUrl, task),
    eTag: eTagOf(task.modified),
    creationTime: isoTime(task.created),
    lastModified: isoTime(task.modified),
    state: task.state,
    stateTransitionTime: isoTime(task.stateChanged),
    previousState: task.previousState,
    previousStateTransitionTime: previous ? isoTime(task.previousStateChanged) : undefined,
    commandLine: spec.commandLine,
    containerSettings: containerView(spec.containerSettings),
    resourceFiles: asJson(spec.resourceFiles),
    outputFiles: asJson(spec.outputFiles),
    environmentSettings: asJson(spec.environmentSettings),
    affinityInfo: spec.affinityInfo,
    applicationPackageReferences: asJson(spec.applicationPackageReferences),
    userIdentity: userIdentityView(spec.userIdentity),
    authenticationTokenSettings: spec.authenticationTokenSettings,
    exitConditions: exitConditionsView(spec.exitConditions, task),
    constraints: {
      maxWallClockTime: spec.constraints?.maxWallClockTime ?? unlimitedDuration,
      retentionTime: spec.constraints?.retentionTime ?? "P7D",
      maxTaskRetryCount: task.maxRetries,
    },
    requiredSlots: spec.requiredSlots ?? 1,
    dependsOn: asJson(spec.dependsOn),
    multiInstanceSettings: multiInstanceView(spec.multiInstanceSettings),
    executionInfo: executionView(task),
    nodeInfo: task.run?.node === undefined ? undefined : nodeInfoView(baseUrl, task, task.run.node),
  };
  return withOthers(view, spec);
}

function containerView(settings: ContainerSettings | undefined): JsonObject | undefined {
  return settings === undefined ? undefined : withoutSecrets({ ...settings });
}

function multiInstanceView(settings: MultiInstanceSettings | undefined): JsonObject | undefined {
  if (settings === undefined) return undefined;
  return { numberOfInstances: 1, ...(asJson(settings) as JsonObject) };
}

function executionView(task: TaskRecord): JsonObject {
  const { run } = task;
  if (run === undefined) return { retryCount: 0, requeueCount: 0 };
  const completed = task.state === "completed";
  return {
    startTime: task.state === "running" || completed ? time(run.startTime) : undefined,
    endTime: completed ? time(run.endTime) : undefined,
    exitCode: completed ? run.exitCode : undefined,
    failureInfo: completed ? failureView(run.failure) : undefined,
    result: resultOf(completed, run.failure),
    retryCount: run.retryCount,
    lastRetryTime: time(run.lastRetryTime),
    requeueCount: run.requeueCount,
    lastRequeueTime: time(run.lastRequeueTime),
  };
}

function nodeInfoView(baseUrl: string, task: TaskRecord, node: NodeRecord): JsonObject {
  const nodeUrl = `${baseUrl}/pools/${node.pool.id}/nodes/${node.id}`;
  const folder = taskFolder(task);
  return {
    affinityId: `TVM:${node.id}`,
    nodeUrl,
    poolId: node.pool.id,
    nodeId: node.id,
    taskRootDirectory: shownPath(node.pool, folder),
    taskRootDirectoryUrl: `${nodeUrl}/files/${folder}`,
  };
}

/** One of the further instances of a multi-instance task. */
export function subtaskView(baseUrl: string, task: TaskRecord, subtask: SubtaskRun): JsonObject {
  const info = nodeInfoView(baseUrl, task, subtask.node);
  const completed = subtask.state === "completed";
  return {
    id: subtask.id,
    nodeInfo: {
      ...info,
      taskRootDirectory: shownPath(subtask.node.pool, `${info.taskRootDirectory}/${subtask.id}`),
      taskRootDirectoryUrl: `${info.taskRootDirectoryUrl}/${subtask.id}`,
    },
    startTime: time(subtask.startTime),
    endTime: time(subtask.endTime),
    exitCode: subtask.exitCode,
    failureInfo: failureView(subtask.failure),
    state: subtask.state,
    stateTransitionTime: isoTime(subtask.stateChanged),
    previousState: subtask.previousState,
    previousStateTransitionTime:
      subtask.previousState === undefined ? undefined : isoTime(subtask.previousStateChanged),
    result: resultOf(completed, subtask.failure),
  };
}

function exitConditionsView(
  conditions: ExitConditions | undefined,
  task: TaskRecord,
): JsonObject | undefined {
  if (conditions === undefined) return undefined;
  const acts = task.job.spec.onTaskFailure === "performexitoptionsjobaction";
  const whole = (options: ExitOptions, success: boolean): JsonObject => ({
    jobAction: options.jobAction ?? (success || !acts ? "none" : "terminate"),
    dependencyAction: options.dependencyAction ?? (success ? "satisfy" : "block"),
  });
  const optional = (options: ExitOptions | undefined): JsonObject | undefined =>
    options === undefined ? undefined : whole(options, false);
  return {
    exitCodes: conditions.exitCodes?.map(({ code, exitOptions }) => ({
      code,
      exitOptions: whole(exitOptions, code === 0),
    })),
    exitCodeRanges: conditions.exitCodeRanges?.map(({ start, end, exitOptions }) => ({
      start,
      end,
      exitOptions: whole(exitOptions, false),
    })),
    preProcessingError: optional(conditions.preProcessingError),
    fileUploadError: optional(conditions.fileUploadError),
    default: optional(conditions.default),
  };
}

/**
 * What a filter may read of a task, worked out only when it is read: a filter looks at every task of a job, and most
 * of them are not in the answer.
 */
export class FilterableTask {
  constructor(private readonly task: TaskRecord) {}

  get id(): string {
    return this.task.spec.id;
  }

  get state(): string {
    return this.task.state;
  }

  get stateTransitionTime(): string {
    return isoTime(this.task.stateChanged);
  }

  get creationTime(): string {
    return isoTime(this.task.created);
  }

  get lastModified(): string {
    return isoTime(this.task.modified);
  }

  get executionInfo(): JsonObject {
    return executionView(this.task);
  }
}
