import { FormulaError, type Place } from "./formula-error.js";
import { callFunction, type FunctionContext } from "./functions.js";
import { callMetric, latestValue, type MetricObject } from "./metrics.js";
import { applyBinary, applyUnary } from "./operators.js";
import type { BinaryOperator, Expression, Statement } from "./syntax.js";
import { double, truth, type Value } from "./values.js";
import type { Variables } from "./variables.js";

/** Runs statements one after the other. Throws a FormulaError where one fails, a StopEvaluation at `stop()`. */
export function runStatements(
  statements: readonly Statement[],
  variables: Variables,
  context: FunctionContext,
): void {
  for (const { name, value, place } of statements) {
    const result = evaluate(value);
    if (name !== undefined) variables.assign(name, result, place);
  }

  /** The value of an expression; a metric stands for its latest figure. */
  function evaluate(expression: Expression): Value {
    const result = reduce(expression);
    return result.type === "metric" ? latestValue(result, expression.place) : result;
  }

  function reduce(expression: Expression): Value | MetricObject {
    switch (expression.kind) {
      case "number":
        return double(expression.value);
      case "string":
        return { type: "string", value: expression.value };
      case "name":
        return variables.read(expression.name, expression.place);
      case "call":
        return callFunction(expression.name, expression.args.map(evaluate), expression.place, context);
      case "method":
        return callMethod(
          expression.target,
          expression.name,
          expression.args.map(evaluate),
          expression.place,
        );
      case "member":
        return member(evaluate(expression.target), expression.name, expression.place);
      case "unary":
        return expression.operators.reduceRight(
          (operand, operator) => applyUnary(operator, operand, expression.place),
          evaluate(expression.operand),
        );
      case "chain":
        return expression.rest.reduce(
          (left, { operator, operand }) => apply(operator, left, operand, expression.place),
          evaluate(expression.first),
        );
      case "conditional":
        for (const { condition, value } of expression.cases) {
          if (isTrue(evaluate(condition), condition.place)) return evaluate(value);
        }
        return evaluate(expression.otherwise);
    }
  }

  function apply(operator: BinaryOperator, left: Value, right: Expression, place: Place): Value {
    if (operator !== "&&" && operator !== "||") return applyBinary(operator, left, evaluate(right), place);
    const holds = isTrue(left, place);
    if (holds === (operator === "||")) return truth(holds);
    return truth(isTrue(evaluate(right), right.place));
  }

  function callMethod(target: Expression, method: string, args: readonly Value[], place: Place): Value {
    const object = reduce(target);
    if (object.type === "metric") return callMetric(object, method, args, place);
    throw new FormulaError("evaluation", place, `a ${object.type} has no method '${method}'`);
  }
}

function isTrue(value: Value, place: Place): boolean {
  if (value.type === "double") return value.value !== 0;
  throw new FormulaError("evaluation", place, `expected a double, not ${value.type}`);
}

const timestampMembers: Readonly<Record<string, (time: Date) => number>> = {
  year: (time) => time.getUTCFullYear(),
  month: (time) => time.getUTCMonth() + 1,
  day: (time) => time.getUTCDate(),
  // Monday is 1. Sunday's number is not documented; the Batch team's own tool takes 6 and 7 for the weekend.
  weekday: (time) => time.getUTCDay() || 7,
  hour: (time) => time.getUTCHours(),
  minute: (time) => time.getUTCMinutes(),
  second: (time) => time.getUTCSeconds(),
};

/** What can be asked of a time. */
export const timestampMemberNames: readonly string[] = Object.keys(timestampMembers);

function member(value: Value, name: string, place: Place): Value {
  const read = Object.hasOwn(timestampMembers, name) ? timestampMembers[name] : undefined;
  if (value.type === "timestamp" && read) return double(read(new Date(value.time)));
  throw new FormulaError("evaluation", place, `a ${value.type} has no member '${name}'`);
}
