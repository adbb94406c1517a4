import { randomBytes, randomUUID } from "node:crypto";
import { uploadNodeLogs } from "../execution/node-logs.js";
import { type ErrorCode, invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import { disableScheduling, openToTasks, preemptNode, restartNode } from "../scheduling/node-lifecycle.js";
import type { NodeRecord, NodeState } from "../state/node.js";
import { runsWindows } from "../state/operating-system.js";
import type { DeallocationOption } from "../state/pool.js";
import { sshEndpoint } from "../views/endpoints-view.js";
import { nodeView } from "../views/node-view.js";
import { nodeOf, poolOf } from "./lookup.js";

const list: Operation = {
  name: "ComputeNode_List",
  method: "GET",
  path: "/pools/:poolId/nodes",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, poolOf(service, request).nodes, {
      metadata: "nodes",
      view: (node) => nodeView(request.baseUrl, node),
      filterable: filterable.nodes,
      selectable: true,
    }),
};

const get: Operation = {
  name: "ComputeNode_Get",
  method: "GET",
  path: "/pools/:poolId/nodes/:nodeId",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    entityAnswer(request, "nodes/@Element", nodeView(request.baseUrl, nodeOf(service, request))),
};

const refusals: Partial<Record<NodeState, ErrorCode>> = {
  creating: "NodeBeingCreated",
  starting: "NodeBeingStarted",
  waitingforstarttask: "NodeBeingStarted",
  rebooting: "NodeBeingRebooted",
  reimaging: "NodeBeingReimaged",
  unusable: "NodeStateUnusable",
  leavingpool: "NodeNotReady",
};

/** Only a node that is idle or runs tasks takes most actions. */
function requireReady(node: NodeRecord): void {
  if (node.state === "idle" || node.state === "running") return;
  throw new ServiceError(refusals[node.state] ?? "OperationInvalidForCurrentState");
}

const reboot: Operation = {
  name: "ComputeNode_Reboot",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/reboot",
  status: 202,
  headers: "D",
  conditional: "none",
  body: "NodeRebootParameter",
  bodyOptional: true,
  run(service, request) {
    const node = nodeOf(service, request);
    requireReady(node);
    restartNode(service, node, "rebooting", option(request.body.nodeRebootOption));
    return {};
  },
};

const reimage: Operation = {
  name: "ComputeNode_Reimage",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/reimage",
  status: 202,
  headers: "D",
  conditional: "none",
  body: "NodeReimageParameter",
  bodyOptional: true,
  run(service, request) {
    const node = nodeOf(service, request);
    requireCloudService(node);
    requireReady(node);
    restartNode(service, node, "reimaging", option(request.body.nodeReimageOption));
    return {};
  },
};

function option(value: unknown): DeallocationOption {
  return (value ?? "requeue") as DeallocationOption;
}

function requireCloudService(node: NodeRecord): void {
  if (node.pool.spec.cloudServiceConfiguration === undefined)
    throw new ServiceError("OperationNotValidOnNode");
}

const disable: Operation = {
  name: "ComputeNode_DisableScheduling",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/disablescheduling",
  status: 200,
  headers: "D",
  conditional: "none",
  body: "NodeDisableSchedulingParameter",
  bodyOptional: true,
  run(service, request) {
    const node = nodeOf(service, request);
    if (node.scheduling === "disabled") throw new ServiceError("NodeAlreadyInTargetSchedulingState");
    disableScheduling(service, node, option(request.body.nodeDisableSchedulingOption));
    return {};
  },
};

const enable: Operation = {
  name: "ComputeNode_EnableScheduling",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/enablescheduling",
  status: 200,
  headers: "D",
  conditional: "none",
  run(service, request) {
    const node = nodeOf(service, request);
    if (node.scheduling === "enabled") throw new ServiceError("NodeAlreadyInTargetSchedulingState");
    node.scheduling = "enabled";
    if (node.state === "offline" || node.state === "running" || node.state === "idle")
      openToTasks(service, node);
    return {};
  },
};

const addUser: Operation = {
  name: "ComputeNode_AddUser",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/users",
  status: 201,
  headers: "LD",
  conditional: "none",
  body: "ComputeNodeUser",
  missing: "users are remembered, but nobody can log in to a node",
  run(service, request) {
    const node = nodeOf(service, request);
    requireReady(node);
    requireLogin(node, request);
    const name = String(request.body.name);
    if (node.users.has(name.toLowerCase())) throw new ServiceError("NodeUserExists");
    node.users.set(name.toLowerCase(), {
      name,
      isAdmin: request.body.isAdmin === true,
      expiryTime: expiryTime(request),
    });
    return { location: `/pools/${node.pool.id}/nodes/${node.id}/users/${encodeURIComponent(name)}` };
  },
};

const updateUser: Operation = {
  name: "ComputeNode_UpdateUser",
  method: "PUT",
  path: "/pools/:poolId/nodes/:nodeId/users/:userName",
  status: 200,
  headers: "D",
  conditional: "none",
  body: "NodeUpdateUserParameter",
  missing: "users are remembered, but nobody can log in to a node",
  run(service, request) {
    const node = nodeOf(service, request);
    requireReady(node);
    requireLogin(node, request);
    const user = node.users.get((request.params.userName ?? "").toLowerCase());
    if (user === undefined) throw new ServiceError("NodeUserNotFound");
    user.expiryTime = expiryTime(request);
    return {};
  },
};

/** On Windows users log in with a password, and only with one. */
function requireLogin(node: NodeRecord, request: BatchRequest): void {
  if (!runsWindows(node.pool.spec)) return;
  const { password, sshPublicKey } = request.body;
  if (sshPublicKey !== undefined) {
    const reason = "A public key can only be specified for Linux nodes";
    throw invalidProperty("sshPublicKey", sshPublicKey, reason);
  }
  if (password === undefined) throw missingProperty("password");
}

function expiryTime(request: BatchRequest): string | undefined {
  const { expiryTime: time } = request.body;
  return time === undefined ? undefined : String(time);
}

const deleteUser: Operation = {
  name: "ComputeNode_DeleteUser",
  method: "DELETE",
  path: "/pools/:poolId/nodes/:nodeId/users/:userName",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const node = nodeOf(service, request);
    requireReady(node);
    if (!node.users.delete((request.params.userName ?? "").toLowerCase()))
      throw new ServiceError("NodeUserNotFound");
    return {};
  },
};

const remoteLogin: Operation = {
  name: "ComputeNode_GetRemoteLoginSettings",
  method: "GET",
  path: "/pools/:poolId/nodes/:nodeId/remoteloginsettings",
  status: 200,
  headers: "",
  conditional: "none",
  missing: "the address is this machine's, where nothing need listen",
  run(service, request) {
    const node = nodeOf(service, request);
    if (node.pool.spec.virtualMachineConfiguration === undefined)
      throw new ServiceError("OperationNotValidOnNode");
    const { publicIPAddress, frontendPort } = sshEndpoint(node);
    return {
      metadata: "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings",
      body: { remoteLoginIPAddress: publicIPAddress, remoteLoginPort: frontendPort },
    };
  },
};

const remoteDesktop: Operation = {
  name: "ComputeNode_GetRemoteDesktop",
  method: "GET",
  path: "/pools/:poolId/nodes/:nodeId/rdp",
  status: 200,
  headers: "",
  conditional: "none",
  missing: "the address is this machine's, where nothing need listen",
  run(service, request) {
    const node = nodeOf(service, request);
    requireCloudService(node);
    const text = `full address:s:${node.ipAddress}\r\nLoadBalanceInfo:s:Cookie: mstshash=TVM#TVM_IN_0`;
    return { content: { headers: { "Content-Type": "application/octet-stream" }, text } };
  },
};

const uploadLogs: Operation = {
  name: "ComputeNode_UploadBatchServiceLogs",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/uploadbatchservicelogs",
  status: 200,
  headers: "",
  conditional: "none",
  body: "UploadBatchServiceLogsConfiguration",
  missing: "there is one log, of the node's states and tasks",
  run(service, request) {
    const node = nodeOf(service, request);
    if (node.state === "creating" || node.state === "leavingpool") throw new ServiceError("NodeNotReady");
    const account = `${service.accountName}-${randomBytes(8).toString("hex").toUpperCase()}`;
    const virtualDirectoryName = `${account}/${node.pool.id}/${node.id}/${randomUUID()}`;
    const numberOfFilesUploaded = uploadNodeLogs(
      node,
      String(request.body.containerUrl),
      virtualDirectoryName,
    );
    return {
      metadata: "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult",
      body: { virtualDirectoryName, numberOfFilesUploaded },
    };
  },
};

const preempt: Operation = {
  name: "Emulator_PreemptNode",
  method: "POST",
  path: "/pools/:poolId/nodes/:nodeId/preempt",
  status: 202,
  headers: "D",
  conditional: "none",
  emulatorOnly: true,
  run(service, request) {
    const node = nodeOf(service, request);
    if (node.dedicated) throw new ServiceError("OperationNotValidOnNode");
    if (node.state === "preempted" || node.state === "leavingpool") throw new ServiceError("NodeNotReady");
    preemptNode(service, node);
    return {};
  },
};

export const nodeOperations: readonly Operation[] = [
  list,
  get,
  reboot,
  reimage,
  disable,
  enable,
  addUser,
  updateUser,
  deleteUser,
  remoteLogin,
  remoteDesktop,
  uploadLogs,
  preempt,
];
