import { describe, expect, it } from "vitest";
import type { AutoscaleOptions } from "../../src/builders/autoscale.js";
import { ubuntu } from "../../src/builders/images.js";
import { pool } from "../../src/builders/pool.js";
import { evaluate } from "../../src/emulator/autoscale/evaluate.js";
import { simulateAutoscale } from "../../src/emulator/autoscale/simulator.js";

/** The formula of a pool with these options. */
function formulaOf(options: AutoscaleOptions, slots = 1): string {
  const built = pool()
    .vmSize("Standard_D2s_v5")
    .image(ubuntu("24.04"))
    .taskSlotsPerNode(slots)
    .autoscale(options)
    .build();
  if (!built.autoScaleFormula) throw new Error("The pool has no formula.");
  return built.autoScaleFormula;
}

const NOW = Date.parse("2026-01-05T12:00:00Z");

/** What the formula makes of these numbers of pending tasks, the newest first, one each 30 seconds, known a minute late. */
function targetOf(formula: string, pending: readonly number[], present = 0): number {
  const samples = pending.map((value, i) => ({ time: NOW - 60_000 - i * 30_000, value }));
  const run = evaluate(formula, {
    now: NOW,
    targetDedicatedNodes: present,
    targetLowPriorityNodes: 0,
    metrics: { $PendingTasks: { samples: samples.reverse() } },
  });
  expect(run.error).toBeUndefined();
  expect(run.targets.nodeDeallocationOption).toBe("taskcompletion");
  expect(run.targets.lowPriorityNodes).toBe(0);
  return run.targets.dedicatedNodes;
}

const constant = (value: number) => Array.from({ length: 10 }, () => value);

describe("the formula of autoscale()", () => {
  const formula = formulaOf({ max: 10 });

  it("starts a new pool, which has neither tasks nor samples", () => {
    expect(targetOf(formula, [])).toBe(1);
    expect(targetOf(formulaOf({ max: 10, start: 4 }), [])).toBe(4);
    expect(targetOf(formulaOf({ min: 3, max: 10 }), [])).toBe(3);
    expect(targetOf(formulaOf({ max: 10, start: 0 }), [])).toBe(0);
  });

  it("follows the tasks between its bounds", () => {
    expect(targetOf(formula, constant(0), 5)).toBe(0);
    expect(targetOf(formula, constant(1))).toBe(1);
    expect(targetOf(formula, constant(7))).toBe(7);
    expect(targetOf(formula, constant(1000))).toBe(10);
    expect(targetOf(formulaOf({ min: 2, max: 10 }), constant(0), 5)).toBe(2);
    expect(targetOf(formulaOf({ min: 2, max: 2 }), constant(1000))).toBe(2);
  });

  it("counts slots, and a node for a part of them, however the service rounds", () => {
    const four = formulaOf({ max: 10 }, 4);
    for (const [tasks, nodes] of [
      [0, 0],
      [1, 1],
      [4, 1],
      [5, 2],
      [8, 2],
      [9, 3],
      [400, 10],
    ] as const) {
      const target = targetOf(four, constant(tasks));
      expect(Math.floor(target), `${tasks} tasks`).toBe(nodes);
      expect(target).toBeLessThan(nodes + 1);
    }
  });

  it("sees new tasks at once, and gives nodes up when there were none for a while", () => {
    expect(targetOf(formula, [8, 0, 0, 0, 0, 0])).toBe(8);
    expect(targetOf(formula, [0, 8, 8, 8, 8, 8], 8)).toBeGreaterThan(4);
    expect(targetOf(formula, [0, 0, 0, 0, 0, 0, 8], 8)).toBe(0);
  });

  it("leaves a pool as large as it is while samples are missing", () => {
    expect(targetOf(formula, [], 7)).toBe(7);
    expect(targetOf(formula, [0, 0], 7)).toBe(7);
    expect(targetOf(formula, [0, 0, 0], 7)).toBe(0);
  });

  it("scales Spot nodes where they are asked for", () => {
    const run = evaluate(formulaOf({ max: 10, nodes: "spot" }), {
      now: NOW,
      targetDedicatedNodes: 0,
      targetLowPriorityNodes: 0,
      metrics: {},
    });
    expect(run.targets).toEqual({
      dedicatedNodes: 0,
      lowPriorityNodes: 1,
      nodeDeallocationOption: "taskcompletion",
    });
  });

  it.each([1, 4])(
    "works through a burst of tasks and leaves nothing running, %d slots a node",
    (taskSlotsPerNode) => {
      const load = Array.from({ length: 200 }, (_, i) => ({ arrival: 5 + i / 10, duration: 240 }));
      const simulation = simulateAutoscale({
        formula: formulaOf({ max: 10 }, taskSlotsPerNode),
        load,
        interval: 300,
        duration: 4 * 3600,
        taskSlotsPerNode,
      });
      expect(simulation.evaluations.filter(({ error }) => error)).toEqual([]);
      expect(simulation.tasks).toMatchObject({ succeeded: 200, terminated: 0, unfinished: 0, requeues: 0 });
      expect(simulation.timeline[1]?.dedicatedNodes).toBe(1);
      expect(simulation.peakNodes).toBe(10);
      expect(simulation.timeline.at(-1)?.dedicatedNodes).toBe(0);
      expect(simulation.waiting.longest).toBeLessThan(2 * 3600);
    },
  );

  it.each([0, 60, 120, 240])(
    "grows and goes to nothing with samples that are %d seconds late",
    (sampleDelay) => {
      const { tasks, timeline, peakNodes, evaluations } = simulateAutoscale({
        formula,
        load: Array.from({ length: 30 }, () => ({ arrival: 20, duration: 600 })),
        interval: 300,
        duration: 3 * 3600,
        sampleDelay,
      });
      expect(evaluations.filter(({ error }) => error)).toEqual([]);
      expect(tasks).toMatchObject({ succeeded: 30, requeues: 0 });
      expect(peakNodes).toBe(10);
      expect(timeline.find(({ time }) => time === 630)).toMatchObject({ dedicatedNodes: 10 });
      expect(timeline.at(-1)?.dedicatedNodes).toBe(0);
    },
  );

  it("comes back from nothing, and is not held back for long by one task that goes on", () => {
    const { tasks, timeline, waiting } = simulateAutoscale({
      formula,
      load: [
        { arrival: 20, duration: 7200 },
        ...Array.from({ length: 20 }, () => ({ arrival: 3000, duration: 600 })),
        ...Array.from({ length: 20 }, () => ({ arrival: 5 * 3600, duration: 600 })),
      ],
      interval: 300,
      duration: 8 * 3600,
    });
    const nodesAt = (seconds: number) => timeline.find(({ time }) => time === seconds)?.dedicatedNodes;
    expect([30, 2910, 3330, 4 * 3600, 5 * 3600 + 630, 8 * 3600].map(nodesAt)).toEqual([1, 1, 10, 0, 10, 0]);
    expect(tasks).toEqual({ succeeded: 41, terminated: 0, unfinished: 0, requeues: 0 });
    expect(waiting.longest).toBeLessThan(3600);
  });
});
