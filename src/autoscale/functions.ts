import { FormulaError, type Place } from "./formula-error.js";
import { parseTime } from "./time-text.js";
import { double, doubleVec, timestamp, type Value } from "./values.js";

/** What functions need beyond their arguments. */
export interface FunctionContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: () => number;
}

/** Thrown by `stop()`: ends the evaluation, keeping what was assigned so far. */
export class StopEvaluation extends Error {
  override readonly name = "StopEvaluation";
}

type FormulaFunction = (args: readonly Value[], place: Place, context: FunctionContext) => Value;

const functions: Readonly<Record<string, FormulaFunction>> = {
  avg: aggregate((values) => sum(values) / values.length),
  len: aggregate((values) => values.length, { ofNothing: 0 }),
  max: aggregate((values) => values.reduce((a, b) => Math.max(a, b))),
  min: aggregate((values) => values.reduce((a, b) => Math.min(a, b))),
  norm: aggregate((values) => Math.sqrt(sum(values.map((value) => value ** 2))), { ofNothing: 0 }),
  range: aggregate(
    (values) => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b)),
  ),
  std: aggregate(sampleDeviation),
  sum: aggregate(sum, { ofNothing: 0 }),

  lg: componentwise(Math.log2),
  ln: componentwise(Math.log),
  log: componentwise(Math.log10),
  ceil: componentwise(Math.ceil),
  floor: componentwise(Math.floor),
  round: componentwise((value) => Math.sign(value) * Math.round(Math.abs(value))),

  vec: (args, place) => doubleVec(flatten(args, place)),
  percentile: (args, place) =>
    double(percentile(vectorArgument(args, 0, place), doubleArgument(args, 1, place), place)),
  val: (args, place) =>
    double(element(vectorArgument(args, 0, place), doubleArgument(args, 1, place), place)),
  rand: (args, place, { random }) => {
    refuseMore(args, 0, place);
    return double(random());
  },
  time: (args, place, { now }) => {
    refuseMore(args, 1, place);
    return timestamp(args[0] ? timeArgument(args[0], now, place) : now);
  },
  stop: (args, place) => {
    refuseMore(args, 0, place);
    throw new StopEvaluation();
  },
};

/** The names of all functions. */
export const functionNames: readonly string[] = Object.keys(functions);

/** Calls a function of the language by its name. */
export function callFunction(
  name: string,
  args: readonly Value[],
  place: Place,
  context: FunctionContext,
): Value {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!called) throw new FormulaError("evaluation", place, `there is no function '${name}'`);
  return called(args, place, context);
}

/** A function of a doubleVecList: any mixture of doubles and vectors, taken as one vector. */
function aggregate(
  of: (values: readonly number[]) => number,
  { ofNothing }: { ofNothing?: number } = {},
): FormulaFunction {
  return (args, place) => {
    const values = flatten(args, place);
    if (values.length > 0) return double(of(values));
    if (ofNothing !== undefined) return double(ofNothing);
    throw new FormulaError(
      "evaluation",
      place,
      "the list has no values; GetSample may have found no samples",
    );
  };
}

/** A function of one double, or of every component of a doubleVecList. */
function componentwise(of: (value: number) => number): FormulaFunction {
  return (args, place) => {
    const [first, ...others] = args;
    if (first?.type === "double" && others.length === 0) return double(of(first.value));
    return doubleVec(flatten(args, place).map(of));
  };
}

function flatten(args: readonly Value[], place: Place): readonly number[] {
  return args.flatMap((arg) => {
    if (arg.type === "double") return [arg.value];
    if (arg.type === "doubleVec") return arg.values;
    throw new FormulaError("evaluation", place, `expected double or doubleVec, not ${arg.type}`);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function sampleDeviation(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

/** The element below or at which p percent of the elements lie (nearest rank). */
function percentile(values: readonly number[], p: number, place: Place): number {
  if (!(p >= 0 && p <= 100))
    throw new FormulaError("evaluation", place, "a percentile lies between 0 and 100");
  const rank = Math.max(1, Math.ceil((p / 100) * values.length));
  return element(
    values.toSorted((a, b) => a - b),
    rank - 1,
    place,
  );
}

function element(values: readonly number[], index: number, place: Place): number {
  const value = values[Math.trunc(index)];
  if (value !== undefined) return value;
  throw new FormulaError("evaluation", place, `there is no element ${index} in a vector of ${values.length}`);
}

function vectorArgument(args: readonly Value[], index: number, place: Place): readonly number[] {
  refuseMore(args, 2, place);
  const arg = args[index];
  if (arg?.type === "doubleVec") return arg.values;
  if (arg?.type === "double") return [arg.value];
  throw new FormulaError("evaluation", place, `argument ${index + 1} has to be a doubleVec`);
}

function doubleArgument(args: readonly Value[], index: number, place: Place): number {
  const arg = args[index];
  if (arg?.type === "double") return arg.value;
  throw new FormulaError("evaluation", place, `argument ${index + 1} has to be a double`);
}

function timeArgument(arg: Value, now: number, place: Place): number {
  if (arg.type !== "string") throw new FormulaError("evaluation", place, "time takes a string");
  if (arg.value === "") return now;
  const time = parseTime(arg.value);
  if (time !== undefined) return time;
  throw new FormulaError("evaluation", place, `"${arg.value}" is not a time in W3C-DTF or RFC 1123 form`);
}

function refuseMore(args: readonly Value[], most: number, place: Place): void {
  if (args.length > most) throw new FormulaError("evaluation", place, "too many arguments");
}
