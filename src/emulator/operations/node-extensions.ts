import { ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { NodeRecord } from "../state/node.js";
import { OrderedIndex } from "../state/ordered-index.js";
import { withoutSecrets } from "../views/secrets.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { nodeOf } from "./lookup.js";

const missing = "extensions are shown as provisioned, but nothing is installed";

function extensionsOf(node: NodeRecord): OrderedIndex<JsonObject> {
  const extensions = new OrderedIndex<JsonObject>();
  const configured = node.pool.spec.virtualMachineConfiguration?.extensions;
  for (const extension of Array.isArray(configured) ? configured : []) {
    if (isJsonObject(extension)) extensions.set(String(extension.name), extension);
  }
  return extensions;
}

function extensionView(extension: JsonObject): JsonObject {
  return {
    provisioningState: "Succeeded",
    vmExtension: withoutSecrets(extension),
    instanceView: { name: extension.name, statuses: [], subStatuses: [] },
  };
}

const list: Operation = {
  name: "ComputeNodeExtension_List",
  method: "GET",
  path: "/pools/:poolId/nodes/:nodeId/extensions",
  status: 200,
  headers: "",
  conditional: "none",
  versions: { since: 14 },
  missing,
  run: (service, request) =>
    listPage(request, extensionsOf(nodeOf(service, request)), {
      metadata: "extensions",
      view: extensionView,
      selectable: true,
    }),
};

const get: Operation = {
  name: "ComputeNodeExtension_Get",
  method: "GET",
  path: "/pools/:poolId/nodes/:nodeId/extensions/:extensionName",
  status: 200,
  headers: "",
  conditional: "none",
  versions: { since: 14 },
  missing,
  run(service, request) {
    const extension = extensionsOf(nodeOf(service, request)).get(request.params.extensionName ?? "");
    if (extension === undefined) throw new ServiceError("ResourceNotFound");
    return entityAnswer(request, "extensions/@Element", extensionView(extension));
  },
};

export const nodeExtensionOperations: readonly Operation[] = [list, get];
