import { contentOf, type Send } from "../batch-requests.js";
import { type Act, act, find, type ListQuery, list, poolPath, segment } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type {
  BatchNode,
  NodeLogsUpload,
  NodeLogsUploaded,
  NodeUser,
  RemoteLoginSettings,
} from "../resources/index.js";

/** A compute node by its pool and its id. */
export interface NodePlace {
  readonly poolId: string;
  readonly nodeId: string;
}

/** The compute nodes of an account's pools. */
export interface NodeOperations {
  /** The node, or undefined where there is none. */
  get(node: NodePlace, options?: CallOptions): Promise<BatchNode | undefined>;
  list(poolId: string, query: ListQuery, options?: CallOptions): AsyncIterable<BatchNode>;
  /** Fine with a node that does so already. */
  reboot(node: NodePlace, tasks: string | undefined, options?: CallOptions): Promise<void>;
  /** Fine with a node that does so already. */
  reimage(node: NodePlace, tasks: string | undefined, options?: CallOptions): Promise<void>;
  /** Fine with a node that does so already. */
  disableScheduling(node: NodePlace, tasks: string | undefined, options?: CallOptions): Promise<void>;
  /** Fine with a node that does so already. */
  enableScheduling(node: NodePlace, options?: CallOptions): Promise<void>;
  addUser(node: NodePlace, user: NodeUser, options?: CallOptions): Promise<void>;
  updateUser(
    node: NodePlace,
    name: string,
    user: Omit<NodeUser, "name" | "isAdmin">,
    options?: CallOptions,
  ): Promise<void>;
  deleteUser(node: NodePlace, name: string, options?: CallOptions): Promise<void>;
  remoteLoginSettings(node: NodePlace, options?: CallOptions): Promise<RemoteLoginSettings>;
  uploadLogs(node: NodePlace, upload: NodeLogsUpload, options?: CallOptions): Promise<NodeLogsUploaded>;
}

export const nodePath = ({ poolId, nodeId }: NodePlace) =>
  `${poolPath(poolId)}/nodes/${segment(nodeId, "nodeId")}`;

const nameOf = ({ poolId, nodeId }: NodePlace) => `node ${nodeId} of pool ${poolId}`;

export function nodeOperations(send: Send): NodeOperations {
  const doing = async (request: Act, options: CallOptions | undefined) => {
    await act(send, request, options);
  };
  const userPath = (node: NodePlace, name: string) => `${nodePath(node)}/users/${segment(name, "name")}`;

  return {
    get: (node, options) => find(send, `get ${nameOf(node)}`, nodePath(node), undefined, options),

    list: (poolId, query, options) =>
      list(send, `list the nodes of pool ${poolId}`, `${poolPath(poolId)}/nodes`, query, options),

    reboot: (node, nodeRebootOption, options) =>
      doing(
        {
          operation: `restart ${nameOf(node)}`,
          method: "POST",
          target: `${nodePath(node)}/reboot`,
          body: { nodeRebootOption },
          fine: ["NodeBeingRebooted"],
        },
        options,
      ),

    reimage: (node, nodeReimageOption, options) =>
      doing(
        {
          operation: `reimage ${nameOf(node)}`,
          method: "POST",
          target: `${nodePath(node)}/reimage`,
          body: { nodeReimageOption },
          fine: ["NodeBeingReimaged"],
        },
        options,
      ),

    disableScheduling: (node, nodeDisableSchedulingOption, options) =>
      doing(
        {
          operation: `keep tasks from ${nameOf(node)}`,
          method: "POST",
          target: `${nodePath(node)}/disablescheduling`,
          body: { nodeDisableSchedulingOption },
          fine: ["NodeAlreadyInTargetSchedulingState"],
        },
        options,
      ),

    enableScheduling: (node, options) =>
      doing(
        {
          operation: `let tasks onto ${nameOf(node)}`,
          method: "POST",
          target: `${nodePath(node)}/enablescheduling`,
          fine: ["NodeAlreadyInTargetSchedulingState"],
        },
        options,
      ),

    addUser: (node, body, options) =>
      doing(
        {
          operation: `add user ${body.name} to ${nameOf(node)}`,
          method: "POST",
          target: `${nodePath(node)}/users`,
          body,
        },
        options,
      ),

    updateUser: (node, name, body, options) =>
      doing(
        {
          operation: `change user ${name} of ${nameOf(node)}`,
          method: "PUT",
          target: userPath(node, name),
          body,
        },
        options,
      ),

    deleteUser: (node, name, options) =>
      doing(
        {
          operation: `delete user ${name} of ${nameOf(node)}`,
          method: "DELETE",
          target: userPath(node, name),
          fine: ["NodeUserNotFound"],
        },
        options,
      ),

    remoteLoginSettings: async (node, options) => {
      const operation = `get where to sign in to ${nameOf(node)}`;
      const target = `${nodePath(node)}/remoteloginsettings`;
      return contentOf(await send({ operation, method: "GET", target }, options), operation);
    },

    uploadLogs: async (node, upload, options) => {
      const operation = `upload the logs of ${nameOf(node)}`;
      const target = `${nodePath(node)}/uploadbatchservicelogs`;
      const body = JSON.stringify(upload);
      return contentOf(await send({ operation, method: "POST", target, body }, options), operation);
    },
  };
}
