import TinyQueue from "tinyqueue";
import type { AutoScaleTargets } from "../../autoscale/environment.js";
import { type AutoScaleError, prepareFormula } from "./evaluate.js";
import { SimulatedMetrics } from "./simulated-metrics.js";
import { type PoolEvent, SimulatedPool } from "./simulated-pool.js";
import {
  type AutoScaleSimulationOptions,
  type Scenario,
  type SimulatedTask,
  scenarioOf,
} from "./simulation-options.js";

/** The pool at one moment of a simulation. */
export interface SimulationPoint {
  /** Seconds since the start. */
  readonly time: number;
  /** Nodes there are, with those that start and those that leave. */
  readonly dedicatedNodes: number;
  /** Spot nodes, counted in the same way. */
  readonly lowPriorityNodes: number;
  /** Nodes that take tasks. */
  readonly usableNodes: number;
  /** What the formula wants of the dedicated ones. */
  readonly targetDedicatedNodes: number;
  /** What the formula wants of the Spot ones. */
  readonly targetLowPriorityNodes: number;
  /** Tasks that wait for a node. */
  readonly waitingTasks: number;
  /** Tasks that a node runs. */
  readonly runningTasks: number;
}

/** One evaluation of the formula in a simulation. */
export interface SimulatedEvaluation {
  /** Seconds since the start. */
  readonly time: number;
  /** All variables, as `evaluateautoscale` shows them. */
  readonly results: string;
  /** Why the evaluation failed; the pool then stays as it is. */
  readonly error?: AutoScaleError;
  /** What it set; as before where it failed. */
  readonly targets: AutoScaleTargets;
  /** False when the evaluation failed, or when nodes were still leaving, which blocks a resize. */
  readonly applied: boolean;
}

/** What came of a formula. */
export interface AutoScaleSimulation {
  /** The pool every 30 seconds. */
  readonly timeline: readonly SimulationPoint[];
  /** Each evaluation of the formula, the first one at the pool's creation. */
  readonly evaluations: readonly SimulatedEvaluation[];
  /** The basis of the cost: from each node's allocation to its removal, or to the end of the simulation. */
  readonly nodeHours: { readonly dedicated: number; readonly lowPriority: number };
  /** The part of them in which a node ran no task: it started, waited or kept data. */
  readonly idleNodeHours: number;
  /** The most nodes at any of the timeline's points. */
  readonly peakNodes: number;
  /** Seconds a task waited for a node, each time it did; up to the end, where it waits still. */
  readonly waiting: { readonly average: number; readonly longest: number };
  /** What became of the tasks of the load. */
  readonly tasks: {
    /** Ran to their end. */
    readonly succeeded: number;
    /** Ended with their nodes, by the option `terminate`. */
    readonly terminated: number;
    /** Those that waited or ran at the end, or arrived later. */
    readonly unfinished: number;
    /** How often a task was put back because its node was removed. */
    readonly requeues: number;
  };
  /** When the last task ended, in seconds since the start; absent when some did not. */
  readonly finishedAt?: number;
}

type SimulationEvent =
  | PoolEvent
  | { readonly kind: "arrival"; readonly task: SimulatedTask }
  | { readonly kind: "sample" }
  | { readonly kind: "evaluation" };

/** Of what happens at the same moment, the formula sees the rest. */
const order: Record<SimulationEvent["kind"], number> = {
  taskEnd: 0,
  retentionEnd: 1,
  nodeReady: 2,
  arrival: 3,
  sample: 4,
  evaluation: 5,
};

const samplePeriod = 30;
const secondsPerHour = 3600;

/**
 * Runs an autoscale formula against a load in virtual time: how many nodes there would be, for how long tasks would
 * wait, and how many node-hours it would take.
 *
 * The pool starts empty, with a first evaluation. Nodes are granted up to `nodeQuota`, start after `nodeStartTime`, are never
 * preempted, and take waiting tasks oldest first. The service measures every 30 seconds, and a formula sees a sample
 * after `sampleDelay`. There are no samples of CPU, memory, disk or network.
 *
 * @returns the same for the same options
 * @throws {@link AutoScaleSimulationError} for an option out of range (`InvalidOption`) and for a formula that cannot
 * be enabled (`FormulaRefused`). A formula that fails in an evaluation is not an error here, but stands in `evaluations`.
 * @example
 * ```ts
 * import { simulateAutoscale } from "azure-batch-parallel/emulator";
 *
 * const { nodeHours, waiting, finishedAt } = simulateAutoscale({
 *   formula: `
 *     $tasks = max(0, $PendingTasks.GetSample(1));
 *     $TargetDedicatedNodes = min(20, $tasks);
 *     $NodeDeallocationOption = taskcompletion;`,
 *   // 200 tasks of 5 minutes, one every 10 seconds.
 *   load: Array.from({ length: 200 }, (_, index) => ({ arrival: index * 10, duration: 300 })),
 *   interval: 300,
 *   duration: 6 * 60 * 60,
 * });
 * console.log(nodeHours.dedicated, waiting.average, finishedAt);
 * ```
 */
export function simulateAutoscale(options: AutoScaleSimulationOptions): AutoScaleSimulation {
  const scenario = scenarioOf(options);
  // The queue keeps no order among equals, and tasks that arrive together are taken as the load names them.
  const events = new TinyQueue<{ time: number; turn: number; event: SimulationEvent }>(
    [],
    (a, b) => a.time - b.time || order[a.event.kind] - order[b.event.kind] || a.turn - b.turn,
  );
  let turn = 0;
  const later = (time: number, event: SimulationEvent): void => {
    if (time <= scenario.duration) events.push({ time, turn: turn++, event });
  };
  for (const task of scenario.tasks) later(task.arrival, { kind: "arrival", task });
  later(0, { kind: "evaluation" });
  later(samplePeriod, { kind: "sample" });

  const pool = new SimulatedPool(scenario, later);
  const metrics = new SimulatedMetrics();
  const evaluate = prepareFormula(scenario.formula);
  const timeline: SimulationPoint[] = [];
  const evaluations: SimulatedEvaluation[] = [];
  for (let next = events.pop(); next; next = events.pop()) {
    const { time, event } = next;
    switch (event.kind) {
      case "arrival":
        pool.addTask(time, event.task);
        break;
      case "sample":
        metrics.sample(clockTime(scenario, time), pool, scenario.taskSlotsPerNode);
        timeline.push(pointOf(time, pool));
        later(time + samplePeriod, event);
        break;
      case "evaluation":
        evaluations.push(evaluateAt(time, scenario, evaluate, pool, metrics));
        if (time === 0) timeline.push(pointOf(time, pool));
        later(time + scenario.interval, event);
        break;
      default:
        pool.handle(time, event);
    }
  }
  pool.finish(scenario.duration);
  return summary(scenario, pool, timeline, evaluations);
}

/** A moment of the simulation in milliseconds since 1970. */
const clockTime = ({ start }: Scenario, time: number): number => start.getTime() + time * 1000;

function evaluateAt(
  time: number,
  scenario: Scenario,
  evaluate: ReturnType<typeof prepareFormula>,
  pool: SimulatedPool,
  metrics: SimulatedMetrics,
): SimulatedEvaluation {
  const now = clockTime(scenario, time);
  const { results, error, targets } = evaluate({
    now,
    targetDedicatedNodes: pool.targets.dedicatedNodes,
    targetLowPriorityNodes: pool.targets.lowPriorityNodes,
    metrics: metrics.at(now, scenario.sampleDelay * 1000, pool, scenario.taskSlotsPerNode),
    samplePeriod: samplePeriod * 1000,
    random: scenario.random,
  });
  if (error) return { time, results, error, targets, applied: false };
  return { time, results, targets, applied: pool.resize(time, targets) };
}

function pointOf(time: number, pool: SimulatedPool): SimulationPoint {
  return {
    time,
    dedicatedNodes: pool.count("dedicated"),
    lowPriorityNodes: pool.count("lowPriority"),
    usableNodes: pool.usableNodes,
    targetDedicatedNodes: pool.targets.dedicatedNodes,
    targetLowPriorityNodes: pool.targets.lowPriorityNodes,
    waitingTasks: pool.waiting.count,
    runningTasks: pool.runningTasks,
  };
}

function summary(
  scenario: Scenario,
  pool: SimulatedPool,
  timeline: readonly SimulationPoint[],
  evaluations: readonly SimulatedEvaluation[],
): AutoScaleSimulation {
  const { succeededTasks: succeeded, terminatedTasks: terminated, requeues, waits, nodeSeconds } = pool;
  const unfinished = scenario.tasks.length - succeeded - terminated;
  return {
    timeline,
    evaluations,
    nodeHours: {
      dedicated: nodeSeconds.dedicated / secondsPerHour,
      lowPriority: nodeSeconds.lowPriority / secondsPerHour,
    },
    idleNodeHours: nodeSeconds.idle / secondsPerHour,
    peakNodes: timeline.reduce(
      (most, { dedicatedNodes, lowPriorityNodes }) => Math.max(most, dedicatedNodes + lowPriorityNodes),
      0,
    ),
    waiting: { average: waits.count === 0 ? 0 : waits.total / waits.count, longest: waits.longest },
    tasks: { succeeded, terminated, unfinished, requeues },
    ...(unfinished === 0 ? { finishedAt: pool.lastTaskEnd } : {}),
  };
}
