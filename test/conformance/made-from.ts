import { isObject, type Json, type JsonObject, objectOf, objectsOf, textOf } from "./json.js";

// What somebody must have asked for, so that the service showed what was recorded: the recorded entity without what
// the service adds to it. Defaults are left out too, so that the emulator has to fill them in.

const unlimited = "P10675199DT2H48M5.4775807S";
const poolUser = { autoUser: { scope: "pool", elevationLevel: "nonadmin" } };

const poolDefaults: JsonObject = {
  resizeTimeout: "PT15M",
  targetDedicatedNodes: 0,
  targetLowPriorityNodes: 0,
  enableAutoScale: false,
  enableInterNodeCommunication: false,
  maxTasksPerNode: 1,
  taskSlotsPerNode: 1,
  taskSchedulingPolicy: { nodeFillType: "Spread" },
  cloudServiceConfiguration: { osVersion: "*" },
  virtualMachineConfiguration: {
    imageReference: { version: "latest" },
    dataDisks: [{ caching: "none", storageAccountType: "standard_lrs" }],
  },
  networkConfiguration: { dynamicVNetAssignmentScope: "none" },
  startTask: { userIdentity: poolUser, maxTaskRetryCount: 0, waitForSuccess: true },
  userAccounts: [{ elevationLevel: "nonadmin", windowsUserConfiguration: { loginMode: "interactive" } }],
};

const jobDefaults: JsonObject = {
  priority: 0,
  maxParallelTasks: -1,
  usesTaskDependencies: false,
  allowTaskPreemption: false,
  constraints: { maxWallClockTime: unlimited, maxTaskRetryCount: 0 },
  onAllTasksComplete: "noaction",
  onTaskFailure: "noaction",
};

const taskDefaults: JsonObject = {
  userIdentity: poolUser,
  requiredSlots: 1,
  constraints: { maxWallClockTime: unlimited, retentionTime: "P7D" },
};

const present = [
  "odata.metadata",
  "url",
  "eTag",
  "lastModified",
  "creationTime",
  "state",
  "stateTransitionTime",
  "previousState",
  "previousStateTransitionTime",
  "executionInfo",
  "nodeInfo",
  "stats",
];
const presentOfPool = [
  "allocationState",
  "allocationStateTransitionTime",
  "currentDedicatedNodes",
  "currentLowPriorityNodes",
  "resizeErrors",
  "autoScaleRun",
  "currentNodeCommunicationMode",
];

/** The request that makes a pool like a recorded one. */
export function poolRequest(recorded: JsonObject): JsonObject {
  const pool = without(recorded, poolDefaults, [...present, ...presentOfPool]);
  // The service shows sizes in lower case, however they were written.
  pool.vmSize = textOf(recorded.vmSize).toUpperCase();
  if (pool.enableAutoScale === true) {
    delete pool.targetDedicatedNodes;
    delete pool.targetLowPriorityNodes;
  }
  if (pool.userAccounts !== undefined) {
    pool.userAccounts = objectsOf(pool.userAccounts).map((account) => ({
      ...account,
      password: "a-Secret-1",
    }));
  }
  return pool;
}

/** The request that makes a job like a recorded one. */
export function jobRequest(recorded: JsonObject): JsonObject {
  return without(recorded, jobDefaults, present);
}

/** The request that adds a task like a recorded one, to a job with the task's number of retries. */
export function taskRequest(recorded: JsonObject): JsonObject {
  const task = without(recorded, taskDefaults, present);
  const { maxTaskRetryCount: _, ...constraints } = objectOf(task.constraints);
  delete task.constraints;
  if (Object.keys(constraints).length > 0) task.constraints = constraints;
  // The service shows these in its own case, however they were written.
  for (const file of objectsOf(task.outputFiles)) {
    const options = objectOf(file.uploadOptions);
    options.uploadCondition = textOf(options.uploadCondition).toLowerCase();
  }
  return task;
}

/** The request that makes a job schedule like a recorded one. */
export function scheduleRequest(recorded: JsonObject): JsonObject {
  return without(recorded, { jobSpecification: jobDefaults }, present);
}

function without(value: JsonObject, defaults: JsonObject, dropped: readonly string[] = []): JsonObject {
  const kept: JsonObject = {};
  for (const [name, property] of Object.entries(structuredClone(value))) {
    if (dropped.includes(name) || same(property, defaults[name])) continue;
    kept[name] = partWithout(property, defaults[name]);
  }
  return kept;
}

function partWithout(value: Json, defaults: Json | undefined): Json {
  if (isObject(value) && isObject(defaults)) return without(value, defaults);
  if (!Array.isArray(value) || !Array.isArray(defaults)) return value;
  return value.map((element) => partWithout(element, defaults[0]));
}

function same(a: Json, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The request that makes a pool with nodes like recorded ones. */
export function nodePoolRequest(id: string, nodes: readonly JsonObject[]): JsonObject {
  const node = without(nodes[0]!, poolDefaults);
  const endpoints = objectsOf(objectOf(node.endpointConfiguration).inboundEndpoints);
  const pool: JsonObject = {
    id,
    vmSize: textOf(node.vmSize).toUpperCase(),
    targetDedicatedNodes: nodes.filter(({ isDedicated }) => isDedicated === true).length,
    targetLowPriorityNodes: nodes.filter(({ isDedicated }) => isDedicated === false).length,
  };
  if (node.startTask !== undefined) pool.startTask = node.startTask;
  if (node.certificateReferences !== undefined) pool.certificateReferences = node.certificateReferences;
  if (endpoints.some(({ name }) => textOf(name).endsWith("RdpInput"))) {
    pool.cloudServiceConfiguration = { osFamily: "4" };
    return pool;
  }
  const { exactVersion: _, ...image } = objectOf(objectOf(node.virtualMachineInfo).imageReference);
  pool.virtualMachineConfiguration = {
    nodeAgentSKUId: "batch.node.ubuntu 18.04",
    imageReference: image.publisher === undefined ? defaultImage : image,
  };
  const asked = endpoints.filter(({ name }) => !textOf(name).startsWith("SSHRule."));
  if (asked.length > 0) {
    const inboundNATPools = asked.map(({ name, protocol, backendPort, frontendPort }) => ({
      name: textOf(name).replace(/\.\d+$/, ""),
      protocol: protocol!,
      backendPort: backendPort!,
      frontendPortRangeStart: frontendPort!,
      frontendPortRangeEnd: Number(frontendPort) + 1000,
    }));
    pool.networkConfiguration = { endpointConfiguration: { inboundNATPools } };
  }
  return pool;
}

const defaultImage = { publisher: "canonical", offer: "ubuntuserver", sku: "18.04-lts" };
