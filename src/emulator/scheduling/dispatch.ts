import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { PoolRecord } from "../state/pool.js";
import type { TaskRecord } from "../state/task.js";
import { unlistReady } from "./ready-jobs.js";
import { startAttempt } from "./task-attempt.js";

/** Has a pool look for tasks to start as soon as the present events are dealt with. */
export function requestDispatch(service: Service, pool: PoolRecord): void {
  if (pool.dispatchPending) return;
  pool.dispatchPending = true;
  setImmediate(() => {
    pool.dispatchPending = false;
    dispatch(service, pool);
  });
}

/** Starts waiting tasks, those of the highest priority first, until no slot or no task is left. */
function dispatch(service: Service, pool: PoolRecord): void {
  for (const job of [...pool.readyJobs]) {
    if (pool.slots.largest === 0) return;
    if (job.state === "active") startTasksOf(service, pool, job);
    if (job.state !== "active" || job.ready.empty) unlistReady(pool, job);
  }
}

function startTasksOf(service: Service, pool: PoolRecord, job: JobRecord): void {
  for (;;) {
    const next = nextTask(pool, job);
    if (next === undefined) return;
    job.ready.takeFirst(next.slots);
    startAttempt(service, next.task, next.node, next.slots);
  }
}

function nextTask(
  pool: PoolRecord,
  job: JobRecord,
): { task: TaskRecord; node: NodeRecord; slots: number } | undefined {
  const limit = job.spec.maxParallelTasks ?? -1;
  if (limit > 0 && job.attempts.size >= limit) return undefined;
  const largest = pool.slots.largest;
  for (const slots of job.ready.slotSizes()) {
    if (slots > largest) return undefined;
    const task = job.ready.first(slots)!;
    const node = chooseNode(pool, job, task, slots);
    if (node !== undefined) return { task, node, slots };
  }
  return undefined;
}

function chooseNode(
  pool: PoolRecord,
  job: JobRecord,
  task: TaskRecord,
  slots: number,
): NodeRecord | undefined {
  const hint = task.spec.affinityInfo?.affinityId.replace(/^TVM:/, "");
  const preferred = hint === undefined ? undefined : pool.nodes.get(hint);
  if (preferred !== undefined && pool.slots.has(preferred) && preferred.freeSlots >= slots) {
    if (!isExcluded(job, preferred)) return preferred;
  }
  const fill = pool.spec.taskSchedulingPolicy?.nodeFillType?.toLowerCase() === "pack" ? "Pack" : "Spread";
  for (const node of pool.slots.fitting(slots, fill)) if (!isExcluded(job, node)) return node;
  return undefined;
}

function isExcluded(job: JobRecord, node: NodeRecord): boolean {
  return job.nodes.get(node)?.excluded ?? false;
}
