import { checkFormula } from "./evaluate.js";

/** One task of a load. Times are in seconds. */
export interface SimulatedTask {
  /** When it is added, after the start of the simulation. */
  readonly arrival: number;
  /** How long it runs on a node. */
  readonly duration: number;
  /** How many slots of a node it takes. Default 1. */
  readonly requiredSlots?: number;
}

/** Options of `simulateAutoscale`. Times are in seconds. */
export interface AutoScaleSimulationOptions {
  /** The pool's `autoScaleFormula`. */
  readonly formula: string;
  /** The tasks, recorded or invented, in any order. */
  readonly load: Iterable<SimulatedTask>;
  /** Between two evaluations, from 300 to 604800. The first one is at the start. Default 900, as the service's. */
  readonly interval?: number;
  /** How much time is simulated. Default 86400, a day. */
  readonly duration?: number;
  /** What `time()` is at the start. Default 2024-01-01T00:00:00Z, a Monday. */
  readonly start?: Date;
  /** From the allocation of a node to its first task, start task included. Default 180. */
  readonly nodeStartTime?: number;
  /** The pool's task slots a node. Default 1. */
  readonly taskSlotsPerNode?: number;
  /** The most nodes the account's quota grants, of both kinds together. Default 10000. */
  readonly nodeQuota?: number;
  /** Until a sample can be seen by the formula. Default 60. */
  readonly sampleDelay?: number;
  /** The tasks' `retentionTime`, for which `retaineddata` keeps a node. Default 604800, a week. */
  readonly taskRetention?: number;
  /** For `rand()`. Default: always 0.5, so that a simulation repeats itself. */
  readonly random?: () => number;
}

/** The options with their defaults. */
export type Scenario = Required<Omit<AutoScaleSimulationOptions, "load">> & {
  readonly tasks: readonly SimulatedTask[];
};

/** A simulation that cannot be: an option out of range, or a formula the service would refuse to enable. */
export class AutoScaleSimulationError extends Error {
  /** The name of the class. */
  override readonly name = "AutoScaleSimulationError";

  constructor(
    /** An option out of range, or a formula that the service would not enable. */
    readonly code: "InvalidOption" | "FormulaRefused",
    message: string,
  ) {
    super(message);
  }
}

const firstMonday = new Date("2024-01-01T00:00:00Z");
const day = 24 * 60 * 60;

interface Range {
  readonly least: number;
  readonly most?: number;
  readonly whole?: true;
}

const ranges = {
  interval: { least: 300, most: 7 * day },
  duration: { least: 1, most: 366 * day },
  nodeStartTime: { least: 0 },
  taskSlotsPerNode: { least: 1, most: 256, whole: true },
  nodeQuota: { least: 0, most: 100_000, whole: true },
  sampleDelay: { least: 0 },
  taskRetention: { least: 0 },
} satisfies Partial<Record<keyof AutoScaleSimulationOptions, Range>>;

const taskRanges: Readonly<Record<keyof SimulatedTask, Range>> = {
  arrival: { least: 0 },
  duration: { least: 0 },
  requiredSlots: { least: 1, most: 256, whole: true },
};

const optionNames = new Set(["formula", "load", "start", "random", ...Object.keys(ranges)]);

/** Checks options and fills in their defaults. */
export function scenarioOf(options: AutoScaleSimulationOptions): Scenario {
  requireKnownOptions(options);
  const number = (name: keyof typeof ranges, fallback: number): number =>
    inRange(name, options[name] ?? fallback, ranges[name]);
  return {
    formula: checkedFormula(options.formula),
    interval: number("interval", 900),
    duration: number("duration", day),
    start: checkedStart(options.start ?? firstMonday),
    nodeStartTime: number("nodeStartTime", 180),
    taskSlotsPerNode: number("taskSlotsPerNode", 1),
    nodeQuota: number("nodeQuota", 10_000),
    sampleDelay: number("sampleDelay", 60),
    taskRetention: number("taskRetention", 7 * day),
    random: checkedRandom(options.random ?? (() => 0.5)),
    tasks: checkedLoad(options.load),
  };
}

function requireKnownOptions(options: AutoScaleSimulationOptions): void {
  if (typeof options !== "object" || options === null) throw invalid("the options have to be an object");
  const unknown = Object.keys(options).find((name) => !optionNames.has(name));
  if (unknown !== undefined) throw invalid(`there is no option ${unknown}`);
}

function checkedFormula(formula: string): string {
  if (typeof formula !== "string") throw invalid(`formula has to be a string, not ${shown(formula)}`);
  const refusal = checkFormula(formula);
  if (!refusal) return formula;
  const details = refusal.values?.map(({ value }) => value).join("; ");
  throw new AutoScaleSimulationError("FormulaRefused", `${refusal.code}: ${details}`);
}

function checkedStart(start: Date): Date {
  const year = start instanceof Date ? start.getUTCFullYear() : Number.NaN;
  // Formulas know the years 1 to 9999, and a simulation lasts up to one.
  if (year >= 1 && year <= 9998) return start;
  throw invalid(`start has to be a Date of the years 1 to 9998, not ${shown(start)}`);
}

function checkedRandom(random: () => number): () => number {
  if (typeof random === "function") return random;
  throw invalid(`random has to be a function, not ${shown(random)}`);
}

function checkedLoad(load: Iterable<SimulatedTask>): readonly SimulatedTask[] {
  if (typeof load !== "object" || load === null || !(Symbol.iterator in load)) {
    throw invalid(`load has to be a list of tasks, not ${shown(load)}`);
  }
  return Array.from(load, checkedTask).sort((a, b) => a.arrival - b.arrival);
}

function checkedTask(task: SimulatedTask, index: number): SimulatedTask {
  const name = `load[${index}]`;
  if (typeof task !== "object" || task === null)
    throw invalid(`${name} has to be a task, not ${shown(task)}`);
  inRange(`${name}.arrival`, task.arrival, taskRanges.arrival);
  inRange(`${name}.duration`, task.duration, taskRanges.duration);
  inRange(`${name}.requiredSlots`, task.requiredSlots ?? 1, taskRanges.requiredSlots);
  return task;
}

function inRange(name: string, value: number, { least, most, whole }: Range): number {
  const fits = Number.isFinite(value) && value >= least && value <= (most ?? value);
  if (fits && (!whole || Number.isInteger(value))) return value;
  const range = most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
  throw invalid(`${name} has to be ${range}${whole ? " and a whole number" : ""}, not ${shown(value)}`);
}

const invalid = (message: string): AutoScaleSimulationError =>
  new AutoScaleSimulationError("InvalidOption", message);

const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));
