import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { removeFolder } from "../execution/workspace.js";
import { type Service, serviceWaits } from "../service.js";
import { ChangeOrder } from "../state/change-order.js";
import { endedByUser } from "../state/failure.js";
import { jobFolder } from "../state/folders.js";
import type { JobRecord, JobState } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { JobSpec } from "../state/specs.js";
import type { TaskRecord } from "../state/task.js";
import { parseDuration } from "../wire/duration.js";
import { DependencyTable } from "./dependencies.js";
import { releaseJob } from "./job-preparation.js";
import { createPool, deletePool, joinPool, leavePool } from "./pool-lifecycle.js";
import { listReady, unlistReady } from "./ready-jobs.js";
import { ReadyTasks } from "./ready-tasks.js";
import { abortAttempt, requeueTask } from "./task-attempt.js";
import { completeTask, jobActionOf } from "./task-completion.js";

/** What becomes of the running tasks of a job that is disabled. */
export type DisableOption = "requeue" | "terminate" | "wait";

/** Creates a job, and its auto pool if it asks for one. */
export function createJob(service: Service, spec: JobSpec): JobRecord {
  const created = service.clock.now();
  const startTime = service.clock.now();
  const job: JobRecord = {
    id: spec.id,
    spec,
    created,
    modified: startTime,
    state: "active",
    stateChanged: startTime,
    previousState: undefined,
    previousStateChanged: startTime,
    startTime,
    endTime: undefined,
    terminateReason: undefined,
    schedulingError: undefined,
    pool: undefined,
    poolId: spec.poolInfo.poolId,
    tasks: new OrderedIndex(),
    changes: new ChangeOrder(),
    counts: { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 },
    slotCounts: { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 },
    ready: new ReadyTasks(),
    dependencies: spec.usesTaskDependencies ? new DependencyTable() : undefined,
    listedReady: false,
    attempts: new Set(),
    nodes: new Map(),
    wallClock: undefined,
    idleCheck: undefined,
    finished: undefined,
  };
  service.account.jobs.set(spec.id, job);
  makeAutoPool(service, job);
  joinPool(service, job);
  limitWallClock(service, job);
  checkIdle(service, job, serviceWaits.emptyJobCompletion);
  return job;
}

function makeAutoPool(service: Service, job: JobRecord): void {
  const auto = job.spec.poolInfo.autoPoolSpecification;
  if (auto?.pool === undefined || job.poolId !== undefined) return;
  const guid = randomUUID().toUpperCase();
  job.poolId = auto.autoPoolIdPrefix ? `${auto.autoPoolIdPrefix}_${guid}` : guid;
  createPool(service, job.poolId, auto.pool);
}

/** Starts the job's wall clock, which runs since its creation; a changed limit replaces the one before. */
export function limitWallClock(service: Service, job: JobRecord): void {
  job.wallClock?.cancel();
  const limit = parseDuration(job.spec.constraints?.maxWallClockTime ?? "") ?? Number.POSITIVE_INFINITY;
  const passed = (service.clock.now() - job.created) / 1000;
  job.wallClock = service.clock.after(Math.max(0, limit - passed), () => {
    if (job.state !== "completed" && job.state !== "deleting")
      terminateJob(service, job, "MaxWallClockTimeExpiry");
  });
}

/** Ends a job that asked for it when no task is left to do; a look after a while, since more tasks may come. */
export function checkIdle(service: Service, job: JobRecord, wait: number): void {
  if (job.spec.onAllTasksComplete?.toLowerCase() !== "terminatejob") return;
  job.idleCheck?.cancel();
  job.idleCheck = service.clock.afterServiceWait(wait, () => {
    const idle = job.counts.active === 0 && job.counts.running === 0;
    if (idle && job.state === "active") terminateJob(service, job, "AllTasksComplete");
  });
}

/** Does what a completed task asks of its job. */
export function afterTask(service: Service, task: TaskRecord): void {
  const { job } = task;
  const action = jobActionOf(task);
  if (action === "terminate" && job.state === "active") terminateJob(service, job, "TaskFailed");
  else if (action === "disable" && job.state === "active") disableJob(service, job, "requeue");
  else if (job.counts.active === 0 && job.counts.running === 0) {
    checkIdle(service, job, serviceWaits.jobTransition);
  }
}

/** Ends a job: running tasks are ended, active ones stay as they are, release tasks run, then it is completed. */
export function terminateJob(service: Service, job: JobRecord, reason: string): void {
  job.terminateReason = reason;
  changeJobState(service, job, "terminating");
  endRunningTasks(service, job);
  void finishJob(service, job).then(() => {
    if (job.state !== "terminating") return;
    job.endTime = changeJobState(service, job, "completed");
    leavePool(job);
    dropAutoPool(service, job);
    service.events.jobEnded(job);
  });
}

/** Deletes a job with its tasks and their files. */
export function deleteJob(service: Service, job: JobRecord): void {
  const runs = job.state !== "completed";
  changeJobState(service, job, "deleting");
  endRunningTasks(service, job);
  void (runs ? finishJob(service, job) : Promise.resolve()).then(async () => {
    await Promise.all(
      [...job.nodes.keys()].map((node) => removeFolder(join(node.folders.root, jobFolder(job)))),
    );
    leavePool(job);
    if (runs) dropAutoPool(service, job);
    service.account.jobs.delete(job.id);
    service.events.jobEnded(job);
  });
}

/** Winds a job down, once however often it is ended: a job may be deleted while it terminates. */
function finishJob(service: Service, job: JobRecord): Promise<void> {
  job.finished ??= windDown(service, job);
  return job.finished;
}

async function windDown(service: Service, job: JobRecord): Promise<void> {
  job.wallClock?.cancel();
  job.idleCheck?.cancel();
  if (job.pool !== undefined) unlistReady(job.pool, job);
  await new Promise<void>((resolve) => {
    service.clock.afterServiceWait(serviceWaits.jobTransition, resolve);
  });
  await attemptsEnded(job);
  await releaseJob(service, job);
}

function endRunningTasks(service: Service, job: JobRecord): void {
  for (const attempt of [...job.attempts]) {
    if (attempt.task.attempt !== attempt) continue;
    abortAttempt(attempt);
    completeTask(service, attempt.task, { failure: endedByUser });
  }
}

async function attemptsEnded(job: JobRecord): Promise<void> {
  await Promise.all([...job.attempts].map((attempt) => attempt.ended));
}

/** Keeps a job from running tasks until it is enabled. */
export function disableJob(service: Service, job: JobRecord, option: DisableOption): void {
  changeJobState(service, job, "disabling");
  if (job.pool !== undefined) unlistReady(job.pool, job);
  if (option === "terminate") endRunningTasks(service, job);
  if (option === "requeue") {
    for (const attempt of [...job.attempts])
      if (attempt.task.attempt === attempt) requeueTask(service, attempt);
  }
  void attemptsEnded(job).then(() => {
    service.clock.afterServiceWait(serviceWaits.jobTransition, () => {
      if (job.state === "disabling") changeJobState(service, job, "disabled");
    });
  });
}

/** Lets a disabled job run again. */
export function enableJob(service: Service, job: JobRecord): void {
  changeJobState(service, job, "enabling");
  service.clock.afterServiceWait(serviceWaits.jobTransition, () => {
    if (job.state !== "enabling") return;
    changeJobState(service, job, "active");
    if (!job.ready.empty) listReady(service, job);
    checkIdle(service, job, serviceWaits.jobTransition);
  });
}

function dropAutoPool(service: Service, job: JobRecord): void {
  const auto = job.spec.poolInfo.autoPoolSpecification;
  if (auto === undefined || auto.keepAlive || auto.poolLifetimeOption.toLowerCase() !== "job") return;
  const pool = job.poolId === undefined ? undefined : service.account.pools.get(job.poolId);
  if (pool?.state === "active") deletePool(service, pool);
}

function changeJobState(service: Service, job: JobRecord, state: JobState): number {
  const now = service.clock.now();
  job.previousState = job.state;
  job.previousStateChanged = job.stateChanged;
  job.state = state;
  job.stateChanged = now;
  job.modified = now;
  return now;
}
