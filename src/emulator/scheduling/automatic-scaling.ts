import { type AutoScaleRunResult, evaluate } from "../autoscale/evaluate.js";
import type { Service } from "../service.js";
import type { AutoScale, PoolRecord } from "../state/pool.js";
import { millisecondsOf } from "../wire/duration.js";
import type { Micros } from "../wire/time.js";
import { startResize } from "./pool-allocation.js";

/** Lets the formula in the pool's specification set its size: now, and then again at its interval. */
export function startAutoScale(service: Service, pool: PoolRecord, now: Micros): void {
  stopAutoScale(pool);
  const { autoScaleFormula = "", autoScaleEvaluationInterval = "PT15M" } = pool.spec;
  const interval = millisecondsOf(autoScaleEvaluationInterval);
  pool.autoScale = { formula: autoScaleFormula, interval, timer: undefined, run: undefined };
  evaluateOnSchedule(service, pool, pool.autoScale, now);
}

/** Takes the specification's new formula: it sets the size now, and then when the old one would have. */
export function changeFormula(
  service: Service,
  pool: PoolRecord,
  autoScale: AutoScale,
  formula: string,
  now: Micros,
): void {
  autoScale.formula = formula;
  evaluateAndResize(service, pool, autoScale, now);
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

function evaluateOnSchedule(service: Service, pool: PoolRecord, autoScale: AutoScale, now: Micros): void {
  autoScale.timer = service.clock.afterServiceWait(autoScale.interval, () =>
    evaluateOnSchedule(service, pool, autoScale, service.clock.now()),
  );
  evaluateAndResize(service, pool, autoScale, now);
}

function evaluateAndResize(service: Service, pool: PoolRecord, autoScale: AutoScale, now: Micros): void {
  const { results, error, targets } = evaluateFormula(service, pool, autoScale.formula);
  autoScale.run = { timestamp: now, results, error };

  const unchanged =
    targets.dedicatedNodes === pool.targetDedicated && targets.lowPriorityNodes === pool.targetLowPriority;
  // A resize under way is not disturbed; the next evaluation sees what came of it.
  if (error !== undefined || unchanged || pool.resize !== undefined) return;
  pool.targetDedicated = targets.dedicatedNodes;
  pool.targetLowPriority = targets.lowPriorityNodes;
  startResize(service, pool, targets.nodeDeallocationOption);
  // The service gives one moment to all that an evaluation changes.
  pool.modified = pool.allocationChanged = now;
}
