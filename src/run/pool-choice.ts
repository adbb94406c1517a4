import type { JobParameter, PoolParameter, PoolSpecification } from "../azure/parameters/index.js";
import type { BatchPort, PoolState } from "../azure/ports.js";
import { defaultPool } from "../builders/default-pool.js";
import type { PoolBuilder } from "../builders/pool.js";
import { ensurePool } from "../client/account/ensure-pool.js";
import { InvalidArgumentError, PoolError } from "../errors/index.js";
import { runMark } from "./marks.js";

/** Where a run's tasks go, and how many can run there at once. */
export interface PoolChoice {
  readonly poolInfo: JobParameter["poolInfo"];
  readonly taskSlotsPerNode: number;
  /** Tasks at once when all the nodes that the pool may have are there. */
  readonly slots: number;
}

/** Nodes to plan for where a pool scales itself by a formula that is not ours. */
const UNKNOWN_NODES = 10;

/**
 * The pool of a run: the one named, never changed; the one described under an id, made if it is missing; or an auto pool
 * that lives as long as the job.
 */
export async function choosePool(
  wanted: string | PoolBuilder | undefined,
  engine: "local" | "azure",
  batch: BatchPort,
  runId: string,
): Promise<PoolChoice> {
  if (typeof wanted === "string") {
    const pool = await mustExist(wanted, batch);
    refuseWindows(pool);
    return existing(pool);
  }
  const parameter = wanted?.build() ?? (engine === "local" ? thisComputer() : defaultPool().build());
  refuseWindows(parameter);
  return "id" in parameter ? ensured(parameter as PoolParameter, batch) : automatic(parameter, runId);
}

/** What prepares a node and runs items on it is written for Linux. Tasks of one's own may run on Windows. */
function refuseWindows(
  pool: Pick<PoolState, "virtualMachineConfiguration" | "cloudServiceConfiguration">,
): void {
  const agent = pool.virtualMachineConfiguration?.nodeAgentSKUId;
  if (!agent?.startsWith("batch.node.windows") && pool.cloudServiceConfiguration === undefined) return;
  throw new InvalidArgumentError(
    "The pool has nodes with Windows, on which runs are not supported: choose an image of Linux. Tasks that you describe " +
      "yourself, by task(), run there.",
    { option: "pool" },
  );
}

/** One node with one slot: a task uses all cores, as its workers share its items one by one, and few tasks are to be started. */
function thisComputer(): PoolSpecification {
  return {
    vmSize: "this_computer",
    virtualMachineConfiguration: {
      imageReference: { publisher: "this", offer: "computer", sku: "as-it-is" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
    targetDedicatedNodes: 1,
    taskSlotsPerNode: 1,
  };
}

function automatic(specification: PoolSpecification, runId: string): PoolChoice {
  const pool = { ...specification, metadata: [...(specification.metadata ?? []), ...runMark(runId)] };
  const taskSlotsPerNode = pool.taskSlotsPerNode ?? 1;
  return {
    poolInfo: { autoPoolSpecification: { poolLifetimeOption: "job", keepAlive: false, pool } },
    taskSlotsPerNode,
    slots: Math.max(1, plannedNodes(pool)) * taskSlotsPerNode,
  };
}

/** How many nodes a pool has that exists is its owner's affair, as is who decides that. */
async function ensured(wanted: PoolParameter, batch: BatchPort): Promise<PoolChoice> {
  const found = await ensurePool(batch, wanted, { existing: "any-size" });
  if (found !== undefined) return existing(found);
  const taskSlotsPerNode = wanted.taskSlotsPerNode ?? 1;
  return {
    poolInfo: { poolId: wanted.id },
    taskSlotsPerNode,
    slots: Math.max(1, plannedNodes(wanted)) * taskSlotsPerNode,
  };
}

function existing(pool: PoolState): PoolChoice {
  const target = pool.targetDedicatedNodes + pool.targetLowPriorityNodes;
  const nodes = pool.enableAutoScale ? Math.max(target, UNKNOWN_NODES) : target;
  return {
    poolInfo: { poolId: pool.id },
    taskSlotsPerNode: pool.taskSlotsPerNode,
    slots: Math.max(1, nodes) * pool.taskSlotsPerNode,
  };
}

async function mustExist(poolId: string, batch: BatchPort): Promise<PoolState> {
  const pool = await batch.getPool(poolId);
  if (pool === undefined) throw poolNotFound(poolId, "does not exist", batch);
  if (pool.state === "deleting") throw poolNotFound(poolId, "is being deleted", batch);
  return pool;
}

function poolNotFound(poolId: string, why: string, batch: BatchPort): PoolError {
  return new PoolError(`The pool "${poolId}" ${why} in the account ${batch.url}.`, {
    code: "PoolNotFound",
    poolId,
  });
}

/** The nodes a pool may have: its targets, or the bound that our own autoscale formula names. */
function plannedNodes(pool: PoolSpecification): number {
  if (pool.enableAutoScale !== true)
    return (pool.targetDedicatedNodes ?? 0) + (pool.targetLowPriorityNodes ?? 0);
  const bound = /\bmaxNodes\s*=\s*(\d+)/.exec(pool.autoScaleFormula ?? "")?.[1];
  return bound === undefined ? UNKNOWN_NODES : Number(bound);
}
