import { type Conditional, checkConditions } from "../http/conditions.js";
import { ServiceError } from "../http/errors.js";
import type { BatchRequest } from "../http/request.js";
import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { PoolRecord } from "../state/pool.js";
import type { ScheduleRecord } from "../state/schedule.js";
import type { TaskRecord } from "../state/task.js";

// Each finds what the path names, or refuses the request as the service does.

export function poolOf(
  service: Service,
  request: BatchRequest,
  conditional: Conditional = "none",
): PoolRecord {
  const pool = service.account.pools.get(request.params.poolId ?? "");
  if (pool === undefined) throw new ServiceError("PoolNotFound");
  checkConditions(request.method, request.headers, conditional, pool.modified);
  return pool;
}

/** A pool to be changed: one that is being deleted takes no change. */
export function livePoolOf(
  service: Service,
  request: BatchRequest,
  conditional: Conditional = "all",
): PoolRecord {
  const pool = poolOf(service, request, conditional);
  if (pool.state === "deleting") throw new ServiceError("PoolBeingDeleted");
  return pool;
}

export function nodeOf(service: Service, request: BatchRequest): NodeRecord {
  const node = poolOf(service, request).nodes.get(request.params.nodeId ?? "");
  if (node === undefined) throw new ServiceError("NodeNotFound");
  return node;
}

export function jobOf(service: Service, request: BatchRequest, conditional: Conditional = "none"): JobRecord {
  const job = service.account.jobs.get(request.params.jobId ?? "");
  if (job === undefined) throw new ServiceError("JobNotFound");
  checkConditions(request.method, request.headers, conditional, job.modified);
  return job;
}

/** A job to be changed: one that has ended, or is about to, takes no change. */
export function openJobOf(
  service: Service,
  request: BatchRequest,
  conditional: Conditional = "none",
): JobRecord {
  const job = jobOf(service, request, conditional);
  if (job.state === "deleting") throw new ServiceError("JobBeingDeleted");
  if (job.state === "terminating") throw new ServiceError("JobBeingTerminated");
  if (job.state === "completed") throw new ServiceError("JobCompleted");
  return job;
}

export function taskOf(
  service: Service,
  request: BatchRequest,
  conditional: Conditional = "none",
): TaskRecord {
  const task = jobOf(service, request).tasks.get(request.params.taskId ?? "");
  if (task === undefined) throw new ServiceError("TaskNotFound");
  checkConditions(request.method, request.headers, conditional, task.modified);
  return task;
}

export function scheduleOf(
  service: Service,
  request: BatchRequest,
  conditional: Conditional = "none",
): ScheduleRecord {
  const schedule = service.account.schedules.get(request.params.jobScheduleId ?? "");
  if (schedule === undefined) throw new ServiceError("JobScheduleNotFound");
  checkConditions(request.method, request.headers, conditional, schedule.modified);
  return schedule;
}
