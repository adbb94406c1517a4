import { pause, type Service, serviceWaits } from "../service.js";
import type { NodeRecord } from "../state/node.js";
import type { DeallocationOption, PoolRecord, ResizeError } from "../state/pool.js";
import { managerOf } from "../state/task.js";
import { coresOf } from "../state/vm-size.js";
import { addNode, removeNode } from "./node-lifecycle.js";

/** Starts to bring a pool to its targets. It is `resizing` until then. */
export function startResize(service: Service, pool: PoolRecord, option: DeallocationOption): void {
  startChange(service, pool, () => {
    const errors: ResizeError[] = [];
    const leaving: NodeRecord[] = [];
    for (const dedicated of [true, false]) {
      const target = dedicated ? pool.targetDedicated : pool.targetLowPriority;
      const present = nodesOf(pool, dedicated);
      leaving.push(...leastBusyFirst(present).slice(0, Math.max(0, present.length - target)));
      const wanted = Math.max(0, target - present.length);
      const allowed = quotaLeft(service, pool, dedicated);
      const possible = communicationLeft(pool);
      const granted = Math.min(wanted, allowed, possible);
      for (let count = 0; count < granted; count++) addNode(service, pool, dedicated);
      if (granted < wanted) errors.push(possible < allowed ? communicationError : quotaError(dedicated));
    }
    pool.resizeErrors = errors;
    return removeNodes(service, leaving, option);
  });
}

/** Starts to remove nodes of a pool, and lowers its targets by them. */
export function startRemoval(
  service: Service,
  pool: PoolRecord,
  nodes: readonly NodeRecord[],
  option: DeallocationOption,
): void {
  for (const node of nodes) {
    // One that leaves already is in no target any more.
    if (node.leaving !== undefined) continue;
    if (node.dedicated) pool.targetDedicated = Math.max(0, pool.targetDedicated - 1);
    else pool.targetLowPriority = Math.max(0, pool.targetLowPriority - 1);
  }
  startChange(service, pool, () => removeNodes(service, nodes, option));
}

function startChange(service: Service, pool: PoolRecord, change: () => Promise<void>): void {
  changeAllocation(service, pool, "resizing");
  pool.resizeErrors = [];
  const abort = new AbortController();
  const ended = runChange(service, pool, abort.signal, change);
  pool.resize = { abort, ended };
  service.inBackground(ended);
}

async function runChange(
  service: Service,
  pool: PoolRecord,
  signal: AbortSignal,
  change: () => Promise<void>,
): Promise<void> {
  if (await pause(service, serviceWaits.resize, signal)) {
    const outcome = await firstOf(service, change(), pool.resizeTimeout, signal);
    if (outcome === "timedOut") {
      const message = "Desired number of nodes could not be reached as specified resize timeout was reached";
      pool.resizeErrors.push({ code: "AllocationTimedOut", message });
    }
  }
  if (signal.aborted && pool.state === "active") await settleStopped(service, pool);
  pool.resize = undefined;
  changeAllocation(service, pool, "steady");
}

async function settleStopped(service: Service, pool: PoolRecord): Promise<void> {
  await new Promise<void>((resolve) => {
    service.clock.afterServiceWait(serviceWaits.resize, resolve);
  });
  for (const dedicated of [true, false]) {
    const target = dedicated ? pool.targetDedicated : pool.targetLowPriority;
    if (nodesOf(pool, dedicated).length >= target) continue;
    const kind = dedicated ? "dedicated" : "low priority";
    const message = `Desired number of ${kind} nodes could not be allocated due to a stop resize operation`;
    pool.resizeErrors.push({ code: "ResizeStopped", message });
  }
}

function firstOf(
  service: Service,
  change: Promise<void>,
  timeout: number,
  signal: AbortSignal,
): Promise<"done" | "timedOut" | "stopped"> {
  return new Promise((resolve) => {
    const timer = service.clock.after(timeout, () => resolve("timedOut"));
    signal.addEventListener("abort", () => resolve("stopped"), { once: true });
    void change.then(() => {
      timer.cancel();
      resolve("done");
    });
  });
}

/** Stops the resize under way: nodes that are there stay, and so do the targets. */
export function stopResize(service: Service, pool: PoolRecord): void {
  changeAllocation(service, pool, "stopping");
  pool.resize?.abort.abort();
}

/** Removes nodes and waits until they are gone. */
export async function removeNodes(
  service: Service,
  nodes: readonly NodeRecord[],
  option: DeallocationOption,
): Promise<void> {
  await Promise.all(nodes.map((node) => removeNode(service, node, option)));
}

function nodesOf(pool: PoolRecord, dedicated: boolean): NodeRecord[] {
  return [...pool.nodes.values()].filter(
    (node) => node.dedicated === dedicated && node.state !== "leavingpool",
  );
}

function changeAllocation(service: Service, pool: PoolRecord, allocation: PoolRecord["allocation"]): void {
  pool.allocation = allocation;
  pool.allocationChanged = service.clock.now();
}

// Nodes that run a job manager are removed last.
function leastBusyFirst(nodes: NodeRecord[]): NodeRecord[] {
  const load = (node: NodeRecord): number =>
    node.attempts.size +
    ([...node.attempts].some((attempt) => managerOf(attempt.task) !== undefined) ? 1000 : 0);
  return [...nodes].sort((a, b) => load(a) - load(b));
}

// What this computer bears, where a quota of cores does not say less.
const mostNodes = 1000;

function quotaLeft(service: Service, pool: PoolRecord, dedicated: boolean): number {
  const quota = dedicated ? service.quotas.dedicatedCores : service.quotas.lowPriorityCores;
  let used = 0;
  let nodes = 0;
  for (const other of service.account.pools.values()) {
    used += nodesOf(other, dedicated).length * coresOf(other.spec.vmSize);
    nodes += other.nodes.size;
  }
  const left = Math.floor((quota - used) / coresOf(pool.spec.vmSize));
  return Math.max(0, Math.min(left, mostNodes - nodes));
}

const mostCommunicatingNodes = 100;

/** How many nodes a pool can still get whose nodes reach each other. */
function communicationLeft(pool: PoolRecord): number {
  if (!pool.spec.enableInterNodeCommunication) return Number.POSITIVE_INFINITY;
  return Math.max(0, mostCommunicatingNodes - nodesOf(pool, true).length - nodesOf(pool, false).length);
}

const communicationError: ResizeError = {
  code: "CommunicationEnabledPoolReachedMaxVMCount",
  message: "The maximum number of VMs in a pool with inter-node communication is reached",
};

function quotaError(dedicated: boolean): ResizeError {
  return dedicated
    ? { code: "AccountCoreQuotaReached", message: "The specified account has reached core quota" }
    : {
        code: "AccountLowPriorityCoreQuotaReached",
        message: "The specified account has reached low priority core quota",
      };
}
