import type { PoolParameter } from "../../azure/parameters/index.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type { BatchPool, PoolPatch } from "../../azure/resources/index.js";
import { PoolError, ServiceError } from "../../errors/index.js";
import { checkImage } from "./check-image.js";
import { differences, type PropertyDifference } from "./differences.js";

/** What the service takes a pool's property for that it was not told. */
const DEFAULTS = {
  taskSlotsPerNode: 1,
  taskSchedulingPolicy: { nodeFillType: "spread" },
  enableAutoScale: false,
  enableInterNodeCommunication: false,
} as const;

const START_TASK_DEFAULTS = { maxTaskRetryCount: 0, waitForSuccess: true } as const;

/** How each difference could be made up for, by the first step of its property. */
const SIZE = new Set([
  "targetDedicatedNodes",
  "targetLowPriorityNodes",
  "enableAutoScale",
  "autoScaleFormula",
  "autoScaleEvaluationInterval",
]);
const PATCHABLE = new Set([
  "startTask",
  "metadata",
  "applicationPackageReferences",
  "targetNodeCommunicationMode",
]);

/** Of a pool that was ensured: what was found, or undefined where it was made. */
export type Ensured = BatchPool | undefined;

/** What to do about a pool that exists and differs. */
export interface DifferencePolicy {
  /**
   * `"same"`: it is refused; `"any-size"`: how many nodes it has, and who decides that, is left as it is; `"update"`: what can
   * be changed is changed.
   */
  readonly existing: "same" | "any-size" | "update";
}

/** Makes the pool where there is none; else says whether it is as wanted, or makes it so. */
export async function ensurePool(
  batch: BatchPort,
  wanted: PoolParameter,
  { existing }: DifferencePolicy,
  options: CallOptions = {},
): Promise<Ensured> {
  const found = (await batch.pools.get(wanted.id, options)) ?? (await made(batch, wanted, options));
  if (found === undefined) return undefined;
  if (found.state === "deleting") {
    const message = `The pool "${wanted.id}" is being deleted in the account ${batch.url}.`;
    throw new PoolError(message, { code: "PoolNotFound", poolId: wanted.id });
  }
  const all = poolDifferences(wanted, found);
  const kept = existing === "any-size" ? all.filter(({ property }) => !SIZE.has(stepOf(property))) : all;
  const open = existing === "update" ? kept.filter((difference) => !isChangeable(difference)) : kept;
  if (open.length > 0) throw poolDiffers(wanted.id, kept, open.length < kept.length || existing === "update");
  if (existing === "update" && kept.length > 0) await update(batch, wanted, found, kept, options);
  return found;
}

/** Makes the pool; gives the one that somebody else has made in the meantime. */
async function made(
  batch: BatchPort,
  wanted: PoolParameter,
  options: CallOptions,
): Promise<BatchPool | undefined> {
  await checkImage(batch, wanted, options);
  try {
    await batch.createPool(wanted, options);
    return undefined;
  } catch (error) {
    const exists = error instanceof ServiceError && ["PoolExists", "PoolBeingDeleted"].includes(error.code);
    const found = exists ? await batch.pools.get(wanted.id, options) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

function poolDifferences(wanted: PoolParameter, found: BatchPool): PropertyDifference[] {
  const { resizeTimeout: _, startTask, ...settings } = wanted;
  const scales = settings.enableAutoScale === true;
  const size = scales ? { autoScaleEvaluationInterval: "PT15M" } : NO_NODES;
  const complete = {
    ...DEFAULTS,
    ...size,
    ...settings,
    ...(startTask !== undefined && { startTask: { ...START_TASK_DEFAULTS, ...startTask } }),
  };
  const { resizeErrors: __, startTask: foundStartTask, ...rest } = found;
  const present = {
    ...DEFAULTS,
    ...rest,
    ...(foundStartTask !== undefined && { startTask: { ...START_TASK_DEFAULTS, ...foundStartTask } }),
  };
  const unwanted: PropertyDifference[] =
    startTask === undefined && foundStartTask !== undefined
      ? [{ property: "startTask", wanted: undefined, found: foundStartTask.commandLine }]
      : [];
  // A pool that scales itself has targets that nobody asked for.
  return [...differences(complete, present), ...unwanted].filter(
    ({ property }) => !(scales && property.startsWith("target") && property.endsWith("Nodes")),
  );
}

const NO_NODES = { targetDedicatedNodes: 0, targetLowPriorityNodes: 0 } as const;

const stepOf = (property: string) => property.split(".")[0] as string;

function isChangeable({ property, wanted }: PropertyDifference): boolean {
  // A start task can be replaced, but not be taken away.
  if (property === "startTask" && wanted === undefined) return false;
  return SIZE.has(stepOf(property)) || PATCHABLE.has(stepOf(property));
}

function poolDiffers(poolId: string, all: readonly PropertyDifference[], updating: boolean): PoolError {
  const lines = all.map(
    ({ property, wanted, found }) => `${property} is ${text(found)}, not ${text(wanted)}`,
  );
  const changeable = all.every(isChangeable);
  const advice =
    changeable && !updating
      ? "Describe it as it is, or let batch.ensurePool change it with { update: true }."
      : "Describe it as it is, use another id, or delete it before.";
  return new PoolError(`The pool "${poolId}" exists and is another one: ${lines.join("; ")}. ${advice}`, {
    code: "PoolDiffers",
    poolId,
    differences: all,
  });
}

function text(value: unknown): string {
  if (value === undefined) return "not there";
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
}

/** Changes in place what differs, which is all that can be. */
async function update(
  batch: BatchPort,
  wanted: PoolParameter,
  found: BatchPool,
  different: readonly PropertyDifference[],
  options: CallOptions,
): Promise<void> {
  const steps = new Set(different.map(({ property }) => stepOf(property)));
  const { startTask, metadata = [], applicationPackageReferences = [], targetNodeCommunicationMode } = wanted;
  const names = new Set(metadata.map(({ name }) => name));
  const others = (found.metadata ?? []).filter(({ name }) => !names.has(name));
  const patch: PoolPatch = {
    ...(steps.has("startTask") && { startTask }),
    // What others have noted stays.
    ...(steps.has("metadata") && { metadata: [...others, ...metadata] }),
    ...(steps.has("applicationPackageReferences") && { applicationPackageReferences }),
    ...(steps.has("targetNodeCommunicationMode") && { targetNodeCommunicationMode }),
  };
  if (Object.keys(patch).length > 0) await batch.pools.patch(wanted.id, patch, options);
  if (![...steps].some((step) => SIZE.has(step))) return;
  const { enableAutoScale, autoScaleFormula, autoScaleEvaluationInterval, resizeTimeout } = wanted;
  if (enableAutoScale === true) {
    const autoscale = {
      ...(autoScaleFormula !== undefined && { autoScaleFormula }),
      ...(autoScaleEvaluationInterval !== undefined && { autoScaleEvaluationInterval }),
    };
    return batch.pools.enableAutoscale(wanted.id, autoscale, options);
  }
  if (steps.has("enableAutoScale")) await batch.pools.disableAutoscale(wanted.id, options);
  const { targetDedicatedNodes = 0, targetLowPriorityNodes = 0 } = wanted;
  const size = { targetDedicatedNodes, targetLowPriorityNodes, ...(resizeTimeout && { resizeTimeout }) };
  await batch.pools.resize(wanted.id, size, options);
}
