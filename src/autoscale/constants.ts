import { timeinterval, type Value } from "./values.js";

export const nodeDeallocationOptions: readonly NodeDeallocationOption[] = [
  "requeue",
  "terminate",
  "taskcompletion",
  "retaineddata",
];

/** What becomes of tasks on nodes that leave the pool. */
export type NodeDeallocationOption = "requeue" | "terminate" | "taskcompletion" | "retaineddata";

const day = 24 * 60 * 60 * 1000;

/** The words of the language that have a value. */
export const constants: Readonly<Record<string, Value>> = {
  TimeInterval_Zero: timeinterval(0),
  TimeInterval_100ns: timeinterval(0.0001),
  TimeInterval_Microsecond: timeinterval(0.001),
  TimeInterval_Millisecond: timeinterval(1),
  TimeInterval_Second: timeinterval(1000),
  TimeInterval_Minute: timeinterval(60_000),
  TimeInterval_Hour: timeinterval(3_600_000),
  TimeInterval_Day: timeinterval(day),
  TimeInterval_Week: timeinterval(7 * day),
  TimeInterval_Year: timeinterval(365 * day),
  ...Object.fromEntries(
    nodeDeallocationOptions.map((value): [string, Value] => [value, { type: "string", value }]),
  ),
};
