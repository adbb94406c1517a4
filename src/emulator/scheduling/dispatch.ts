import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { PoolRecord } from "../state/pool.js";
import type { TaskRecord } from "../state/task.js";
import { type Demand, demandOf } from "./demand.js";
import { unlistReady } from "./ready-jobs.js";
import { requeueTask, startAttempt } from "./task-attempt.js";

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
    const full = pool.slots.largest === 0;
    if (job.state === "active") {
      if (!full) startTasksOf(service, pool, job);
      makeRoom(service, pool, job);
    }
    if (job.state !== "active" || (!full && job.ready.empty)) unlistReady(pool, job);
  }
}

function startTasksOf(service: Service, pool: PoolRecord, job: JobRecord): void {
  for (;;) {
    const next = nextTask(pool, job);
    if (next === undefined) return;
    job.ready.take(next.task);
    startAttempt(service, next.task, next.nodes, next.slots);
  }
}

interface Placement {
  task: TaskRecord;
  nodes: readonly [NodeRecord, ...NodeRecord[]];
  slots: number;
}

function nextTask(pool: PoolRecord, job: JobRecord): Placement | undefined {
  if (atLimit(job)) return undefined;
  for (const task of job.ready.heads()) {
    const demand = demandOf(task);
    const slots = slotsIn(pool, demand);
    const nodes = chooseNodes(pool, task, demand, slots);
    if (nodes !== undefined) return { task, nodes, slots };
  }
  return undefined;
}

function atLimit(job: JobRecord): boolean {
  const limit = job.spec.maxParallelTasks ?? -1;
  return limit > 0 && job.attempts.size >= limit;
}

function slotsIn(pool: PoolRecord, demand: Demand): number {
  return demand.slots === "all" ? pool.taskSlotsPerNode : demand.slots;
}

function chooseNodes(
  pool: PoolRecord,
  task: TaskRecord,
  demand: Demand,
  slots: number,
): Placement["nodes"] | undefined {
  if (demand.instances > 0 && !takesSeveralInstances(pool)) return undefined;
  const wanted = Math.max(1, demand.instances);
  const fits = (node: NodeRecord): boolean =>
    !(task.job.nodes.get(node)?.excluded ?? false) && (node.dedicated || !demand.dedicatedOnly);
  const chosen: NodeRecord[] = [];

  const preferred = preferredNode(pool, task);
  if (preferred !== undefined && preferred.freeSlots >= slots && fits(preferred)) chosen.push(preferred);
  const fill = pool.spec.taskSchedulingPolicy?.nodeFillType ?? "Spread";
  for (const node of pool.slots.fitting(slots, fill)) {
    if (chosen.length === wanted) break;
    if (node !== preferred && fits(node)) chosen.push(node);
  }
  return chosen.length === wanted ? (chosen as [NodeRecord, ...NodeRecord[]]) : undefined;
}

// Elsewhere a multi-instance task waits for ever, as it does in the service.
function takesSeveralInstances(pool: PoolRecord): boolean {
  return pool.spec.enableInterNodeCommunication === true && pool.taskSlotsPerNode === 1;
}

function preferredNode(pool: PoolRecord, task: TaskRecord): NodeRecord | undefined {
  const hint = task.spec.affinityInfo?.affinityId;
  if (hint === undefined) return undefined;
  const node = pool.nodes.get(hint.replace(/^TVM:/, ""));
  return node !== undefined && pool.slots.has(node) ? node : undefined;
}

/** Interrupts a task of a job that lets more important jobs go first, if this one waits for want of slots. */
function makeRoom(service: Service, pool: PoolRecord, job: JobRecord): void {
  if (atLimit(job)) return;
  const [head] = job.ready.heads();
  if (head === undefined) return;
  const slots = slotsIn(pool, demandOf(head));
  for (const other of pool.jobs) {
    if (!other.spec.allowTaskPreemption || (other.spec.priority ?? 0) >= (job.spec.priority ?? 0)) continue;
    for (const attempt of other.attempts) {
      // One that is on its way out already makes room soon.
      if (attempt.task.attempt !== attempt) return;
      if (attempt.nodes[0].freeSlots + attempt.slots < slots) continue;
      requeueTask(service, attempt, "bySystem");
      return;
    }
  }
}
