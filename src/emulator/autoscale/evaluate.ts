import type { AutoScaleEnvironment, AutoScaleTargets } from "../../autoscale/environment.js";
import { FormulaError } from "../../autoscale/formula-error.js";
import { StopEvaluation } from "../../autoscale/functions.js";
import { readFormula } from "../../autoscale/grammar.js";
import { runStatements } from "../../autoscale/interpreter.js";
import { longestFormula, mostStatements } from "../../autoscale/limits.js";
import type { Statement } from "../../autoscale/syntax.js";
import type { Value } from "../../autoscale/values.js";
import { Variables } from "../../autoscale/variables.js";
import { formatValue } from "./format-value.js";

/** Why a formula was refused or failed, as the service writes it. */
export interface AutoScaleError {
  /** The service's code: `"AutoScalingFormulaEvaluationError"`. */
  readonly code: string;
  /** What it says for all errors of the code. */
  readonly message: string;
  /** What is wrong with this formula, and where in it. */
  readonly values?: readonly { readonly name: string; readonly value: string }[];
}

/** The outcome of one evaluation. */
export interface AutoScaleRunResult {
  /** All variables: `$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;own=1`. */
  readonly results: string;
  /** Why the evaluation failed. `results` and `targets` are then the pool's present ones. */
  readonly error?: AutoScaleError;
  readonly targets: AutoScaleTargets;
  /** The formula's own variables; empty when the evaluation failed. */
  readonly variables: Readonly<Record<string, Value>>;
}

/**
 * Evaluates a formula as `evaluateautoscale` and the pool's own evaluations do. Never throws: a formula that cannot be
 * read or fails gives a result with an `error`.
 *
 * @example
 * ```ts
 * const run = evaluate("$TargetDedicatedNodes = min(10, $PendingTasks.GetSample(1));", {
 *   now: Date.now(),
 *   targetDedicatedNodes: 0,
 *   targetLowPriorityNodes: 0,
 *   metrics: { $PendingTasks: { samples: [{ time: Date.now(), value: 4 }] } },
 * });
 * run.results; // "$TargetDedicatedNodes=4;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
 * ```
 */
export function evaluate(formula: string, environment: AutoScaleEnvironment): AutoScaleRunResult {
  return prepareFormula(formula)(environment);
}

/** Reads a formula once, to {@link evaluate} it as often as one likes. */
export function prepareFormula(formula: string): (environment: AutoScaleEnvironment) => AutoScaleRunResult {
  const reading = read(formula);
  return (environment) => {
    const variables = new Variables(environment);
    const error = "error" in reading ? reading.error : run(reading.statements, variables, environment);
    if (error) {
      const unchanged = new Variables(environment);
      return { results: resultsText(unchanged), error, targets: unchanged.result(), variables: {} };
    }
    return {
      results: resultsText(variables),
      targets: variables.result(),
      variables: Object.fromEntries(variables.ownVariables()),
    };
  };
}

/**
 * Why the service refuses to enable a formula (400), or `undefined` for one it accepts. A formula that can be read but
 * fails in evaluation is accepted; its failure is in the pool's `autoScaleRun`.
 */
export function checkFormula(formula: string): AutoScaleError | undefined {
  try {
    return checkLength(formula, readFormulaWithin(formula));
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return {
      code: "AutoScalingFormulaSyntaxError",
      message: "The specified auto-scaling formula has a syntax error.",
      values: [{ name: "Message", value: error.message }],
    };
  }
}

function read(formula: string): { statements: readonly Statement[] } | { error: AutoScaleError } {
  try {
    const statements = readFormulaWithin(formula);
    const tooLong = checkLength(formula, statements);
    return tooLong ? { error: tooLong } : { statements };
  } catch (error) {
    if (error instanceof FormulaError) return { error: evaluationError(error) };
    throw error;
  }
}

function run(
  statements: readonly Statement[],
  variables: Variables,
  { now, random = Math.random }: AutoScaleEnvironment,
): AutoScaleError | undefined {
  try {
    runStatements(statements, variables, { now, random });
    return undefined;
  } catch (error) {
    if (error instanceof StopEvaluation) return undefined;
    if (error instanceof FormulaError) return evaluationError(error);
    throw error;
  }
}

/** The statements of a formula that is short enough to be read at all. */
const readFormulaWithin = (formula: string): readonly Statement[] =>
  formula.length > longestFormula ? [] : readFormula(formula);

function checkLength(formula: string, statements: readonly Statement[]): AutoScaleError | undefined {
  if (formula.length <= longestFormula && statements.length <= mostStatements) return undefined;
  const found =
    formula.length > longestFormula
      ? `${formula.length} characters, ${longestFormula} are allowed`
      : `${statements.length} statements, ${mostStatements} are allowed`;
  return {
    code: "AutoScalingFormulaTooLong",
    message: "The specified auto-scaling formula exceeds lengths limit.",
    values: [{ name: "Message", value: `The formula has ${found}` }],
  };
}

function evaluationError(error: FormulaError): AutoScaleError {
  const values = [{ name: "Message", value: error.message }];
  return error.kind === "insufficientSamples"
    ? {
        code: "InsufficientSampleData",
        message: "Autoscale evaluation failed due to insufficient sample data",
        values,
      }
    : {
        code: "AutoScalingFormulaEvaluationError",
        message: "Autoscale evaluation failed due to an error in the formula",
        values,
      };
}

function resultsText(variables: Variables): string {
  const { dedicatedNodes, lowPriorityNodes, nodeDeallocationOption } = variables.result();
  return [
    `$TargetDedicatedNodes=${dedicatedNodes}`,
    `$TargetLowPriorityNodes=${lowPriorityNodes}`,
    `$NodeDeallocationOption=${nodeDeallocationOption}`,
    ...variables.ownVariables().map(([name, value]) => `${name}=${formatValue(value)}`),
  ].join(";");
}
