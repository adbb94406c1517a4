import type { Service } from "../service.js";
import type { NodeRecord, NodeState } from "../state/node.js";

/** Moves a node to another state. One that leaves its pool does nothing else any more. */
export function changeNodeState(service: Service, node: NodeRecord, state: NodeState): void {
  if (node.state === state || node.state === "leavingpool") return;
  node.state = state;
  node.stateChanged = service.clock.now();
}

/** Shows whether a node that takes part in scheduling runs tasks, and whether one that does not has become empty. */
export function showNodeLoad(service: Service, node: NodeRecord): void {
  if (node.state !== "idle" && node.state !== "running" && node.state !== "offline") return;
  if (node.attempts.size > 0) changeNodeState(service, node, "running");
  else changeNodeState(service, node, node.scheduling === "enabled" ? "idle" : "offline");
}
