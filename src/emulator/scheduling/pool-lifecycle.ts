import { type Service, serviceWaits } from "../service.js";
import type { JobRecord } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { PoolRecord } from "../state/pool.js";
import type { PoolSpec } from "../state/specs.js";
import { millisecondsOf } from "../wire/duration.js";
import { startAutoScale, stopAutoScale } from "./automatic-scaling.js";
import { MetricHistory } from "./metric-history.js";
import { removeNodes, startResize } from "./pool-allocation.js";
import { listReady, unlistReady } from "./ready-jobs.js";
import { SlotTable } from "./slot-table.js";

/** Creates a pool, starts its first sizing, and lets the jobs that waited for its id run on it. */
export function createPool(service: Service, id: string, spec: PoolSpec): PoolRecord {
  const now = service.clock.now();
  const taskSlotsPerNode = spec.taskSlotsPerNode ?? 1;
  const pool: PoolRecord = {
    id,
    spec,
    created: now,
    modified: now,
    state: "active",
    stateChanged: now,
    allocation: "resizing",
    allocationChanged: now,
    targetDedicated: spec.targetDedicatedNodes ?? 0,
    targetLowPriority: spec.targetLowPriorityNodes ?? 0,
    resizeTimeout: millisecondsOf(spec.resizeTimeout ?? "PT15M"),
    resizeErrors: [],
    resize: undefined,
    autoScale: undefined,
    autoScaleEnabled: undefined,
    metrics: new MetricHistory(),
    taskSlotsPerNode,
    nodes: new OrderedIndex(),
    slots: new SlotTable(taskSlotsPerNode),
    readyJobs: [],
    jobs: new Set(),
    dispatchPending: false,
    succeededTasks: 0,
    failedTasks: 0,
  };
  service.account.pools.set(id, pool);
  if (spec.enableAutoScale) startAutoScale(service, pool, now);
  if (pool.resize === undefined) startResize(service, pool, "requeue");
  pool.allocationChanged = now;
  for (const job of service.account.jobs.values()) {
    if (job.poolId?.toLowerCase() === id.toLowerCase() && job.state !== "completed") joinPool(service, job);
  }
  return pool;
}

/** Gives the nodes to come of an empty pool this number of task slots. */
export function setTaskSlots(pool: PoolRecord, taskSlotsPerNode: number): void {
  pool.taskSlotsPerNode = taskSlotsPerNode;
  pool.slots = new SlotTable(taskSlotsPerNode);
}

/** Connects a job with the pool of its pool id, as soon as there is one. */
export function joinPool(service: Service, job: JobRecord): void {
  const pool = job.poolId === undefined ? undefined : service.account.pools.get(job.poolId);
  if (pool === undefined || pool.state !== "active") return;
  job.pool = pool;
  pool.jobs.add(job);
  if (!job.ready.empty) listReady(service, job);
}

/** Disconnects a job from its pool. */
export function leavePool(job: JobRecord): void {
  const { pool } = job;
  if (pool === undefined) return;
  unlistReady(pool, job);
  pool.jobs.delete(job);
  job.pool = undefined;
}

/** Deletes a pool: its nodes leave, their tasks wait for another pool. */
export function deletePool(service: Service, pool: PoolRecord): void {
  pool.state = "deleting";
  pool.stateChanged = pool.modified = service.clock.now();
  stopAutoScale(pool);
  pool.resize?.abort.abort();
  for (const job of [...pool.jobs]) leavePool(job);
  service.clock.afterServiceWait(serviceWaits.nodeRemoval, () => {
    service.inBackground(emptyAndRemove(service, pool));
  });
}

async function emptyAndRemove(service: Service, pool: PoolRecord): Promise<void> {
  await pool.resize?.ended;
  await removeNodes(service, [...pool.nodes.values()], "requeue");
  service.account.pools.delete(pool.id);
}
