import { FormulaError, type Place } from "./formula-error.js";
import { double, doubleVec, formatDouble, timeinterval, timestamp, type Value } from "./values.js";

/** The read-only variables, each a history of samples. */
export const metricNames = [
  "$CPUPercent",
  "$WallClockSeconds",
  "$MemoryBytes",
  "$DiskBytes",
  "$DiskReadBytes",
  "$DiskWriteBytes",
  "$DiskReadOps",
  "$DiskWriteOps",
  "$NetworkInBytes",
  "$NetworkOutBytes",
  "$SampleNodeCount",
  "$ActiveTasks",
  "$RunningTasks",
  "$PendingTasks",
  "$SucceededTasks",
  "$FailedTasks",
  "$TaskSlotsPerNode",
  "$CurrentDedicatedNodes",
  "$CurrentLowPriorityNodes",
  "$UsableNodeCount",
  "$PreemptedNodeCount",
] as const;

export type MetricName = (typeof metricNames)[number];

export interface MetricSample {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** What is known of one metric. */
export interface Metric {
  /** The samples that have arrived, from the oldest to the newest. */
  readonly samples: readonly MetricSample[];
  /** The figure a formula sees that uses the metric as a plain number. Default: the newest sample's. */
  readonly current?: number;
}

/** A metric inside a formula. */
export interface MetricObject {
  readonly type: "metric";
  readonly name: MetricName;
  readonly metric: Metric;
  readonly now: number;
  /** Milliseconds between two samples. */
  readonly samplePeriod: number;
}

/** The metric as a number. */
export function latestValue({ name, metric }: MetricObject, place: Place): Value {
  const value = metric.current ?? metric.samples.at(-1)?.value;
  if (value !== undefined) return double(value);
  throw new FormulaError("insufficientSamples", place, `Insufficient data from data set: ${name}`);
}

/** What can be asked of a metric. */
export const metricMethods = [
  "GetSample",
  "GetSamplePercent",
  "GetSamplePeriod",
  "Count",
  "HistoryBeginTime",
] as const;

/** Calls one of the methods of a metric. */
export function callMetric(
  object: MetricObject,
  method: string,
  args: readonly Value[],
  place: Place,
): Value {
  switch (method) {
    case "GetSample":
      return getSample(object, args, place);
    case "GetSamplePercent":
      return double(percentOf(object, windowOf(object, method, args, place)));
    case "GetSamplePeriod":
      refuseArguments(method, args, place);
      return timeinterval(object.samplePeriod);
    case "Count":
      refuseArguments(method, args, place);
      return double(object.metric.samples.length);
    case "HistoryBeginTime":
      refuseArguments(method, args, place);
      return historyBegin(object, place);
    default:
      throw new FormulaError("evaluation", place, `${object.name} has no method '${method}'`);
  }
}

interface SampleWindow {
  readonly from: number;
  readonly to: number;
}

/** `GetSample(count)`, `GetSample(start [, percent])` or `GetSample(start, end [, percent])`. */
function getSample(object: MetricObject, args: readonly Value[], place: Place): Value {
  const [first, ...others] = args;
  if (first?.type === "double" && others.length === 0) {
    const count = Math.max(0, Math.trunc(first.value));
    return doubleVec(count === 0 ? [] : object.metric.samples.slice(-count).map(({ value }) => value));
  }

  const last = args.at(-1);
  const wanted = args.length > 1 && last?.type === "double" ? last.value : undefined;
  const window = windowOf(object, "GetSample", wanted === undefined ? args : args.slice(0, -1), place);
  const received = percentOf(object, window);
  if (wanted !== undefined && received < wanted) {
    throw new FormulaError(
      "insufficientSamples",
      place,
      `Insufficient data from data set: ${object.name} wanted ${formatDouble(wanted)}%, received ${formatDouble(received)}%`,
    );
  }
  return doubleVec(samplesIn(object, window).map(({ value }) => value));
}

/** The window from one or two times; intervals count back from now, in either order. */
function windowOf(object: MetricObject, method: string, args: readonly Value[], place: Place): SampleWindow {
  const times = args.map((arg) => {
    if (arg.type === "timestamp") return arg.time;
    return arg.type === "timeinterval" ? object.now - arg.span : Number.NaN;
  });
  if (times.length < 1 || times.length > 2 || times.some(Number.isNaN)) {
    throw wrongArguments(method, args, place);
  }
  const [start = 0, end = object.now] = times;
  return { from: Math.min(start, end), to: Math.max(start, end) };
}

function refuseArguments(method: string, args: readonly Value[], place: Place): void {
  if (args.length > 0) throw wrongArguments(method, args, place);
}

function wrongArguments(method: string, args: readonly Value[], place: Place): FormulaError {
  const given = args.map(({ type }) => type).join(", ");
  return new FormulaError("evaluation", place, `${method} does not take (${given})`);
}

/** The samples after the start of a window, up to its end. */
function samplesIn({ metric: { samples } }: MetricObject, { from, to }: SampleWindow): MetricSample[] {
  return samples.slice(countUpTo(samples, from), countUpTo(samples, to));
}

/** How many samples are not later than a time; found by halving, because a history may be long. */
function countUpTo(samples: readonly MetricSample[], time: number): number {
  let [least, most] = [0, samples.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if (samples[middle]!.time <= time) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Samples there are of those there could be: one each period. */
function percentOf(object: MetricObject, window: SampleWindow): number {
  const possible = Math.max(1, Math.floor((window.to - window.from) / object.samplePeriod));
  return Math.min(100, (samplesIn(object, window).length / possible) * 100);
}

function historyBegin({ name, metric }: MetricObject, place: Place): Value {
  const oldest = metric.samples[0];
  if (oldest) return timestamp(oldest.time);
  throw new FormulaError("insufficientSamples", place, `Insufficient data from data set: ${name}`);
}
