import type { AutoscaleParameter } from "./autoscale.js";
import { autoscaleLanguage } from "./autoscale-language.js";

/**
 * What a formula will do, in sentences and as a table: the formula itself is evaluated for a pool without nodes, for
 * several numbers of tasks that have waited for half an hour.
 */
export function explainAutoscale(
  { autoScaleFormula: formula, autoScaleEvaluationInterval: interval }: AutoscaleParameter,
  taskSlotsPerNode: number,
): string {
  const nodesFor = (waitingTasks: number | undefined) => nodesIn(formula, waitingTasks, taskSlotsPerNode);
  const slots = `${taskSlotsPerNode} task slot${taskSlotsPerNode === 1 ? "" : "s"}`;
  return [
    `Batch evaluates the formula when the pool is made, and then every ${duration(interval)}; a node has ${slots}.`,
    `A new pool, of which Batch knows no samples yet, gets ${nodesFor(undefined)}.`,
    "With this many tasks waiting, a pool without nodes gets:",
    ...examples(taskSlotsPerNode).map((tasks) => `  ${String(tasks).padStart(5)}  ${nodesFor(tasks)}`),
    `A node that goes: ${deallocationOf(formula, taskSlotsPerNode)}`,
  ].join("\n");
}

function examples(taskSlotsPerNode: number): number[] {
  const wanted = [0, 1, taskSlotsPerNode, taskSlotsPerNode + 1, 10, 100, 1000, 10_000];
  return [...new Set(wanted)].sort((a, b) => a - b);
}

function nodesIn(formula: string, waitingTasks: number | undefined, taskSlotsPerNode: number): string {
  const targets = autoscaleLanguage().targetsIn(formula, { waitingTasks, taskSlotsPerNode });
  if (typeof targets === "string") return `no change, as the formula fails: ${targets}`;
  const { dedicatedNodes, lowPriorityNodes } = targets;
  if (dedicatedNodes + lowPriorityNodes === 0) return "no nodes";
  const dedicated = count(dedicatedNodes, "dedicated");
  if (lowPriorityNodes === 0) return dedicated;
  const spot = count(lowPriorityNodes, "Spot");
  return dedicatedNodes === 0 ? spot : `${dedicated} and ${spot}`;
}

function count(nodes: number, kind: string): string {
  return `${nodes} ${kind} node${nodes === 1 ? "" : "s"}`;
}

const DEALLOCATION = {
  requeue: "its tasks are stopped and run again elsewhere.",
  terminate: "its tasks are ended.",
  taskcompletion: "it takes no more tasks, and goes when those it has are done.",
  retaineddata:
    "it takes no more tasks, and goes when the files of those it has need not be kept any longer.",
} as const;

function deallocationOf(formula: string, taskSlotsPerNode: number): string {
  const targets = autoscaleLanguage().targetsIn(formula, { waitingTasks: 0, taskSlotsPerNode });
  return DEALLOCATION[typeof targets === "string" ? "requeue" : targets.nodeDeallocationOption];
}

/** An ISO 8601 duration of ours in words: `"5 minutes"`, `"1 day 2 hours"`. */
function duration(iso: string): string {
  const units = { D: "day", H: "hour", M: "minute", S: "second" } as const;
  const parts = [...iso.matchAll(/([\d.]+)([DHMS])/g)].map(([, amount, unit]) => {
    const name = units[unit as keyof typeof units];
    return `${amount} ${name}${amount === "1" ? "" : "s"}`;
  });
  return parts.join(" ");
}
