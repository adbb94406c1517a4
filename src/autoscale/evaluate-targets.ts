import type { AutoScaleTargets } from "./environment.js";
import { FormulaError } from "./formula-error.js";
import { StopEvaluation } from "./functions.js";
import { readFormula } from "./grammar.js";
import { runStatements } from "./interpreter.js";
import { type Metric, type MetricName, metricNames } from "./metrics.js";
import { Variables } from "./variables.js";

/** A pool for which a formula is tried. */
export interface Situation {
  /** Tasks that have waited for the last half hour; `undefined` where Batch knows no samples yet. */
  readonly waitingTasks: number | undefined;
  readonly taskSlotsPerNode: number;
}

/** A moment of no importance: Monday noon. */
const now = Date.UTC(2024, 0, 1, 12);
const samplePeriod = 30_000;

/** What a formula makes of a pool without nodes, or why it fails there: `"Line 1, Col 8: …"`. */
export function targetsIn(formula: string, situation: Situation): AutoScaleTargets | string {
  const variables = new Variables({
    now,
    targetDedicatedNodes: 0,
    targetLowPriorityNodes: 0,
    metrics: metricsOf(situation),
    samplePeriod,
  });
  try {
    runStatements(readFormula(formula), variables, { now, random: () => 0.5 });
  } catch (error) {
    if (error instanceof FormulaError) return error.message;
    if (!(error instanceof StopEvaluation)) throw error;
  }
  return variables.result();
}

function metricsOf({ waitingTasks, taskSlotsPerNode }: Situation): Partial<Record<MetricName, Metric>> {
  if (waitingTasks === undefined) return {};
  const values: Partial<Record<MetricName, number>> = {
    $ActiveTasks: waitingTasks,
    $PendingTasks: waitingTasks,
    $TaskSlotsPerNode: taskSlotsPerNode,
  };
  return Object.fromEntries(metricNames.map((name) => [name, constant(values[name] ?? 0)]));
}

function constant(value: number): Metric {
  const samples = Array.from({ length: 60 }, (_, index) => ({
    time: now - (60 - index) * samplePeriod,
    value,
  }));
  return { samples, current: value };
}
