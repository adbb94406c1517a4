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

/** Checks options and fills in their defaults. */
export function scenarioOf(options: AutoScaleSimulationOptions): Scenario {
  const refusal = checkFormula(options.formula);
  if (refusal) {
    const details = refusal.values?.map(({ value }) => value).join("; ");
    throw new AutoScaleSimulationError("FormulaRefused", `${refusal.code}: ${details}`);
  }
  return {
    formula: options.formula,
    interval: inRange("interval", options.interval ?? 900, 300, 7 * day),
    duration: inRange("duration", options.duration ?? day, 1, 366 * day),
    start: options.start ?? firstMonday,
    nodeStartTime: inRange("nodeStartTime", options.nodeStartTime ?? 180, 0),
    taskSlotsPerNode: inRange("taskSlotsPerNode", options.taskSlotsPerNode ?? 1, 1, 256),
    nodeQuota: inRange("nodeQuota", options.nodeQuota ?? 10_000, 0, 100_000),
    sampleDelay: inRange("sampleDelay", options.sampleDelay ?? 60, 0),
    taskRetention: inRange("taskRetention", options.taskRetention ?? 7 * day, 0),
    random: options.random ?? (() => 0.5),
    tasks: [...options.load].map(checkTask).sort((a, b) => a.arrival - b.arrival),
  };
}

function checkTask(task: SimulatedTask, index: number): SimulatedTask {
  inRange(`load[${index}].arrival`, task.arrival, 0);
  inRange(`load[${index}].duration`, task.duration, 0);
  inRange(`load[${index}].requiredSlots`, task.requiredSlots ?? 1, 1, 256);
  return task;
}

function inRange(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  throw new AutoScaleSimulationError("InvalidOption", `${name} has to be ${range}, not ${value}`);
}
