import { type ModelName, type ModelSchema, models } from "./models.js";

/** The version the models are generated from: 2022-10-01.16.0. */
const modelVersion = 16;

/** The properties that came after 2020-03-01.11.0, with the version that brought them. */
const addedIn: Partial<Record<ModelName, Readonly<Record<string, number>>>> = {
  // 2020-09-01.12.0
  JobManagerTask: { requiredSlots: 12 },
  // 2021-06-01.14.0
  AzureBlobFileSystemConfiguration: { identityReference: 14 },
  ContainerRegistry: { identityReference: 14 },
  ResourceFile: { identityReference: 14 },
  UploadBatchServiceLogsConfiguration: { identityReference: 14 },
  VirtualMachineConfiguration: { extensions: 14, nodePlacementConfiguration: 14, osDisk: 14 },
  // several
  JobAddParameter: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobPatchParameter: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobSpecification: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  JobUpdateParameter: { maxParallelTasks: 14, allowTaskPreemption: 15 },
  OutputFileBlobContainerDestination: { identityReference: 14, uploadHeaders: 15 },
  PoolAddParameter: { taskSlotsPerNode: 12, targetNodeCommunicationMode: 16 },
  PoolPatchParameter: { targetNodeCommunicationMode: 16 },
  PoolSpecification: { taskSlotsPerNode: 12, targetNodeCommunicationMode: 16 },
  PoolUpdatePropertiesParameter: { targetNodeCommunicationMode: 16 },
  TaskAddParameter: { requiredSlots: 12 },
};

/** The names before 2020-09-01.12.0 of properties that are called differently since. */
const formerNames: Partial<Record<ModelName, Readonly<Record<string, string>>>> = {
  PoolAddParameter: { maxTasksPerNode: "taskSlotsPerNode" },
  PoolSpecification: { maxTasksPerNode: "taskSlotsPerNode" },
};
const renamedIn = 12;

/** The running number inside an api-version: 16 of `2022-10-01.16.0`. */
export function versionNumber(apiVersion: string): number {
  const number = /^\d{4}-\d{2}-\d{2}\.(\d+)\.\d+$/.exec(apiVersion)?.[1];
  if (number === undefined) throw new RangeError(`'${apiVersion}' is not an api-version`);
  return Number(number);
}

/** Whether the version is newer than the models: what they do not know is then taken as it is. */
export const isNewer = (version: number): boolean => version > modelVersion;

/** The name by which the emulator keeps a property that an old version calls otherwise. */
export function presentName(model: ModelName, property: string): string {
  const names = formerNames[model];
  return names && Object.hasOwn(names, property) ? names[property]! : property;
}

const schemas = new Map<string, ModelSchema>();

/** A model as a version has it. */
export function modelOf(model: ModelName, version: number): ModelSchema {
  if (version >= modelVersion) return models[model];
  const key = `${model} ${version}`;
  const known = schemas.get(key);
  if (known) return known;

  const schema = olderModel(model, version);
  schemas.set(key, schema);
  return schema;
}

function olderModel(model: ModelName, version: number): ModelSchema {
  const schema = { ...models[model] };
  if (version < renamedIn) {
    for (const [former, present] of Object.entries(formerNames[model] ?? {}))
      schema[former] = schema[present]!;
  }
  for (const [property, added] of Object.entries(addedIn[model] ?? {})) {
    if (added > version) delete schema[property];
  }
  return schema;
}
