import { type ModelName, type ModelSchema, models, type PropertySchema } from "./models.js";

/** The version the models are generated from: 2022-10-01.16.0. */
const modelVersion = 16;

/** The properties that came after 2018-08-01.7.0, with the version that brought them. */
const addedIn: Partial<Record<ModelName, Readonly<Record<string, number>>>> = {
  // 2018-12-01.8.0
  UserAccount: { windowsUserConfiguration: 8 },
  // 2019-06-01.9.0
  NetworkSecurityGroupRule: { sourcePortRanges: 9 },
  TaskContainerSettings: { workingDirectory: 9 },
  // 2020-09-01.12.0
  JobManagerTask: { requiredSlots: 12 },
  // 2021-06-01.14.0
  AzureBlobFileSystemConfiguration: { identityReference: 14 },
  ContainerRegistry: { identityReference: 14 },
  ResourceFile: {
    httpUrl: 8,
    storageContainerUrl: 8,
    autoStorageContainerName: 8,
    blobPrefix: 8,
    identityReference: 14,
  },
  UploadBatchServiceLogsConfiguration: { identityReference: 14 },
  // several
  CloudServiceConfiguration: { osVersion: 8 },
  JobAddParameter: { networkConfiguration: 8, maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobPatchParameter: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobSpecification: { networkConfiguration: 8, maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobUpdateParameter: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  NetworkConfiguration: { dynamicVNetAssignmentScope: 8, publicIPAddressConfiguration: 11 },
  OutputFileBlobContainerDestination: { identityReference: 14, uploadHeaders: 15 },
  PoolAddParameter: { mountConfiguration: 10, taskSlotsPerNode: 12, targetNodeCommunicationMode: 16 },
  PoolPatchParameter: { targetNodeCommunicationMode: 16 },
  PoolSpecification: { mountConfiguration: 10, taskSlotsPerNode: 12, targetNodeCommunicationMode: 16 },
  PoolUpdatePropertiesParameter: { targetNodeCommunicationMode: 16 },
  TaskAddParameter: { requiredSlots: 12 },
  VirtualMachineConfiguration: {
    diskEncryptionConfiguration: 11,
    extensions: 14,
    nodePlacementConfiguration: 14,
    osDisk: 14,
  },
};

/** The properties of a pool that a patch may change since 2024-07-01.20.0, while the pool has no nodes. */
export const changeableWhenEmpty = [
  "displayName",
  "vmSize",
  "taskSlotsPerNode",
  "taskSchedulingPolicy",
  "enableInterNodeCommunication",
  "virtualMachineConfiguration",
  "networkConfiguration",
  "userAccounts",
  "mountConfiguration",
  "upgradePolicy",
  "resourceTags",
] as const;

/** The properties that are no longer there, with the version that did without them. */
const removedIn: Partial<Record<ModelName, Readonly<Record<string, number>>>> = {
  // 2024-07-01.20.0
  PoolAddParameter: { cloudServiceConfiguration: 20, applicationLicenses: 20 },
  PoolSpecification: { cloudServiceConfiguration: 20, applicationLicenses: 20 },
  // 2025-06-01, which counts as 21
  PoolUpdatePropertiesParameter: { certificateReferences: 21 },
};

/** The values that enums got after the version of the models. */
const addedValues: Partial<Record<ModelName, Readonly<Record<string, { value: string; since: number }>>>> = {
  // 2023-11-01.18.0
  DataDisk: { storageAccountType: { value: "standardssd_lrs", since: 18 } },
};

/** The former names of properties: until the version that brought their present names. */
const formerNames: Partial<Record<ModelName, Readonly<Record<string, string>>>> = {
  CloudServiceConfiguration: { targetOSVersion: "osVersion" },
  PoolAddParameter: { maxTasksPerNode: "taskSlotsPerNode" },
  PoolSpecification: { maxTasksPerNode: "taskSlotsPerNode" },
  ResourceFile: { blobSource: "httpUrl" },
};

/** The properties that newer versions added to a model as another one has them. */
const borrowed: Partial<
  Record<ModelName, { from: ModelName; since: number; properties: readonly string[] }>
> = {
  PoolPatchParameter: { from: "PoolAddParameter", since: 20, properties: changeableWhenEmpty },
  JobPatchParameter: { from: "JobAddParameter", since: 20, properties: ["networkConfiguration"] },
};

/** Whether the version is newer than the models: what they do not know is then taken as it is. */
export const isNewer = (version: number): boolean => version > modelVersion;

/** The name by which the emulator keeps a property that an old version calls otherwise. */
export function presentName(model: ModelName, property: string): string {
  const names = formerNames[model];
  return names && Object.hasOwn(names, property) ? names[property]! : property;
}

/** A body of the model with the present names of its properties. */
export function withPresentNames(
  model: ModelName,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (formerNames[model] === undefined) return body;
  return Object.fromEntries(
    Object.entries(body).map(([property, value]) => [presentName(model, property), value]),
  );
}

const schemas = new Map<string, ModelSchema>();

/** A model as a version has it. */
export function modelOf(model: ModelName, version: number): ModelSchema {
  if (version === modelVersion) return models[model];
  const key = `${model} ${version}`;
  const known = schemas.get(key);
  if (known) return known;

  const schema = version > modelVersion ? newerModel(model, version) : olderModel(model, version);
  schemas.set(key, schema);
  return schema;
}

function newerModel(model: ModelName, version: number): ModelSchema {
  const schema = { ...models[model] };
  for (const property of Object.keys(removedIn[model] ?? {})) {
    if (isRemoved(model, property, version)) delete schema[property];
  }
  for (const [property, { value, since }] of Object.entries(addedValues[model] ?? {})) {
    const known = schema[property];
    if (known?.type === "enum" && version >= since)
      schema[property] = { ...known, values: [...known.values, value] };
  }
  const more = borrowed[model];
  if (more !== undefined && version >= more.since) {
    const source: ModelSchema = models[more.from];
    for (const property of more.properties) {
      const known = source[property];
      if (known !== undefined) schema[property] = optional(known);
    }
  }
  return schema;
}

function optional({ required: _, ...schema }: PropertySchema): PropertySchema {
  return schema;
}

function olderModel(model: ModelName, version: number): ModelSchema {
  const schema = { ...models[model] };
  for (const [former, present] of Object.entries(formerNames[model] ?? {})) {
    if (version < (addedIn[model]?.[present] ?? 0)) schema[former] = schema[present]!;
  }
  for (const [property, added] of Object.entries(addedIn[model] ?? {})) {
    if (added > version) delete schema[property];
  }
  return schema;
}

/** Whether a property is one of pools, but not of this request. */
export function isOfPools(model: ModelName, property: string): boolean {
  const changesPool = model === "PoolPatchParameter" || model === "PoolUpdatePropertiesParameter";
  return changesPool && Object.hasOwn(models.PoolAddParameter, property);
}

/** Whether a version has done away with a property. */
export function isRemoved(model: ModelName, property: string, version: number): boolean {
  const removed = removedIn[model];
  return removed !== undefined && Object.hasOwn(removed, property) && version >= removed[property]!;
}
