import { shownPath, taskFolder } from "../state/folders.js";
import type { NodeRecord, StartTaskRun } from "../state/node.js";
import type { TaskRecord } from "../state/task.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { isoTime } from "../wire/time.js";
import { asJson, failureView, resultOf, time } from "./common.js";
import { endpointsView } from "./endpoints-view.js";
import { certificateReferenceView, startTaskView } from "./pool-view.js";
import { taskUrl } from "./task-view.js";

/** A node as GET answers it. */
export function nodeView(baseUrl: string, node: NodeRecord): JsonObject {
  const booted = node.booted === undefined ? undefined : isoTime(node.booted);
  return {
    id: node.id,
    url: `${baseUrl}/pools/${node.pool.id}/nodes/${node.id}`,
    state: node.state,
    schedulingState: node.scheduling,
    stateTransitionTime: isoTime(node.stateChanged),
    lastBootTime: booted,
    allocationTime: isoTime(node.allocated),
    ipAddress: node.ipAddress,
    affinityId: `TVM:${node.id}`,
    vmSize: node.pool.spec.vmSize,
    totalTasksRun: node.totalTasksRun,
    totalTasksSucceeded: node.totalTasksSucceeded,
    runningTasksCount: node.attempts.size,
    runningTaskSlotsCount: node.pool.taskSlotsPerNode - node.freeSlots,
    recentTasks:
      node.recentTasks.length === 0
        ? undefined
        : node.recentTasks.map((task) => recentTaskView(baseUrl, node, task)),
    startTask: node.startTask === undefined ? undefined : startTaskView(node.startTask.spec),
    startTaskInfo: node.startTask === undefined ? undefined : startTaskInfoView(node.startTask),
    errors: node.errors.length === 0 ? undefined : asJson(node.errors),
    certificateReferences:
      booted === undefined ? undefined : node.installed.certificateReferences.map(certificateReferenceView),
    isDedicated: node.dedicated,
    endpointConfiguration: endpointsView(node),
    nodeAgentInfo: booted === undefined ? undefined : { lastUpdateTime: booted, version: "1.9.0" },
    virtualMachineInfo: machineInfo(node),
  };
}

function startTaskInfoView(run: StartTaskRun): JsonObject {
  const completed = run.state === "completed";
  return {
    state: run.state,
    startTime: isoTime(run.startTime),
    endTime: time(run.endTime),
    exitCode: run.exitCode,
    failureInfo: failureView(run.failure),
    result: resultOf(completed, run.failure),
    retryCount: run.retryCount,
    lastRetryTime: time(run.lastRetryTime),
  };
}

function recentTaskView(baseUrl: string, node: NodeRecord, task: TaskRecord): JsonObject {
  const { run } = task;
  const completed = task.state === "completed";
  return {
    taskUrl: taskUrl(baseUrl, task),
    jobId: task.job.id,
    taskId: task.spec.id,
    taskState: task.state,
    executionInfo: {
      startTime: time(run?.startTime),
      endTime: completed ? time(run?.endTime) : undefined,
      exitCode: completed ? run?.exitCode : undefined,
      failureInfo: completed ? failureView(run?.failure) : undefined,
      result: resultOf(completed, run?.failure),
      retryCount: run?.retryCount ?? 0,
      requeueCount: run?.requeueCount ?? 0,
    },
    taskRootDirectory: shownPath(node.pool, taskFolder(task)),
  };
}

function machineInfo(node: NodeRecord): JsonObject | undefined {
  const image = node.pool.spec.virtualMachineConfiguration?.imageReference;
  if (!isJsonObject(image) || image.publisher === undefined) return undefined;
  const version = image.version ?? "latest";
  return { imageReference: { ...image, version, exactVersion: version === "latest" ? "1.0.0" : version } };
}
