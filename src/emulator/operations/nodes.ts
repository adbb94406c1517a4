import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { filterable } from "../odata/filterable.js";
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

export const nodeOperations: readonly Operation[] = [list, get];
