import { type AutoScaleRunResult, evaluate } from "../autoscale/evaluate.js";
import type { Service } from "../service.js";
import type { PoolRecord } from "../state/pool.js";
import { millisecondsOf } from "../wire/duration.js";
import { startResize } from "./pool-allocation.js";

/** Lets the formula in the pool's specification set its size: at once, and then again at its interval. */
export function startAutoScale(service: Service, pool: PoolRecord): void {
  stopAutoScale(pool);
  const { autoScaleFormula = "", autoScaleEvaluationInterval = "PT15M" } = pool.spec;
  const interval = millisecondsOf(autoScaleEvaluationInterval);
  pool.autoScale = { formula: autoScaleFormula, interval, timer: undefined, run: undefined };
  evaluateAndResize(service, pool);
}

/** Ends automatic scaling; the pool keeps its size. */
export function stopAutoScale(pool: PoolRecord): void {
  pool.autoScale?.timer?.cancel();
  pool.autoScale = undefined;
}

/** What a formula would do now. */
export function evaluateFormula(service: Service, pool: PoolRecord, formula: string): AutoScaleRunResult {
  const now = Date.now();
  return evaluate(formula, {
    now,
    targetDedicatedNodes: pool.targetDedicated,
    targetLowPriorityNodes: pool.targetLowPriority,
    metrics: pool.metrics.metrics(pool, now, service.clock.speed),
  });
}

function evaluateAndResize(service: Service, pool: PoolRecord): void {
  const { autoScale } = pool;
  if (autoScale === undefined) return;
  const { results, error, targets } = evaluateFormula(service, pool, autoScale.formula);
  autoScale.run = { timestamp: service.clock.now(), results, error };
  autoScale.timer = service.clock.afterServiceWait(autoScale.interval, () =>
    evaluateAndResize(service, pool),
  );

  const unchanged =
    targets.dedicatedNodes === pool.targetDedicated && targets.lowPriorityNodes === pool.targetLowPriority;
  // A resize under way is not disturbed; the next evaluation sees what came of it.
  if (error !== undefined || unchanged || pool.resize !== undefined) return;
  pool.targetDedicated = targets.dedicatedNodes;
  pool.targetLowPriority = targets.lowPriorityNodes;
  pool.modified = autoScale.run.timestamp;
  startResize(service, pool, targets.nodeDeallocationOption);
}
