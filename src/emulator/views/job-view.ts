import { unlimitedDuration } from "../schema/duration.js";
import type { JobRecord, TaskCounts } from "../state/job.js";
import type { JobManagerSpec, JobPreparationSpec, JobReleaseSpec, JobSpecification } from "../state/specs.js";
import type { JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { asJson, failureView, time, userIdentityView, withOthers } from "./common.js";
import { poolSpecView } from "./pool-view.js";
import { withoutSecrets } from "./secrets.js";

/** A job as GET answers it. */
export function jobView(baseUrl: string, job: JobRecord): JsonObject {
  const { spec } = job;
  const previous = job.previousState !== undefined;
  const view: JsonObject = {
    id: job.id,
    displayName: spec.displayName,
    url: `${baseUrl}/jobs/${job.id}`,
    eTag: eTagOf(job.modified),
    lastModified: isoTime(job.modified),
    creationTime: isoTime(job.created),
    state: job.state,
    stateTransitionTime: isoTime(job.stateChanged),
    previousState: job.previousState,
    previousStateTransitionTime: previous ? isoTime(job.previousStateChanged) : undefined,
    ...jobSpecificationView(spec),
    executionInfo: {
      startTime: isoTime(job.startTime),
      endTime: job.state === "completed" ? time(job.endTime) : undefined,
      poolId: job.poolId,
      schedulingError: failureView(job.schedulingError),
      terminateReason: job.state === "completed" ? job.terminateReason : undefined,
    },
    onAllTasksComplete: spec.onAllTasksComplete ?? "noaction",
    onTaskFailure: spec.onTaskFailure ?? "noaction",
  };
  return withOthers(view, spec);
}

/** The part of a job that a schedule's job specification shares. */
export function jobSpecificationView(spec: JobSpecification): JsonObject {
  return {
    priority: spec.priority ?? 0,
    maxParallelTasks: spec.maxParallelTasks ?? -1,
    usesTaskDependencies: spec.usesTaskDependencies ?? false,
    allowTaskPreemption: spec.allowTaskPreemption ?? false,
    constraints: {
      maxWallClockTime: spec.constraints?.maxWallClockTime ?? unlimitedDuration,
      maxTaskRetryCount: spec.constraints?.maxTaskRetryCount ?? 0,
    },
    jobManagerTask: managerView(spec.jobManagerTask, spec.constraints?.maxTaskRetryCount ?? 0),
    jobPreparationTask: preparationView(spec.jobPreparationTask),
    jobReleaseTask: releaseView(spec.jobReleaseTask),
    commonEnvironmentSettings: asJson(spec.commonEnvironmentSettings),
    poolInfo: poolInfoView(spec),
    metadata: asJson(spec.metadata),
    networkConfiguration: spec.networkConfiguration,
  };
}

// The manager is one of the job's tasks, which are retried as often as the job says.
function managerView(manager: JobManagerSpec | undefined, retries: number): JsonObject | undefined {
  if (manager === undefined) return undefined;
  return {
    ...withoutSecrets(asJson(manager) as JsonObject),
    userIdentity: userIdentityView(manager.userIdentity),
    constraints: {
      maxWallClockTime: manager.constraints?.maxWallClockTime ?? unlimitedDuration,
      retentionTime: manager.constraints?.retentionTime ?? "P7D",
      maxTaskRetryCount: manager.constraints?.maxTaskRetryCount ?? retries,
    },
    requiredSlots: manager.requiredSlots ?? 1,
    killJobOnCompletion: manager.killJobOnCompletion ?? true,
    runExclusive: manager.runExclusive ?? true,
    allowLowPriorityNode: manager.allowLowPriorityNode ?? true,
  };
}

function preparationView(preparation: JobPreparationSpec | undefined): JsonObject | undefined {
  if (preparation === undefined) return undefined;
  return {
    ...withoutSecrets(asJson(preparation) as JsonObject),
    id: preparation.id ?? "jobpreparation",
    userIdentity: userIdentityView(preparation.userIdentity),
    constraints: {
      maxWallClockTime: preparation.constraints?.maxWallClockTime ?? unlimitedDuration,
      retentionTime: preparation.constraints?.retentionTime ?? "P7D",
      maxTaskRetryCount: preparation.constraints?.maxTaskRetryCount ?? 0,
    },
    waitForSuccess: preparation.waitForSuccess ?? true,
    rerunOnNodeRebootAfterSuccess: preparation.rerunOnNodeRebootAfterSuccess ?? true,
  };
}

function releaseView(release: JobReleaseSpec | undefined): JsonObject | undefined {
  if (release === undefined) return undefined;
  return {
    ...withoutSecrets(asJson(release) as JsonObject),
    id: release.id ?? "jobrelease",
    userIdentity: userIdentityView(release.userIdentity),
    maxWallClockTime: release.maxWallClockTime ?? "PT15M",
    retentionTime: release.retentionTime ?? "P7D",
  };
}

function poolInfoView(spec: JobSpecification): JsonObject {
  const auto = spec.poolInfo.autoPoolSpecification;
  if (auto === undefined) return { poolId: spec.poolInfo.poolId };
  return {
    autoPoolSpecification: {
      autoPoolIdPrefix: auto.autoPoolIdPrefix,
      poolLifetimeOption: auto.poolLifetimeOption,
      keepAlive: auto.keepAlive ?? false,
      pool: auto.pool === undefined ? undefined : poolSpecView(auto.pool),
    },
  };
}

export function taskCountsView(counts: TaskCounts, slots: TaskCounts): JsonObject {
  return { taskCounts: { ...counts }, taskSlotCounts: { ...slots } };
}
