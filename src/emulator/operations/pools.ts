import { invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { filterable } from "../odata/filterable.js";
import { startResize } from "../scheduling/pool-allocation.js";
import { createPool, deletePool } from "../scheduling/pool-lifecycle.js";
import type { DeallocationOption } from "../state/pool.js";
import type { PoolSpec } from "../state/specs.js";
import { poolView } from "../views/pool-view.js";
import { parseDuration } from "../wire/duration.js";
import { livePoolOf, newId, poolOf } from "./lookup.js";

const add: Operation = {
  name: "Pool_Add",
  method: "POST",
  path: "/pools",
  status: 201,
  headers: "ELD",
  conditional: "none",
  run(service, request) {
    const spec = request.body as unknown as PoolSpec;
    const id = newId(spec.id);
    if (typeof spec.vmSize !== "string") throw missingProperty("vmSize");
    const existing = service.account.pools.get(id);
    if (existing !== undefined) {
      throw new ServiceError(existing.state === "deleting" ? "PoolBeingDeleted" : "PoolExists");
    }
    const pool = createPool(service, id, spec);
    return { modified: pool.modified, location: `/pools/${id}` };
  },
};

const list: Operation = {
  name: "Pool_List",
  method: "GET",
  path: "/pools",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, service.account.pools, {
      metadata: "pools",
      view: (pool) => poolView(request.baseUrl, pool),
      filterable: filterable.pools,
      selectable: true,
    }),
};

const get: Operation = {
  name: "Pool_Get",
  method: "GET",
  path: "/pools/:poolId",
  status: 200,
  headers: "E",
  conditional: "all",
  run(service, request) {
    const pool = poolOf(service, request, "all");
    return entityAnswer(request, "pools/@Element", poolView(request.baseUrl, pool), pool.modified);
  },
};

const exists: Operation = {
  name: "Pool_Exists",
  method: "HEAD",
  path: "/pools/:poolId",
  status: 200,
  headers: "E",
  conditional: "all",
  run: (service, request) => ({ modified: poolOf(service, request, "all").modified }),
};

const patchable = ["startTask", "certificateReferences", "applicationPackageReferences", "metadata"] as const;

const patch: Operation = {
  name: "Pool_Patch",
  method: "PATCH",
  path: "/pools/:poolId",
  status: 200,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const pool = livePoolOf(service, request);
    const changes = Object.fromEntries(
      patchable.filter((name) => request.body[name] !== undefined).map((name) => [name, request.body[name]]),
    ) as unknown as Partial<PoolSpec>;
    pool.spec = { ...pool.spec, ...changes };
    pool.modified = service.clock.now();
    return { modified: pool.modified };
  },
};

const remove: Operation = {
  name: "Pool_Delete",
  method: "DELETE",
  path: "/pools/:poolId",
  status: 202,
  headers: "",
  conditional: "all",
  run(service, request) {
    deletePool(service, livePoolOf(service, request));
    return {};
  },
};

const minimalResizeTimeout = 5 * 60 * 1000;

const resize: Operation = {
  name: "Pool_Resize",
  method: "POST",
  path: "/pools/:poolId/resize",
  status: 202,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const pool = livePoolOf(service, request);
    const { targetDedicatedNodes, targetLowPriorityNodes, resizeTimeout, nodeDeallocationOption } =
      request.body;
    if (targetDedicatedNodes === undefined && targetLowPriorityNodes === undefined) {
      throw missingProperty("targetDedicatedNodes");
    }
    if (pool.allocation !== "steady") throw new ServiceError("PoolBeingResized");
    if (resizeTimeout !== undefined) {
      const timeout = parseDuration(String(resizeTimeout));
      if (timeout === undefined || timeout < minimalResizeTimeout) {
        throw invalidProperty(
          "resizeTimeout",
          resizeTimeout,
          "The resize timeout must be at least 5 minutes",
        );
      }
      pool.resizeTimeout = timeout;
    }
    if (targetDedicatedNodes !== undefined) pool.targetDedicated = Number(targetDedicatedNodes);
    if (targetLowPriorityNodes !== undefined) pool.targetLowPriority = Number(targetLowPriorityNodes);
    pool.modified = service.clock.now();
    const option = String(nodeDeallocationOption ?? "requeue").toLowerCase() as DeallocationOption;
    startResize(service, pool, option);
    return { modified: pool.modified };
  },
};

export const poolOperations: readonly Operation[] = [add, list, get, exists, patch, remove, resize];
