import { join } from "node:path";
import { killLeftProcesses } from "../execution/processes.js";
import { removeFolder } from "../execution/workspace.js";
import { type Service, serviceWaits } from "../service.js";
import { emptyTotals } from "../state/account.js";
import { ChangeOrder } from "../state/change-order.js";
import { endedByUser } from "../state/failure.js";
import { jobFolder } from "../state/folders.js";
import type { JobRecord, JobState } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { ScheduleRecord } from "../state/schedule.js";
import type { JobManagerSpec, JobSpec, TaskSpec } from "../state/specs.js";
import { managerOf, type TaskRecord } from "../state/task.js";
import { limitOf } from "../wire/duration.js";
import { createAutoPool, dropJobPool } from "./auto-pool.js";
import { DependencyTable } from "./dependencies.js";
import { releaseJob } from "./job-preparation.js";
import { joinPool, leavePool } from "./pool-lifecycle.js";
import { listReady, unlistReady } from "./ready-jobs.js";
import { ReadyTasks } from "./ready-tasks.js";
import { abortAttempt, requeueTask } from "./task-attempt.js";
import { completeTask, jobActionOf } from "./task-completion.js";
import { addTask } from "./task-lifecycle.js";
import { revokeTokens } from "./task-tokens.js";

/** What becomes of the running tasks of a job that is disabled. */
export type DisableOption = "requeue" | "terminate" | "wait";

/** Creates a job, and its auto pool and its manager task if it asks for them. */
export function createJob(service: Service, asked: JobSpec, schedule?: ScheduleRecord): JobRecord {
  const spec = withManagerRetries(asked);
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
    schedule,
    tasks: new OrderedIndex(),
    changes: new ChangeOrder(),
    counts: { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 },
    slotCounts: { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 },
    blockedTasks: 0,
    furtherInstances: 0,
    totals: emptyTotals(),
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
  if (!findAutoPool(service, job)) return job;
  joinPool(service, job);
  if (spec.jobManagerTask !== undefined) addTask(service, job, managerTask(spec.jobManagerTask));
  limitWallClock(service, job);
  checkIdle(service, job, serviceWaits.emptyJobCompletion);
  return job;
}

/** A manager that says nothing of retries gets the job's, and keeps them when the job's change. */
function withManagerRetries(spec: JobSpec): JobSpec {
  const manager = spec.jobManagerTask;
  const retries = manager?.constraints?.maxTaskRetryCount ?? spec.constraints?.maxTaskRetryCount;
  if (manager === undefined || retries === undefined) return spec;
  const constraints = { ...manager.constraints, maxTaskRetryCount: retries };
  return { ...spec, jobManagerTask: { ...manager, constraints } };
}

/** Makes the job's auto pool, or takes the one its schedule has. A job that cannot have one is completed at once. */
function findAutoPool(service: Service, job: JobRecord): boolean {
  const auto = job.spec.poolInfo.autoPoolSpecification;
  if (auto === undefined) return true;
  const shared = auto.poolLifetimeOption === "jobschedule" ? job.schedule : undefined;
  if (shared?.autoPoolId !== undefined) {
    job.poolId = shared.autoPoolId;
    return true;
  }
  const made = createAutoPool(service, auto);
  if ("poolId" in made) {
    job.poolId = made.poolId;
    if (shared !== undefined) shared.autoPoolId = made.poolId;
    return true;
  }
  job.poolId = made.intendedPoolId;
  job.schedulingError = made.schedulingError;
  job.endTime = changeJobState(service, job, "completed");
  service.events.jobEnded(job);
  return false;
}

function managerTask(manager: JobManagerSpec): TaskSpec {
  const { killJobOnCompletion: _kill, runExclusive: _alone, allowLowPriorityNode: _spot, ...task } = manager;
  return task;
}

/** Starts the job's wall clock, which runs since its creation; a changed limit replaces the one before. */
export function limitWallClock(service: Service, job: JobRecord): void {
  job.wallClock?.cancel();
  const limit = limitOf(job.spec.constraints?.maxWallClockTime);
  const passed = (service.clock.now() - job.created) / 1000;
  job.wallClock = service.clock.after(Math.max(0, limit - passed), () => {
    if (isOpen(job)) terminateJob(service, job, "MaxWallClockTimeExpiry");
  });
}

/** Whether a job has not begun to end. */
export function isOpen(job: JobRecord): boolean {
  return job.state !== "terminating" && job.state !== "completed" && job.state !== "deleting";
}

/** Ends a job that asked for it when no task is left to do; a look after a while, since more tasks may come. */
export function checkIdle(service: Service, job: JobRecord, wait: number): void {
  if (job.spec.onAllTasksComplete !== "terminatejob") return;
  job.idleCheck?.cancel();
  job.idleCheck = service.clock.afterServiceWait(wait, () => {
    const idle = job.counts.active === 0 && job.counts.running === 0;
    if (idle && job.state === "active") terminateJob(service, job, "AllTasksComplete");
  });
}

/** Does what a completed task asks of its job. */
export function afterTask(service: Service, task: TaskRecord): void {
  const { job } = task;
  if (!isOpen(job)) return;
  const action = jobActionOf(task);
  if (managerOf(task)?.killJobOnCompletion ?? managerOf(task) !== undefined) {
    terminateJob(service, job, "JMComplete");
  } else if (action === "terminate") {
    terminateJob(service, job, "TaskFailed");
  } else if (action === "disable" && job.state === "active") {
    disableJob(service, job, "requeue");
  } else if (job.counts.active === 0 && job.counts.running === 0) {
    checkIdle(service, job, serviceWaits.jobTransition);
  }
}

/** Ends a job: running tasks are ended, active ones stay as they are, release tasks run, then it is completed. */
export function terminateJob(service: Service, job: JobRecord, reason: string): void {
  job.terminateReason = reason;
  changeJobState(service, job, "terminating");
  endRunningTasks(service, job);
  service.inBackground(finishJob(service, job).then(() => completeJob(service, job)));
}

function completeJob(service: Service, job: JobRecord): void {
  if (job.state !== "terminating") return;
  job.endTime = changeJobState(service, job, "completed");
  leavePool(job);
  dropJobPool(service, job);
  service.events.jobEnded(job);
}

/** Deletes a job with its tasks and their files. */
export function deleteJob(service: Service, job: JobRecord): void {
  const runs = job.state !== "completed";
  changeJobState(service, job, "deleting");
  endRunningTasks(service, job);
  service.inBackground(removeJob(service, job, runs));
}

async function removeJob(service: Service, job: JobRecord, runs: boolean): Promise<void> {
  if (runs) await finishJob(service, job);
  await killLeftProcesses();
  const folders = [...job.nodes.keys()].map((node) => join(node.folders.root, jobFolder(job)));
  await Promise.all(folders.map(removeFolder));
  leavePool(job);
  if (runs) dropJobPool(service, job);
  service.account.jobs.delete(job.id);
  service.events.jobEnded(job);
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
  revokeTokens(service, job);
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
    for (const attempt of [...job.attempts]) {
      if (attempt.task.attempt === attempt) requeueTask(service, attempt, "byRequest");
    }
  }
  // It may have been enabled and disabled again since, and have other tasks that still run.
  const becomeDisabled = (): void => {
    if (job.state === "disabling" && job.attempts.size === 0) changeJobState(service, job, "disabled");
  };
  service.inBackground(
    attemptsEnded(job).then(() => service.clock.afterServiceWait(serviceWaits.jobTransition, becomeDisabled)),
  );
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

function changeJobState(service: Service, job: JobRecord, state: JobState): number {
  const now = service.clock.now();
  job.previousState = job.state;
  job.previousStateChanged = job.stateChanged;
  job.state = state;
  job.stateChanged = now;
  job.modified = now;
  return now;
}
