import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { PoolRecord } from "../state/pool.js";
import type { Attempt, TaskRecord } from "../state/task.js";
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
  const chosen: NodeRecord[] = [];

  const preferred = preferredNode(pool, task);
  if (preferred !== undefined && preferred.freeSlots >= slots && suits(preferred, task, demand)) {
    chosen.push(preferred);
  }
  const fill = pool.spec.taskSchedulingPolicy?.nodeFillType ?? "Spread";
  for (const node of pool.slots.fitting(slots, fill)) {
    if (chosen.length === wanted) break;
    if (node !== preferred && suits(node, task, demand)) chosen.push(node);
  }
  return chosen.length === wanted ? (chosen as [NodeRecord, ...NodeRecord[]]) : undefined;
}

/** Whether a node is one that the task may run on, as soon as it has room. */
function suits(node: NodeRecord, task: TaskRecord, demand: Demand): boolean {
  return !(task.job.nodes.get(node)?.excluded ?? false) && (node.dedicated || !demand.dedicatedOnly);
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
  for (const head of job.ready.heads()) {
    const occupant = lessImportant(pool, job, head);
    if (occupant === undefined) continue;
    // One that is on its way out already makes room soon.
    if (occupant.task.attempt === occupant) requeueTask(service, occupant, "bySystem");
    return;
  }
}

/** A running task of a less important job whose slots the waiting task could take. */
function lessImportant(pool: PoolRecord, job: JobRecord, waiting: TaskRecord): Attempt | undefined {
  const demand = demandOf(waiting);
  // To gather several nodes that way might interrupt tasks for nothing.
  if (demand.instances > 0) return undefined;
  const slots = slotsIn(pool, demand);
  for (const other of pool.jobs) {
    if (!other.spec.allowTaskPreemption || (other.spec.priority ?? 0) >= (job.spec.priority ?? 0)) continue;
    for (const attempt of other.attempts) {
      const [node] = attempt.nodes;
      if (!pool.slots.has(node) || !suits(node, waiting, demand)) continue;
      if (node.freeSlots + attempt.slots >= slots) return attempt;
    }
  }
  return undefined;
}
