import { taskFolder } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import type { ExitConditions, ExitOptions, OutputFile } from "../state/specs.js";
import type { TaskRecord } from "../state/task.js";
import { normalDuration, unlimitedDuration } from "../wire/duration.js";
import type { JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { asJson, defaultUserIdentity, failureView, resultOf, time } from "./common.js";

export function taskUrl(baseUrl: string, task: TaskRecord): string {
  return `${baseUrl}/jobs/${task.job.id}/tasks/${task.spec.id}`;
}

/** A task as GET answers it. */
export function taskView(baseUrl: string, task: TaskRecord): JsonObject {
  const { spec } = task;
  const previous = task.previousState !== undefined;
  return {
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
    containerSettings: spec.containerSettings,
    resourceFiles: asJson(spec.resourceFiles),
    outputFiles: outputFilesView(spec.outputFiles),
    environmentSettings: asJson(spec.environmentSettings),
    affinityInfo: spec.affinityInfo,
    applicationPackageReferences: asJson(spec.applicationPackageReferences),
    userIdentity: spec.userIdentity ?? defaultUserIdentity,
    authenticationTokenSettings: spec.authenticationTokenSettings,
    exitConditions: exitConditionsView(spec.exitConditions, task),
    constraints: {
      maxWallClockTime: normalDuration(spec.constraints?.maxWallClockTime, unlimitedDuration),
      retentionTime: normalDuration(spec.constraints?.retentionTime, "P7D"),
      maxTaskRetryCount: task.maxRetries,
    },
    requiredSlots: spec.requiredSlots ?? 1,
    dependsOn: asJson(spec.dependsOn),
    multiInstanceSettings: asJson(spec.multiInstanceSettings),
    executionInfo: executionView(task),
    nodeInfo: task.run?.node === undefined ? undefined : nodeInfoView(baseUrl, task, task.run.node),
  };
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
    taskRootDirectory: folder,
    taskRootDirectoryUrl: `${nodeUrl}/files/${folder}`,
  };
}

const uploadConditions: Record<string, string> = {
  tasksuccess: "TaskSuccess",
  taskfailure: "TaskFailure",
  taskcompletion: "TaskCompletion",
};

function outputFilesView(files: OutputFile[] | undefined): JsonObject[] | undefined {
  return files?.map((file) => {
    const condition = file.uploadOptions.uploadCondition;
    const uploadCondition = uploadConditions[condition.toLowerCase()] ?? condition;
    return { ...(asJson(file) as JsonObject), uploadOptions: { ...file.uploadOptions, uploadCondition } };
  });
}

function exitConditionsView(
  conditions: ExitConditions | undefined,
  task: TaskRecord,
): JsonObject | undefined {
  if (conditions === undefined) return undefined;
  const acts = task.job.spec.onTaskFailure?.toLowerCase() === "performexitoptionsjobaction";
  const whole = (options: ExitOptions, success: boolean): JsonObject => ({
    jobAction: (options.jobAction ?? (success || !acts ? "none" : "terminate")).toLowerCase(),
    dependencyAction: (options.dependencyAction ?? (success ? "satisfy" : "block")).toLowerCase(),
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
export function filterableTask(task: TaskRecord): Record<string, unknown> {
  return {
    get id() {
      return task.spec.id;
    },
    get state() {
      return task.state;
    },
    get stateTransitionTime() {
      return isoTime(task.stateChanged);
    },
    get creationTime() {
      return isoTime(task.created);
    },
    get lastModified() {
      return isoTime(task.modified);
    },
    get executionInfo() {
      return executionView(task);
    },
  };
}
