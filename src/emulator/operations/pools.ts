import { type AutoScaleError, checkFormula } from "../autoscale/evaluate.js";
import { type ErrorCode, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { timeoutOf } from "../http/query.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import {
  changeFormula,
  evaluateFormula,
  startAutoScale,
  stopAutoScale,
} from "../scheduling/automatic-scaling.js";
import { startRemoval, startResize, stopResize } from "../scheduling/pool-allocation.js";
import { createPool, deletePool, setTaskSlots } from "../scheduling/pool-lifecycle.js";
import { changeableWhenEmpty } from "../schema/versions.js";
import type { Service } from "../service.js";
import type { DeallocationOption, PoolRecord } from "../state/pool.js";
import type { PoolSpec } from "../state/specs.js";
import { autoScaleRunView, poolView } from "../views/pool-view.js";
import { ofPool, poolStatistics } from "../views/statistics-view.js";
import { millisecondsOf } from "../wire/duration.js";
import type { JsonObject } from "../wire/json.js";
import { livePoolOf, poolOf } from "./lookup.js";
import { requireCertificates, requirePackages } from "./references.js";
import { coreSeconds } from "./usage.js";

const add: Operation = {
  name: "Pool_Add",
  method: "POST",
  path: "/pools",
  status: 201,
  headers: "ELD",
  conditional: "none",
  body: "PoolAddParameter",
  run(service, request) {
    const spec = request.body as unknown as PoolSpec & { id: string };
    const existing = service.account.pools.get(spec.id);
    if (existing !== undefined) {
      throw new ServiceError(existing.state === "deleting" ? "PoolBeingDeleted" : "PoolExists");
    }
    if (service.account.pools.size >= service.quotas.pools) throw new ServiceError("PoolQuotaReached");
    requireNetwork(spec, request);
    requireFormula(spec.autoScaleFormula);
    requirePackages(service, spec.applicationPackageReferences);
    requireCertificates(service, spec.certificateReferences);
    const pool = createPool(service, spec.id, spec);
    return { modified: pool.modified, location: `/pools/${spec.id}` };
  },
};

// The service lets only callers with a token of Microsoft Entra ID put a pool into a network.
function requireNetwork(spec: Partial<PoolSpec>, request: BatchRequest): void {
  const subnetId = spec.networkConfiguration?.subnetId;
  if (subnetId !== undefined && request.headers.authorization?.startsWith("SharedKey")) {
    const value = `Property subnetId with value ${String(subnetId)} is not enabled for current account`;
    throw new ServiceError("Forbidden", [{ key: "Reason", value }]);
  }
}

const statistics = (service: Service, request: BatchRequest, pool: PoolRecord): JsonObject => {
  const now = service.clock.now();
  const seconds = coreSeconds(service.account.nodeUses.filter(ofPool(pool)), pool.created, now);
  return poolStatistics(`${request.baseUrl}/pools/${pool.id}/stats`, pool.created, now, seconds);
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
      statistics: (pool) => statistics(service, request, pool),
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
    return entityAnswer(request, "pools/@Element", poolView(request.baseUrl, pool), {
      modified: pool.modified,
      statistics: () => statistics(service, request, pool),
    });
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

const changeable = [
  "startTask",
  "certificateReferences",
  "applicationPackageReferences",
  "metadata",
  "targetNodeCommunicationMode",
] as const;

function changePool(service: Service, pool: PoolRecord, changes: Partial<PoolSpec>): void {
  requirePackages(service, changes.applicationPackageReferences);
  requireCertificates(service, changes.certificateReferences);
  pool.spec = { ...pool.spec, ...changes };
  if (changes.taskSlotsPerNode !== undefined) setTaskSlots(pool, changes.taskSlotsPerNode);
  pool.modified = service.clock.now();
}

/** What nodes are made by changes only while there are none. */
function requireEmpty(pool: PoolRecord, changes: Partial<PoolSpec>): void {
  const changed = changeableWhenEmpty.some((property) => property in changes);
  if (changed && (pool.nodes.size > 0 || pool.allocation !== "steady"))
    throw new ServiceError("OperationInvalidForCurrentState");
}

const patch: Operation = {
  name: "Pool_Patch",
  method: "PATCH",
  path: "/pools/:poolId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "PoolPatchParameter",
  run(service, request) {
    const pool = livePoolOf(service, request);
    const changes = request.body as unknown as Partial<PoolSpec>;
    requireEmpty(pool, changes);
    requireNetwork(changes, request);
    changePool(service, pool, changes);
    return { modified: pool.modified };
  },
};

const updateProperties: Operation = {
  name: "Pool_UpdateProperties",
  method: "POST",
  path: "/pools/:poolId/updateproperties",
  status: 204,
  headers: "ED",
  conditional: "none",
  body: "PoolUpdatePropertiesParameter",
  run(service, request) {
    const pool = livePoolOf(service, request, "none");
    // What is left out is removed.
    const changes = Object.fromEntries(changeable.map((name) => [name, request.body[name]]));
    changes.targetNodeCommunicationMode ??= "default";
    changePool(service, pool, changes as unknown as Partial<PoolSpec>);
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

function deallocationOption(request: BatchRequest): DeallocationOption {
  return (request.body.nodeDeallocationOption ?? "requeue") as DeallocationOption;
}

function requireSteady(pool: PoolRecord): void {
  if (pool.allocation !== "steady") throw new ServiceError("PoolBeingResized");
}

const resize: Operation = {
  name: "Pool_Resize",
  method: "POST",
  path: "/pools/:poolId/resize",
  status: 202,
  headers: "ED",
  conditional: "all",
  body: "PoolResizeParameter",
  run(service, request) {
    const pool = livePoolOf(service, request);
    requireSteady(pool);
    if (pool.autoScale !== undefined) throw new ServiceError("OperationNotValidOnPool");
    const { targetDedicatedNodes, targetLowPriorityNodes, resizeTimeout } = request.body;
    if (targetDedicatedNodes !== undefined) pool.targetDedicated = Number(targetDedicatedNodes);
    if (targetLowPriorityNodes !== undefined) pool.targetLowPriority = Number(targetLowPriorityNodes);
    pool.resizeTimeout = millisecondsOf(String(resizeTimeout ?? "PT15M"));
    pool.modified = service.clock.now();
    startResize(service, pool, deallocationOption(request));
    return { modified: pool.modified };
  },
};

const stop: Operation = {
  name: "Pool_StopResize",
  method: "POST",
  path: "/pools/:poolId/stopresize",
  status: 202,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const pool = livePoolOf(service, request);
    if (pool.allocation !== "resizing") throw new ServiceError("OperationInvalidForCurrentState");
    stopResize(service, pool);
    return { modified: pool.modified };
  },
};

const removeNodes: Operation = {
  name: "Pool_RemoveNodes",
  method: "POST",
  path: "/pools/:poolId/removenodes",
  status: 202,
  headers: "ED",
  conditional: "all",
  body: "NodeRemoveParameter",
  run(service, request) {
    const pool = livePoolOf(service, request);
    requireSteady(pool);
    const ids = new Set((request.body.nodeList as string[]).map((id) => id.toLowerCase()));
    const nodes = [...ids].map((id) => {
      const node = pool.nodes.get(id);
      if (node === undefined) throw new ServiceError("NodeNotFound");
      return node;
    });
    pool.resizeTimeout = millisecondsOf(String(request.body.resizeTimeout ?? "PT15M"));
    pool.modified = service.clock.now();
    startRemoval(service, pool, nodes, deallocationOption(request));
    return { modified: pool.modified };
  },
};

const enableIntervalMicros = 30_000_000;

const enableAutoScale: Operation = {
  name: "Pool_EnableAutoScale",
  method: "POST",
  path: "/pools/:poolId/enableautoscale",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "PoolEnableAutoScaleParameter",
  async run(service, request) {
    const { autoScaleFormula: formula, autoScaleEvaluationInterval: interval } = request.body;
    const present = livePoolOf(service, request);
    requireFormula(formula);
    await waitForFirstSizing(service, request, present);
    // It may have been deleted, or its scaling changed, meanwhile.
    const pool = livePoolOf(service, request);
    requireFormulaOrInterval(pool, formula, interval);
    const now = service.clock.now();
    if ((now - (pool.autoScaleEnabled ?? 0)) * service.clock.speed < enableIntervalMicros) {
      throw new ServiceError("TooManyEnableAutoScaleRequests");
    }
    requireSteady(pool);
    pool.autoScaleEnabled = pool.modified = now;
    pool.spec = {
      ...pool.spec,
      enableAutoScale: true,
      ...(formula === undefined ? {} : { autoScaleFormula: String(formula) }),
      ...(interval === undefined ? {} : { autoScaleEvaluationInterval: String(interval) }),
    };
    if (pool.autoScale !== undefined && interval === undefined) {
      changeFormula(service, pool, pool.autoScale, String(formula), now);
    } else {
      startAutoScale(service, pool, now);
    }
    return { modified: pool.modified };
  },
};

function requireFormulaOrInterval(pool: PoolRecord, formula: unknown, interval: unknown): void {
  if (pool.autoScale === undefined && formula === undefined) throw missingProperty("autoScaleFormula");
  if (formula === undefined && interval === undefined) {
    throw missingProperty("autoScaleFormula or autoScaleEvaluationInterval");
  }
}

// The service waits for a new pool to become steady here, and gives up when the request's time is over.
async function waitForFirstSizing(service: Service, request: BatchRequest, pool: PoolRecord): Promise<void> {
  if (pool.resize === undefined || pool.modified !== pool.created) return;
  const seconds = timeoutOf(request.query);
  const inTime = await new Promise<boolean>((resolve) => {
    const timer = service.clock.after(seconds * 1000, () => resolve(false));
    void pool.resize?.ended.then(() => {
      timer.cancel();
      resolve(true);
    });
  });
  if (!inTime) throw new ServiceError("OperationTimedOut");
}

function requireFormula(formula: unknown): void {
  const error = formula === undefined ? undefined : checkFormula(String(formula));
  if (error !== undefined) throw formulaError(error);
}

function formulaError(error: AutoScaleError): ServiceError {
  const values = (error.values ?? []).map(({ name, value }) => ({ key: name, value }));
  return new ServiceError(error.code as ErrorCode, values);
}

const disableAutoScale: Operation = {
  name: "Pool_DisableAutoScale",
  method: "POST",
  path: "/pools/:poolId/disableautoscale",
  status: 200,
  headers: "ED",
  conditional: "none",
  run(service, request) {
    const pool = livePoolOf(service, request, "none");
    stopAutoScale(pool);
    const { autoScaleFormula: _formula, autoScaleEvaluationInterval: _interval, ...spec } = pool.spec;
    pool.spec = { ...spec, enableAutoScale: false };
    return { modified: pool.modified };
  },
};

const evaluateAutoScale: Operation = {
  name: "Pool_EvaluateAutoScale",
  method: "POST",
  path: "/pools/:poolId/evaluateautoscale",
  status: 200,
  headers: "D",
  conditional: "none",
  body: "PoolEvaluateAutoScaleParameter",
  run(service, request) {
    const pool = livePoolOf(service, request, "none");
    if (pool.autoScale === undefined) throw new ServiceError("OperationNotValidOnPool");
    const { results, error } = evaluateFormula(service, pool, String(request.body.autoScaleFormula));
    const run = { timestamp: service.clock.now(), results, error };
    return { metadata: "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun", body: autoScaleRunView(run) };
  },
};

const lifetimeStatistics: Operation = {
  name: "Pool_GetAllLifetimeStatistics",
  method: "GET",
  path: "/lifetimepoolstats",
  status: 200,
  headers: "",
  conditional: "none",
  versions: { until: 17 },
  missing: "figures of processors, memory, disks and network are zero",
  run(service, request) {
    const { created, nodeUses } = service.account;
    const now = service.clock.now();
    const seconds = coreSeconds(nodeUses, created, now);
    const body = poolStatistics(`${request.baseUrl}/lifetimepoolstats`, created, now, seconds);
    return { metadata: "poolstats/@Element", body };
  },
};

export const poolOperations: readonly Operation[] = [
  add,
  list,
  get,
  exists,
  patch,
  updateProperties,
  remove,
  resize,
  stop,
  removeNodes,
  enableAutoScale,
  disableAutoScale,
  evaluateAutoScale,
  lifetimeStatistics,
];
