import { constants, type NodeDeallocationOption, nodeDeallocationOptions } from "./constants.js";
import type { AutoScaleEnvironment, AutoScaleTargets } from "./environment.js";
import { FormulaError, type Place } from "./formula-error.js";
import { type MetricName, type MetricObject, metricNames } from "./metrics.js";
import { double, type Value } from "./values.js";

const defaultSamplePeriod = 30_000;

type TargetName =
  | "$TargetDedicatedNodes"
  | "$TargetDedicated"
  | "$TargetLowPriorityNodes"
  | "$TargetLowPriority";

const deallocationName = "$NodeDeallocationOption";

/** The service's variables by their name in lower case: its own documentation also writes `$targetDedicatedNodes`. */
const serviceNames = new Map<string, TargetName | MetricName | typeof deallocationName>(
  [
    "$TargetDedicatedNodes" as const,
    "$TargetDedicated" as const,
    "$TargetLowPriorityNodes" as const,
    "$TargetLowPriority" as const,
    deallocationName as typeof deallocationName,
    ...metricNames,
  ].map((name) => [name.toLowerCase(), name]),
);
// The name of the first api-versions, still in Microsoft's samples.
serviceNames.set("$currentdedicated", "$CurrentDedicatedNodes");

/** What the service calls a variable of its own, whatever the case of `name`; `undefined` for what is none of its own. */
export function serviceVariable(name: string): string | undefined {
  return serviceNames.get(name.toLowerCase());
}

/** The service's variables. */
export const serviceVariables: readonly string[] = [...new Set(serviceNames.values())];

/** Whether a formula can only read a service's variable. */
export function isMetric(serviceName: string): boolean {
  return (metricNames as readonly string[]).includes(serviceName);
}

/** The variables of one evaluation: the service's and the formula's own. */
export class Variables {
  private readonly targets = new Map<string, number>();
  private readonly own = new Map<string, Value>();
  private nodeDeallocationOption: NodeDeallocationOption = "requeue";

  constructor(private readonly environment: AutoScaleEnvironment) {}

  read(name: string, place: Place): Value | MetricObject {
    const own = this.own.get(name);
    if (own) return own;
    if (Object.hasOwn(constants, name)) return constants[name]!;

    const serviceName = serviceNames.get(name.toLowerCase());
    switch (serviceName) {
      case undefined:
        throw new FormulaError("evaluation", place, `variable ${name} is not defined`);
      case deallocationName:
        return { type: "string", value: this.nodeDeallocationOption };
      case "$TargetDedicatedNodes":
      case "$TargetDedicated":
        return double(this.dedicatedNodes());
      case "$TargetLowPriorityNodes":
      case "$TargetLowPriority":
        return double(this.lowPriorityNodes());
      default:
        return this.metric(serviceName);
    }
  }

  assign(name: string, value: Value, place: Place): void {
    if (Object.hasOwn(constants, name)) {
      throw new FormulaError("evaluation", place, `${name} is a constant`);
    }
    const serviceName = serviceNames.get(name.toLowerCase());
    switch (serviceName) {
      case undefined:
        this.own.set(name, value);
        return;
      case deallocationName:
        this.nodeDeallocationOption = deallocationOption(value, place);
        return;
      case "$TargetDedicatedNodes":
      case "$TargetDedicated":
      case "$TargetLowPriorityNodes":
      case "$TargetLowPriority":
        this.targets.set(serviceName, targetNumber(name, value, place));
        return;
      default:
        throw new FormulaError("evaluation", place, `variable ${name} is read-only`);
    }
  }

  result(): AutoScaleTargets {
    return {
      dedicatedNodes: wholeNodes(this.dedicatedNodes()),
      lowPriorityNodes: wholeNodes(this.lowPriorityNodes()),
      nodeDeallocationOption: this.nodeDeallocationOption,
    };
  }

  /** The formula's own variables, in the order of their names. */
  ownVariables(): readonly (readonly [string, Value])[] {
    return [...this.own].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  // The full name wins over the alias, whichever was assigned last.
  private dedicatedNodes(): number {
    const { targets, environment } = this;
    return (
      targets.get("$TargetDedicatedNodes") ??
      targets.get("$TargetDedicated") ??
      environment.targetDedicatedNodes
    );
  }

  private lowPriorityNodes(): number {
    const { targets, environment } = this;
    return (
      targets.get("$TargetLowPriorityNodes") ??
      targets.get("$TargetLowPriority") ??
      environment.targetLowPriorityNodes
    );
  }

  private metric(name: MetricName): MetricObject {
    const { metrics, now, samplePeriod = defaultSamplePeriod } = this.environment;
    return { type: "metric", name, metric: metrics[name] ?? { samples: [] }, now, samplePeriod };
  }
}

/** The service cuts fractions off. */
const wholeNodes = (target: number): number => Math.max(0, Math.trunc(target));

function targetNumber(name: string, value: Value, place: Place): number {
  if (value.type !== "double") {
    throw new FormulaError("evaluation", place, `${name} has to be a double, not ${value.type}`);
  }
  if (Number.isFinite(value.value) && value.value > -1) return value.value;
  throw new FormulaError("evaluation", place, `${name} cannot be ${value.value} nodes`);
}

function deallocationOption(value: Value, place: Place): NodeDeallocationOption {
  const option = nodeDeallocationOptions.find((known) => value.type === "string" && value.value === known);
  if (option) return option;
  const options = nodeDeallocationOptions.join(", ");
  throw new FormulaError("evaluation", place, `${deallocationName} has to be one of ${options}`);
}
