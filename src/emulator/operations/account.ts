import { listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { filterable } from "../odata/filterable.js";
import type { NodeRecord, NodeState } from "../state/node.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { PoolRecord } from "../state/pool.js";
import type { Json, JsonObject } from "../wire/json.js";
import images from "./supported-images.json" with { type: "json" };

const supportedImages: Operation = {
  name: "Account_ListSupportedImages",
  method: "GET",
  path: "/supportedimages",
  status: 200,
  headers: "",
  conditional: "none",
  missing: "the list is of 2022 with a few newer images; pools may name any image",
  run(_service, request) {
    const list = new OrderedIndex<JsonObject>();
    for (const [index, image] of images.entries()) list.set(String(index).padStart(4, "0"), image);
    return listPage(request, list, {
      metadata: "supportedimages",
      view: (image) => image,
      filterable: filterable.supportedImages,
      selectable: false,
    });
  },
};

/** What `supportedimages` was before 2019-06-01.9.0: the same images, by node agent. */
const nodeAgentSkus: Operation = {
  name: "Account_ListNodeAgentSkus",
  method: "GET",
  path: "/nodeagentskus",
  status: 200,
  headers: "",
  conditional: "none",
  missing: "only clients of api-versions before 2019-06-01.9.0 ask; the list is that of the supported images",
  run(_service, request) {
    const list = new OrderedIndex<JsonObject>();
    for (const image of images) {
      const { nodeAgentSKUId: id, osType, imageReference, verificationType } = image;
      const sku = list.get(id) ?? { id, verifiedImageReferences: [], osType };
      if (verificationType === "verified") (sku.verifiedImageReferences as Json[]).push(imageReference);
      list.set(id, sku);
    }
    return listPage(request, list, {
      metadata: "nodeagentskus",
      view: (sku) => sku,
      filterable: filterable.nodeAgentSkus,
      selectable: false,
    });
  },
};

/** The states that are counted, with those of nodes. */
const countedStates: [name: string, state: NodeState][] = [
  ["creating", "creating"],
  ["idle", "idle"],
  ["leavingPool", "leavingpool"],
  ["offline", "offline"],
  ["preempted", "preempted"],
  ["rebooting", "rebooting"],
  ["reimaging", "reimaging"],
  ["running", "running"],
  ["starting", "starting"],
  ["startTaskFailed", "starttaskfailed"],
  ["unusable", "unusable"],
  ["unknown", "unknown"],
  ["waitingForStartTask", "waitingforstarttask"],
];

const nodeCounts: Operation = {
  name: "Account_ListPoolNodeCounts",
  method: "GET",
  path: "/nodecounts",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, service.account.pools, {
      metadata: "poolnodecounts",
      view: nodeCountsView,
      filterable: filterable.nodeCounts,
      selectable: false,
      largestPage: 10,
    }),
};

function nodeCountsView(pool: PoolRecord): JsonObject {
  const nodes = [...pool.nodes.values()];
  return {
    poolId: pool.id,
    dedicated: countByState(nodes.filter((node) => node.dedicated)),
    lowPriority: countByState(nodes.filter((node) => !node.dedicated)),
  };
}

function countByState(nodes: readonly NodeRecord[]): JsonObject {
  // Nodes here are never in the states that only newer api-versions know.
  const counts: JsonObject = { upgradingOS: 0, deallocated: 0, deallocating: 0 };
  for (const [name, state] of countedStates)
    counts[name] = nodes.filter((node) => node.state === state).length;
  return { ...counts, total: nodes.length };
}

export const accountOperations: readonly Operation[] = [supportedImages, nodeAgentSkus, nodeCounts];
