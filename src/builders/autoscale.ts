import { checkDuration, checkKeys, checkOneOf, checkWhole } from "./checks.js";
import type { Duration } from "./duration.js";
import type { Problem } from "./problems.js";

/** How a pool follows its work. */
export interface AutoscaleOptions {
  /** How many nodes there are when no task waits or runs. Default: 0. */
  readonly min?: number;
  /** How many nodes there are at most. */
  readonly max: number;
  /** How many nodes a new pool begins with, before Batch has counted any task. Default: 1, or `min` where that is more. */
  readonly start?: number;
  /** Which kind of node is added and removed. Default: `"dedicated"`. */
  readonly nodes?: "dedicated" | "spot";
  /** What becomes of the tasks on a node that goes. Default: `"taskcompletion"`, by which it stays until they are done. */
  readonly nodeDeallocationOption?: NodeDeallocationOption;
  /** How often Batch looks, from 5 minutes to 7 days. Default: 5 minutes. */
  readonly evaluationInterval?: Duration;
}

/**
 * What becomes of the tasks on a node that leaves its pool: they run again elsewhere, are ended, are waited for, or are
 * waited for until their files have been kept for as long as they were to be.
 */
export type NodeDeallocationOption = "requeue" | "terminate" | "taskcompletion" | "retaineddata";

/** The part of a pool's parameter that a formula makes. */
export interface AutoscaleParameter {
  readonly enableAutoScale: true;
  readonly autoScaleFormula: string;
  readonly autoScaleEvaluationInterval: string;
}

const KEYS = ["min", "max", "start", "nodes", "nodeDeallocationOption", "evaluationInterval"];
const NODE_DEALLOCATION_OPTIONS = ["requeue", "terminate", "taskcompletion", "retaineddata"] as const;

/** Checks the options and writes the formula. */
export function autoscaleParameter(
  options: AutoscaleOptions,
  taskSlotsPerNode: number,
  problems: Problem[],
): AutoscaleParameter {
  checkKeys(options, KEYS, "pool.autoscale", problems);
  const {
    min = 0,
    max,
    start = Math.max(1, min),
    nodes = "dedicated",
    nodeDeallocationOption = "taskcompletion",
    evaluationInterval = "5m",
  } = options ?? {};
  const before = problems.length;
  checkWhole(min, [0, Number.POSITIVE_INFINITY], "pool.autoscale.min", problems);
  checkWhole(max, [1, Number.POSITIVE_INFINITY], "pool.autoscale.max", problems);
  if (problems.length === before && min > max) {
    problems.push({ option: "pool.autoscale.min", says: `is ${min}, and more than max, ${max}` });
  } else if (problems.length === before) {
    checkWhole(start, [min, max], "pool.autoscale.start", problems);
  }
  checkOneOf(nodes, ["dedicated", "spot"], "pool.autoscale.nodes", problems);
  checkDeallocation(nodeDeallocationOption, "pool.autoscale", problems);
  return {
    enableAutoScale: true,
    autoScaleFormula: formula({ min, max, start, nodes, nodeDeallocationOption }, taskSlotsPerNode),
    autoScaleEvaluationInterval: checkInterval(evaluationInterval, "pool.autoscale", problems),
  };
}

/** The option of a pool's scaling that says what becomes of tasks. */
export function checkDeallocation(
  option: NodeDeallocationOption,
  at: string,
  problems: Problem[],
): NodeDeallocationOption {
  return checkOneOf(option, NODE_DEALLOCATION_OPTIONS, `${at}.nodeDeallocationOption`, problems);
}

/** How often a formula is evaluated. */
export function checkInterval(interval: Duration, at: string, problems: Problem[]): string {
  return checkDuration(interval, { least: "5m", most: "7d" }, `${at}.evaluationInterval`, problems);
}

/**
 * The formula is evaluated once when the pool is made, before it can have a task, and then at every interval: what it
 * does without samples decides how a pool starts. How the service rounds a target is not documented, so the count of
 * nodes never lies below 1 where there is a task. The service promises no time in which samples arrive: a formula that
 * needed those of the last minutes would neither grow nor shrink where they are always late.
 */
function formula(
  options: Required<Omit<AutoscaleOptions, "evaluationInterval">>,
  taskSlotsPerNode: number,
): string {
  const target = options.nodes === "spot" ? "$TargetLowPriorityNodes" : "$TargetDedicatedNodes";
  return `// Written by azure-batch-parallel: as many nodes as the tasks that wait or run have use for.
minNodes = ${options.min};
maxNodes = ${options.max};
startNodes = ${options.start};
slotsPerNode = ${taskSlotsPerNode};
// A sample is taken every 30 seconds and known a minute later or more; a new pool has none. Three in ten minutes will do.
hasSamples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 10) >= 15;
// The latest sample, so that new tasks count at once; the average of six, so that a moment without tasks costs no node.
pendingTasks = hasSamples ? max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(6))) : 0;
// A node for a part of its slots, too.
usefulNodes = pendingTasks > 0 ? (pendingTasks + slotsPerNode - 1) / slotsPerNode : 0;
// Without samples: a new pool starts, and any other stays as it is.
wantedNodes = hasSamples ? usefulNodes : max(startNodes, ${target});
${target} = max(minNodes, min(maxNodes, wantedNodes));
// What becomes of the tasks of a node that goes.
$NodeDeallocationOption = ${options.nodeDeallocationOption};
`;
}
