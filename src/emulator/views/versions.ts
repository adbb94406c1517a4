import { versionNumber } from "../wire/api-version.js";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";

// The answers of older api-versions lack what came later, and have older names. By the part of `odata.metadata` that
// names the kind of entity.

const httpUrls = 8;
const taskSlots = 12;
const parallelTasks = 14;
const taskPreemption = 15;
const communicationMode = 16;
const osUpgrades = 19;
const deallocation = 20;

/** The part of `odata.metadata` that names the kind of entity, as a client of this api-version knows it. */
export function metadataFor(apiVersion: string, metadata: string): string {
  const former = metadata === "taskcountsresult/@Element" && versionNumber(apiVersion) < taskSlots;
  return former ? "taskcounts/@Element" : metadata;
}

/** An entity as a client of this api-version knows it. */
export function viewFor(apiVersion: string, metadata: string, view: JsonObject): JsonObject {
  const version = versionNumber(apiVersion);
  if (version >= deallocation) return view;
  const older = olderView(version, metadata, view);
  return version < httpUrls ? (withFormerNames(older) as JsonObject) : older;
}

function olderView(version: number, metadata: string, view: JsonObject): JsonObject {
  switch (metadata.split("/")[0]) {
    case "pools":
      return olderPool(view, version);
    case "jobs":
      return olderJob(view, version);
    case "jobschedules":
      return { ...view, jobSpecification: mapObject(view.jobSpecification, (job) => olderJob(job, version)) };
    case "tasks":
      return version < taskSlots ? without(view, "requiredSlots") : view;
    case "poolnodecounts":
      return olderNodeCounts(view, version);
    case "nodes":
      return version < taskSlots ? without(view, "runningTaskSlotsCount", "virtualMachineInfo") : view;
    case "taskcountsresult":
      return version < taskSlots ? (view.taskCounts as JsonObject) : view;
    default:
      return view;
  }
}

function olderNodeCounts(view: JsonObject, version: number): JsonObject {
  const unknown = ["deallocated", "deallocating", ...(version < osUpgrades ? ["upgradingOS"] : [])];
  const known = (counts: Json | undefined) => mapObject(counts, (states) => without(states, ...unknown));
  return { ...view, dedicated: known(view.dedicated), lowPriority: known(view.lowPriority) };
}

function olderPool(pool: JsonObject, version: number): JsonObject {
  if (version >= communicationMode) return pool;
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

const formerNames: Readonly<Record<string, string>> = { httpUrl: "blobSource", osVersion: "targetOSVersion" };

/** With the names that properties of resource files and cloud services had, wherever these are. */
function withFormerNames(value: Json): Json {
  if (Array.isArray(value)) return value.map(withFormerNames);
  if (!isJsonObject(value)) return value;
  const renamed = Object.entries(value).map(([name, part]) => [
    formerNames[name] ?? name,
    part === undefined ? part : withFormerNames(part),
  ]);
  return Object.fromEntries(renamed) as JsonObject;
}
