import type { ComparisonOperator } from "./filter-grammar.js";

/** What may be done with one property in a `$filter`. */
export interface FilterableProperty {
  readonly type: "string" | "dateTime" | "boolean" | "integer";
  /** `startswith` is written as a function, the others between property and value. */
  readonly operators: readonly (ComparisonOperator | "startswith")[];
  /** The entity's property, where the filter knows it under another name. */
  readonly reads?: string;
}

/** The properties one list can be filtered by: name (nested with `/`) to rule. Case-sensitive. */
export type FilterableProperties = Readonly<Record<string, FilterableProperty>>;

const ordered = ["eq", "ne", "ge", "gt", "le", "lt"] as const;

const text: FilterableProperty = { type: "string", operators: ["startswith", ...ordered] };
const choice: FilterableProperty = { type: "string", operators: ["eq", "ne"] };
const exactly: FilterableProperty = { type: "string", operators: ["eq"] };
const prefix: FilterableProperty = { type: "string", operators: ["startswith"] };
const time: FilterableProperty = { type: "dateTime", operators: ordered };
const flag: FilterableProperty = { type: "boolean", operators: ["eq", "ne"] };
const integer: FilterableProperty = { type: "integer", operators: ordered };

const jobsOfSchedule: FilterableProperties = {
  state: choice,
  stateTransitionTime: time,
  creationTime: time,
  lastModified: time,
  "executionInfo/startTime": time,
  "executionInfo/endTime": time,
  "executionInfo/poolId": text,
};

const files: FilterableProperties = { name: prefix };

/** The documented properties and operators of every list that takes `$filter`. Lists that are missing here take none. */
export const filterable = {
  pools: {
    id: text,
    state: choice,
    stateTransitionTime: time,
    allocationState: exactly,
    allocationStateTransitionTime: time,
    creationTime: time,
    lastModified: time,
    enableAutoScale: flag,
    enableInterNodeCommunication: flag,
    vmSize: choice,
  },
  jobs: { id: text, ...jobsOfSchedule },
  jobsOfSchedule,
  jobSchedules: {
    id: text,
    state: choice,
    stateTransitionTime: time,
    creationTime: time,
    lastModified: time,
    "executionInfo/endTime": time,
    "schedule/doNotRunUntil": time,
    "schedule/doNotRunAfter": time,
  },
  tasks: {
    id: text,
    state: choice,
    stateTransitionTime: time,
    creationTime: time,
    // The service's page spells it lastModifiedTime, the task itself lastModified: clients use either.
    lastModifiedTime: { ...time, reads: "lastModified" },
    lastModified: time,
    "executionInfo/startTime": time,
    "executionInfo/endTime": time,
    "executionInfo/exitCode": integer,
    "executionInfo/result": choice,
  },
  nodes: {
    state: choice,
    stateTransitionTime: time,
    lastBootTime: time,
    allocationTime: time,
    "startTaskInfo/state": exactly,
    "startTaskInfo/result": choice,
    "startTaskInfo/exitCode": integer,
    "startTaskInfo/startTime": time,
    "startTaskInfo/endTime": time,
  },
  files,
  prepReleaseStatus: {
    poolId: choice,
    nodeId: choice,
    "jobPreparationTaskExecutionInfo/state": choice,
    "jobPreparationTaskExecutionInfo/startTime": time,
    "jobPreparationTaskExecutionInfo/endTime": time,
    "jobPreparationTaskExecutionInfo/exitCode": integer,
    "jobPreparationTaskExecutionInfo/result": choice,
    "jobReleaseTaskExecutionInfo/state": choice,
    "jobReleaseTaskExecutionInfo/startTime": time,
    "jobReleaseTaskExecutionInfo/endTime": time,
    "jobReleaseTaskExecutionInfo/exitCode": integer,
    "jobReleaseTaskExecutionInfo/result": choice,
  },
  nodeCounts: { poolId: exactly },
  supportedImages: { osType: choice, verificationType: choice, nodeAgentSKUId: choice },
  nodeAgentSkus: { osType: choice },
  certificates: { state: choice, stateTransitionTime: time },
  poolUsageMetrics: { poolId: { type: "string", operators: ["startswith", "eq", "ge", "gt", "le", "lt"] } },
} as const satisfies Record<string, FilterableProperties>;
