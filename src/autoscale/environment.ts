import type { NodeDeallocationOption } from "./constants.js";
import type { Metric, MetricName } from "./metrics.js";

/** How many nodes of each kind a pool shall have, and how it gets rid of nodes. */
export interface AutoScaleTargets {
  /** `$TargetDedicatedNodes`. */
  readonly dedicatedNodes: number;
  /** `$TargetLowPriorityNodes`: Spot nodes. */
  readonly lowPriorityNodes: number;
  /** `$NodeDeallocationOption`: what becomes of the tasks of nodes that go. */
  readonly nodeDeallocationOption: NodeDeallocationOption;
}

/** What a formula can see. */
export interface AutoScaleEnvironment {
  /** The time of the evaluation, in milliseconds since 1970. */
  readonly now: number;
  /** The pool's present targets: where the target variables start, and where they stay if the evaluation fails. */
  readonly targetDedicatedNodes: number;
  readonly targetLowPriorityNodes: number;
  /** What is known of each metric. A metric that is not here has no samples. */
  readonly metrics: Partial<Record<MetricName, Metric>>;
  /** Milliseconds between two samples. Default: the service's 30 seconds. */
  readonly samplePeriod?: number;
  /** For `rand()`. Default: `Math.random`. */
  readonly random?: () => number;
}
