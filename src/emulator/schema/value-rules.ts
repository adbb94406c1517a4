import { parseDuration, type Ticks } from "./duration.js";
import type { ModelName } from "./models.js";

/** Why a value of the right type is refused, or `undefined` for one that is taken. */
export type ValueRule = (value: unknown) => string | undefined;

const id: ValueRule = (value) =>
  /^[\w-]{1,64}$/.test(String(value))
    ? undefined
    : "An id has 1 to 64 characters, which are letters, digits, hyphens and underscores";

const atMostCharacters =
  (most: number): ValueRule =>
  (value) =>
    [...String(value)].length > most ? `The value cannot be longer than ${most} characters` : undefined;

const atMostItems =
  (most: number): ValueRule =>
  (value) =>
    Array.isArray(value) && value.length > most ? `The list cannot have more than ${most} items` : undefined;

const between =
  (least: number, most = Number.POSITIVE_INFINITY): ValueRule =>
  (value) => {
    if (Number(value) < least) return `The value cannot be less than ${least}`;
    return Number(value) > most ? `The value cannot be greater than ${most}` : undefined;
  };

// It becomes part of a pool's id.
const poolIdPrefix: ValueRule = (value) =>
  /^[\w-]*$/.test(String(value))
    ? atMostCharacters(20)(value)
    : "A prefix has letters, digits, hyphens and underscores only";

const positiveOrUnlimited: ValueRule = (value) =>
  value === -1 || Number(value) > 0 ? undefined : "The value has to be -1 (no limit) or greater than 0";

const lasting = (least: string, most?: string): ValueRule => {
  const [shortest, longest] = [ticksOf(least), most === undefined ? undefined : ticksOf(most)];
  return (value) => {
    const ticks = ticksOf(String(value));
    if (ticks < shortest) return `The duration cannot be shorter than ${least}`;
    return longest !== undefined && ticks > longest
      ? `The duration cannot be longer than ${most}`
      : undefined;
  };
};

const ticksOf = (duration: string): Ticks => parseDuration(duration) ?? 0n;

const displayName = atMostCharacters(1024);
const nodes = between(0);
const slots = between(1, 256);
const requiredSlots = between(1);
const resizeTimeout = lasting("PT5M");
const evaluationInterval = lasting("PT5M", "PT168H");
const retries = between(-1);
const priority = between(-1000, 1000);
const maxWallClockTime = lasting("PT0S");
const retentionTime = lasting("PT0S");

const poolRules = {
  displayName,
  targetDedicatedNodes: nodes,
  targetLowPriorityNodes: nodes,
  taskSlotsPerNode: slots,
  maxTasksPerNode: slots,
  resizeTimeout,
  autoScaleEvaluationInterval: evaluationInterval,
  applicationPackageReferences: atMostItems(10),
};
const jobRules = { displayName, priority, maxParallelTasks: positiveOrUnlimited };

/** The documented limits on values, by model and property. */
export const valueRules: Partial<Record<ModelName, Readonly<Record<string, ValueRule>>>> = {
  AutoPoolSpecification: { autoPoolIdPrefix: poolIdPrefix },
  JobAddParameter: { id, ...jobRules },
  JobConstraints: { maxWallClockTime, maxTaskRetryCount: retries },
  JobManagerTask: { id, displayName, requiredSlots },
  JobPatchParameter: jobRules,
  JobPreparationTask: { id },
  JobReleaseTask: { id, maxWallClockTime: lasting("PT0S", "PT15M"), retentionTime },
  JobScheduleAddParameter: { id, displayName },
  JobSpecification: jobRules,
  JobUpdateParameter: jobRules,
  MultiInstanceSettings: { numberOfInstances: between(1) },
  NodeRemoveParameter: { nodeList: atMostItems(100), resizeTimeout },
  PoolAddParameter: { id, ...poolRules },
  PoolEnableAutoScaleParameter: { autoScaleEvaluationInterval: evaluationInterval },
  PoolPatchParameter: poolRules,
  PoolResizeParameter: { targetDedicatedNodes: nodes, targetLowPriorityNodes: nodes, resizeTimeout },
  PoolSpecification: poolRules,
  Schedule: { startWindow: lasting("PT1M"), recurrenceInterval: lasting("PT1M") },
  StartTask: { maxTaskRetryCount: retries },
  TaskAddCollectionParameter: { value: atMostItems(100) },
  TaskAddParameter: { id, displayName, requiredSlots },
  TaskConstraints: { maxWallClockTime, retentionTime, maxTaskRetryCount: retries },
};
