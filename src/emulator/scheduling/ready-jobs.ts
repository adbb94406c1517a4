import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { PoolRecord } from "../state/pool.js";
import type { TaskRecord } from "../state/task.js";

/** Lets an active task wait for a node, unless it still waits for other tasks. `first` puts it ahead of all others. */
export function makeReady(service: Service, task: TaskRecord, first = false): void {
  if (task.waitsFor > 0) return;
  const { job } = task;
  job.ready.add(task, first);
  listReady(service, job);
}

/** Shows a job with waiting tasks to its pool. */
export function listReady(service: Service, job: JobRecord): void {
  const { pool } = job;
  if (pool === undefined || job.state !== "active") return;
  if (!job.listedReady) {
    const index = pool.readyJobs.findIndex((other) => comesBefore(job, other));
    if (index < 0) pool.readyJobs.push(job);
    else pool.readyJobs.splice(index, 0, job);
    job.listedReady = true;
  }
  service.events.poolHasWork(pool);
}

/** Takes a job out of its pool's list: it has no waiting task, or may not run one. */
export function unlistReady(pool: PoolRecord, job: JobRecord): void {
  if (!job.listedReady) return;
  pool.readyJobs.splice(pool.readyJobs.indexOf(job), 1);
  job.listedReady = false;
}

function comesBefore(job: JobRecord, other: JobRecord): boolean {
  const difference = (job.spec.priority ?? 0) - (other.spec.priority ?? 0);
  return difference > 0 || (difference === 0 && job.created < other.created);
}
