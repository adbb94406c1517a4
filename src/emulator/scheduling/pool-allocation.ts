import { type Service, serviceWaits } from "../service.js";
import type { NodeRecord } from "../state/node.js";
import type { DeallocationOption, PoolRecord } from "../state/pool.js";
import { addNode, removeNode } from "./node-lifecycle.js";

/** Starts to bring a pool to its targets. It is `resizing` until then. */
export function startResize(service: Service, pool: PoolRecord, option: DeallocationOption): void {
  changeAllocation(service, pool, "resizing");
  pool.resizeErrors = [];
  pool.resizeStep = service.clock.afterServiceWait(serviceWaits.resize, () => {
    void resize(service, pool, option);
  });
}

async function resize(service: Service, pool: PoolRecord, option: DeallocationOption): Promise<void> {
  pool.resizeStep = undefined;
  const leaving: NodeRecord[] = [];
  for (const dedicated of [true, false]) {
    const target = dedicated ? pool.targetDedicated : pool.targetLowPriority;
    const present = nodesOf(pool, dedicated);
    for (let count = present.length; count < target; count++) addNode(service, pool, dedicated);
    leaving.push(...leastBusyFirst(present).slice(0, Math.max(0, present.length - target)));
  }
  await removeNodes(service, pool, leaving, option);
  if (pool.allocation !== "steady") changeAllocation(service, pool, "steady");
}

/** Removes nodes of a pool and waits until they are gone. */
export async function removeNodes(
  service: Service,
  pool: PoolRecord,
  nodes: readonly NodeRecord[],
  option: DeallocationOption,
): Promise<void> {
  await Promise.all(nodes.map((node) => removeNode(service, node, option)));
  if (nodes.length > 0 && pool.state === "active") service.events.poolHasWork(pool);
}

/** The nodes of one kind that have not begun to leave. */
export function nodesOf(pool: PoolRecord, dedicated: boolean): NodeRecord[] {
  return [...pool.nodes.values()].filter(
    (node) => node.dedicated === dedicated && node.state !== "leavingpool",
  );
}

export function changeAllocation(
  service: Service,
  pool: PoolRecord,
  allocation: PoolRecord["allocation"],
): void {
  pool.allocation = allocation;
  pool.allocationChanged = service.clock.now();
}

function leastBusyFirst(nodes: NodeRecord[]): NodeRecord[] {
  return [...nodes].sort((a, b) => a.attempts.size - b.attempts.size);
}
