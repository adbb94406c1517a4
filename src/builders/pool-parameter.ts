import type { PoolParameter, PoolSpecification } from "../azure/parameters/index.js";
import { type AutoscaleOptions, autoscaleParameter } from "./autoscale.js";
import {
  checkDisplayName,
  checkDuration,
  checkId,
  checkKeys,
  checkOneOf,
  checkRecord,
  checkText,
  checkWhole,
} from "./checks.js";
import type { Duration } from "./duration.js";
import type { Image } from "./images.js";
import { type Problem, refuseProblems } from "./problems.js";
import { type StartTaskOptions, startTaskParameter } from "./start-task.js";

/** What a pool's builder was told, as it was told. */
export interface PoolSettings {
  readonly id?: string;
  readonly vmSize?: string;
  readonly image?: Image;
  readonly dedicatedNodes?: number;
  readonly spotNodes?: number;
  readonly autoscale?: AutoscaleOptions;
  readonly taskSlotsPerNode?: number;
  readonly taskFillType?: "spread" | "pack";
  readonly startTask?: StartTaskOptions;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly resizeTimeout?: Duration;
  readonly displayName?: string;
}

const FILL_TYPES = ["spread", "pack"] as const;
const IMAGE_KEYS = ["publisher", "offer", "sku", "version", "nodeAgentSKUId"];

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function poolParameter(settings: PoolSettings): PoolParameter | PoolSpecification {
  const problems: Problem[] = [];
  const parameter = makeParameter(settings, problems);
  refuseProblems(
    settings.id === undefined ? "The pool" : `The pool ${JSON.stringify(settings.id)}`,
    problems,
  );
  return parameter;
}

function makeParameter(settings: PoolSettings, problems: Problem[]): PoolParameter | PoolSpecification {
  const { id, displayName, vmSize, taskSlotsPerNode, taskFillType, startTask, metadata, resizeTimeout } =
    settings;
  const isWindows = String(settings.image?.nodeAgentSKUId).includes("windows");
  return {
    ...(id !== undefined && { id: checkId(id, "pool.id", problems) }),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "pool.displayName", problems),
    }),
    vmSize: checkText(vmSize as string, "pool.vmSize", problems),
    virtualMachineConfiguration: machine(settings.image, problems),
    ...(taskSlotsPerNode !== undefined && {
      taskSlotsPerNode: checkWhole(taskSlotsPerNode, [1, 256], "pool.taskSlotsPerNode", problems),
    }),
    ...(taskFillType !== undefined && {
      taskSchedulingPolicy: {
        nodeFillType: checkOneOf(taskFillType, FILL_TYPES, "pool.taskFillType", problems),
      },
    }),
    ...(resizeTimeout !== undefined && {
      resizeTimeout: checkDuration(resizeTimeout, { least: "5m" }, "pool.resizeTimeout", problems),
    }),
    ...size(settings, problems),
    ...(startTask !== undefined && { startTask: startTaskParameter(startTask, isWindows, problems) }),
    ...(metadata !== undefined && { metadata: checkRecord(metadata, "pool.metadata", problems) }),
  };
}

function machine(image: Image | undefined, problems: Problem[]) {
  if (image === undefined) {
    problems.push({ option: "pool.image", says: 'is missing: for one, say .image(ubuntu("24.04"))' });
    return undefined;
  }
  checkKeys(image, IMAGE_KEYS, "pool.image", problems);
  const { publisher, offer, sku, version = "latest", nodeAgentSKUId } = image ?? {};
  return {
    imageReference: {
      publisher: checkText(publisher, "pool.image.publisher", problems),
      offer: checkText(offer, "pool.image.offer", problems),
      sku: checkText(sku, "pool.image.sku", problems),
      version: checkText(version, "pool.image.version", problems),
    },
    nodeAgentSKUId: checkText(nodeAgentSKUId, "pool.image.nodeAgentSKUId", problems),
  };
}

/** How many nodes: a fixed number, or a formula. */
function size(settings: PoolSettings, problems: Problem[]): Partial<PoolSpecification> {
  const { autoscale, dedicatedNodes, spotNodes, taskSlotsPerNode = 1 } = settings;
  const isFixed = dedicatedNodes !== undefined || spotNodes !== undefined;
  if (autoscale !== undefined && isFixed) {
    const says = "excludes dedicatedNodes and spotNodes: a pool has a fixed size or follows its work";
    problems.push({ option: "pool.autoscale", says });
  }
  if (autoscale !== undefined) return autoscaleParameter(autoscale, taskSlotsPerNode, problems);
  if (!isFixed) {
    problems.push({ option: "pool", says: "has no size: say dedicatedNodes, spotNodes or autoscale" });
  }
  const bounds = [0, Number.POSITIVE_INFINITY] as const;
  return {
    targetDedicatedNodes: checkWhole(dedicatedNodes ?? 0, bounds, "pool.dedicatedNodes", problems),
    targetLowPriorityNodes: checkWhole(spotNodes ?? 0, bounds, "pool.spotNodes", problems),
  };
}
