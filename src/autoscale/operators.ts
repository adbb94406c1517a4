import { FormulaError, type Place } from "./formula-error.js";
import type { BinaryOperator, UnaryOperator } from "./syntax.js";
import { double, doubleVec, timeinterval, timestamp, truth, type Value } from "./values.js";

const arithmetic: Partial<Record<BinaryOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

const comparisons: Partial<Record<BinaryOperator, <T extends number | string>(a: T, b: T) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  ">=": (a, b) => a >= b,
  ">": (a, b) => a > b,
  "!=": (a, b) => a !== b,
};

/** Applies an operator of the documented table; every other pair of types is an error. */
export function applyBinary(operator: BinaryOperator, left: Value, right: Value, place: Place): Value {
  const compare = comparisons[operator];
  const result = compare ? compareValues(compare, left, right) : calculate(operator, left, right, place);
  if (result) return result;
  throw new FormulaError(
    "evaluation",
    place,
    `operator '${operator}' is not defined for ${left.type} and ${right.type}`,
  );
}

function compareValues(
  compare: NonNullable<(typeof comparisons)[BinaryOperator]>,
  left: Value,
  right: Value,
): Value | undefined {
  if (left.type === "double" && right.type === "double") return truth(compare(left.value, right.value));
  if (left.type === "string" && right.type === "string") return truth(compare(left.value, right.value));
  if (left.type === "timestamp" && right.type === "timestamp") return truth(compare(left.time, right.time));
  if (left.type === "timeinterval" && right.type === "timeinterval") {
    return truth(compare(left.span, right.span));
  }
  return undefined;
}

function calculate(operator: BinaryOperator, left: Value, right: Value, place: Place): Value | undefined {
  const apply = arithmetic[operator];
  if (!apply) return undefined;

  if (left.type === "double" && right.type === "double") return double(apply(left.value, right.value));
  if (left.type === "doubleVec" || right.type === "doubleVec") {
    return calculateVectors(apply, left, right, place);
  }
  const result = calculateTimes(operator, left, right);
  if (result && !withinReach(result))
    throw new FormulaError("evaluation", place, `${result.type} out of range`);
  return result;
}

function calculateVectors(
  apply: (a: number, b: number) => number,
  left: Value,
  right: Value,
  place: Place,
): Value | undefined {
  if (left.type === "doubleVec" && right.type === "double") {
    return doubleVec(left.values.map((value) => apply(value, right.value)));
  }
  if (left.type === "double" && right.type === "doubleVec") {
    return doubleVec(right.values.map((value) => apply(left.value, value)));
  }
  if (left.type !== "doubleVec" || right.type !== "doubleVec") return undefined;

  const { length } = left.values;
  if (length !== right.values.length) {
    throw new FormulaError(
      "evaluation",
      place,
      `vectors of different lengths, ${length} and ${right.values.length}`,
    );
  }
  return doubleVec(left.values.map((value, index) => apply(value, right.values[index]!)));
}

function calculateTimes(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  switch (`${left.type} ${operator} ${right.type}`) {
    case "double * timeinterval":
      return timeinterval(numberOf(left) * numberOf(right));
    case "timeinterval * double":
      return timeinterval(numberOf(left) * numberOf(right));
    case "timeinterval / double":
      return timeinterval(numberOf(left) / numberOf(right));
    case "timeinterval + timeinterval":
      return timeinterval(numberOf(left) + numberOf(right));
    case "timeinterval - timeinterval":
      return timeinterval(numberOf(left) - numberOf(right));
    case "timeinterval + timestamp":
    case "timestamp + timeinterval":
      return timestamp(numberOf(left) + numberOf(right));
    case "timestamp - timestamp":
      return timeinterval(numberOf(left) - numberOf(right));
    default:
      return undefined;
  }
}

// The times and durations .NET can hold.
const firstTime = Date.parse("0001-01-01T00:00:00Z");
const lastTime = Date.parse("9999-12-31T23:59:59.999Z");
const longestSpan = 2 ** 63 / 10_000;

function withinReach(value: Value): boolean {
  if (value.type === "timestamp") return value.time >= firstTime && value.time <= lastTime;
  return value.type !== "timeinterval" || Math.abs(value.span) <= longestSpan;
}

function numberOf(value: Value): number {
  if (value.type === "timestamp") return value.time;
  if (value.type === "timeinterval") return value.span;
  return value.type === "double" ? value.value : Number.NaN;
}

export function applyUnary(operator: UnaryOperator, operand: Value, place: Place): Value {
  if (operand.type === "double")
    return operator === "-" ? double(-operand.value) : truth(operand.value === 0);
  if (operator === "-" && operand.type === "timeinterval") return timeinterval(-operand.span);
  throw new FormulaError("evaluation", place, `operator '${operator}' is not defined for ${operand.type}`);
}
