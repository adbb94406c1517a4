import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";

// The answers of older api-versions lack what came later, and have older names. By the part of `odata.metadata` that
// names the kind of entity.

const taskSlots = 12;
const parallelTasks = 14;
const taskPreemption = 15;
const communicationMode = 16;

/** An entity as a client of this api-version knows it. */
export function viewFor(apiVersion: string, metadata: string, view: JsonObject): JsonObject {
  const version = Number(apiVersion.split(".")[1]);
  if (version >= communicationMode) return view;
  switch (metadata.split("/")[0]) {
    case "pools":
      return olderPool(view, version);
    case "jobs":
      return olderJob(view, version);
    case "jobschedules":
      return { ...view, jobSpecification: mapObject(view.jobSpecification, (job) => olderJob(job, version)) };
    case "tasks":
      return version < taskSlots ? without(view, "requiredSlots") : view;
    case "nodes":
      return version < taskSlots ? without(view, "runningTaskSlotsCount", "virtualMachineInfo") : view;
    case "taskcounts":
      return version < taskSlots ? (view.taskCounts as JsonObject) : view;
    default:
      return view;
  }
}

function olderPool(pool: JsonObject, version: number): JsonObject {
  const known = without(pool, "targetNodeCommunicationMode", "currentNodeCommunicationMode");
  if (version >= taskSlots) return known;
  const { taskSlotsPerNode, ...rest } = known;
  return { ...rest, maxTasksPerNode: taskSlotsPerNode };
}

function olderJob(job: JsonObject, version: number): JsonObject {
  const known = { ...job };
  if (version < parallelTasks) delete known.maxParallelTasks;
  if (version < taskPreemption) delete known.allowTaskPreemption;
  if (version < taskSlots)
    known.jobManagerTask = mapObject(known.jobManagerTask, (task) => without(task, "requiredSlots"));
  known.poolInfo = mapObject(known.poolInfo, (poolInfo) => ({
    ...poolInfo,
    autoPoolSpecification: mapObject(poolInfo.autoPoolSpecification, (auto) => ({
      ...auto,
      pool: mapObject(auto.pool, (pool) => olderPool(pool, version)),
    })),
  }));
  return known;
}

function mapObject(value: Json | undefined, map: (value: JsonObject) => JsonObject): Json | undefined {
  return isJsonObject(value) ? map(value) : value;
}

function without(view: JsonObject, ...names: string[]): JsonObject {
  const rest = { ...view };
  for (const name of names) delete rest[name];
  return rest;
}
