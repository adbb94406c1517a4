import {
  type AutoscaleParameter,
  checkDeallocation,
  checkInterval,
  type NodeDeallocationOption,
} from "./autoscale.js";
import { autoscaleLanguage } from "./autoscale-language.js";
import { checkKeys, checkText, checkWhole } from "./checks.js";
import type { Duration } from "./duration.js";
import type { Problem } from "./problems.js";

/** What a formula of one's own is to do beyond what it says itself. */
export interface AutoscaleFormulaOptions {
  /**
   * How many nodes there are at least while Batch knows too few samples, as for the first minutes of a new pool: dedicated
   * ones, unless the formula sizes Spot nodes alone. Default: what the formula makes of no samples.
   */
  readonly startNodes?: number;
  /** What becomes of the tasks on a node that goes, where the formula does not say. Default: Batch's `"requeue"`. */
  readonly nodeDeallocationOption?: NodeDeallocationOption;
  /** How often Batch evaluates the formula, from 5 minutes to 7 days. Default: 5 minutes. */
  readonly evaluationInterval?: Duration;
}

/** A formula as a builder was told it. */
export interface OwnFormula {
  readonly text: string;
  readonly options: AutoscaleFormulaOptions;
}

const AT = "pool.autoscaleFormula";
const KEYS = ["startNodes", "nodeDeallocationOption", "evaluationInterval"];

/** Checks a formula, and makes its part of a pool's parameter. */
export function formulaParameter({ text, options }: OwnFormula, problems: Problem[]): AutoscaleParameter {
  const before = problems.length;
  checkKeys(options, KEYS, AT, problems);
  const { startNodes, nodeDeallocationOption, evaluationInterval = "5m" } = options ?? {};
  if (startNodes !== undefined)
    checkWhole(startNodes, [0, Number.POSITIVE_INFINITY], `${AT}.startNodes`, problems);
  if (nodeDeallocationOption !== undefined) checkDeallocation(nodeDeallocationOption, AT, problems);
  const interval = checkInterval(evaluationInterval, AT, problems);
  checkFormula(text, problems);
  const isFine = problems.length === before;
  return {
    enableAutoScale: true,
    autoScaleFormula: isFine ? completed(text, { startNodes, nodeDeallocationOption }, problems) : text,
    autoScaleEvaluationInterval: interval,
  };
}

function checkFormula(text: string, problems: Problem[]): void {
  const before = problems.length;
  checkText(text, AT, problems);
  if (problems.length > before) return;
  for (const { place, reason } of autoscaleLanguage().checkFormula(text)) {
    const says =
      place === undefined ? reason : `has an error in line ${place.line}, column ${place.column}: ${reason}`;
    problems.push({ option: AT, says });
  }
}

/** A formula that has no errors, with what it is to do beyond what it says. */
function completed(
  text: string,
  additions: Pick<AutoscaleFormulaOptions, "startNodes" | "nodeDeallocationOption">,
  problems: Problem[],
): string {
  const { assignedBy, checkFormula, completeFormula, targetsIn } = autoscaleLanguage();
  if (
    additions.nodeDeallocationOption !== undefined &&
    assignedBy(text).includes("$NodeDeallocationOption")
  ) {
    const says = "is not for a formula that sets $NodeDeallocationOption itself";
    problems.push({ option: `${AT}.nodeDeallocationOption`, says });
  }
  const formula = completeFormula(text, additions);
  for (const { reason } of checkFormula(formula)) {
    problems.push({ option: AT, says: `with its start size and deallocation option ${reason}` });
  }
  if (additions.startNodes === undefined) return formula;
  const started = targetsIn(formula, { waitingTasks: undefined, taskSlotsPerNode: 1 });
  if (typeof started === "string") {
    const says =
      `cannot be kept to while there are no samples, as the formula fails then: ${started}. A variable of its own ` +
      "should not need samples: max(0, $PendingTasks.GetSample(5)) is 0 where there are none";
    problems.push({ option: `${AT}.startNodes`, says });
  }
  return formula;
}
