import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AutoScaleSimulationError,
  type AutoScaleSimulationOptions,
  type SimulatedTask,
} from "../../../src/emulator/autoscale/simulation-options.js";
import { simulateAutoscale } from "../../../src/emulator/autoscale/simulator.js";

const hour = 3600;
const tasks = (count: number, task: SimulatedTask) => Array.from({ length: count }, () => task);

describe("a fixed target", () => {
  it("costs its nodes from the start to the end", () => {
    const { nodeHours, idleNodeHours, peakNodes, tasks, finishedAt } = simulateAutoscale({
      formula: "$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = 1;",
      load: [],
      duration: 2 * hour,
    });
    expect(nodeHours).toEqual({ dedicated: 4, lowPriority: 2 });
    expect(idleNodeHours).toBe(6);
    expect(peakNodes).toBe(3);
    expect(tasks).toEqual({ succeeded: 0, terminated: 0, unfinished: 0, requeues: 0 });
    expect(finishedAt).toBe(0);
  });

  it("runs as many tasks at once as there are slots", () => {
    const { timeline, waiting, finishedAt, idleNodeHours } = simulateAutoscale({
      formula: "$TargetDedicatedNodes = 1",
      load: tasks(8, { arrival: 0, duration: 300 }),
      taskSlotsPerNode: 4,
      nodeStartTime: 100,
      duration: hour,
    });
    expect(finishedAt).toBe(700);
    expect(waiting).toEqual({ average: 250, longest: 400 });
    expect(idleNodeHours).toBeCloseTo(3000 / hour);
    expect(timeline.find(({ time }) => time === 90)).toMatchObject({ waitingTasks: 8, usableNodes: 0 });
    expect(timeline.find(({ time }) => time === 120)).toMatchObject({ waitingTasks: 4, runningTasks: 4 });
  });

  it("takes tasks that arrive together as the load names them", () => {
    const { waiting, timeline } = simulateAutoscale({
      formula: "$TargetDedicatedNodes = 1",
      load: [100, 200, 300, 400, 500].map((duration) => ({ arrival: 0, duration })),
      nodeStartTime: 0,
      duration: hour,
    });
    // They start after 0, 100, 300, 600 and 1000 seconds.
    expect(waiting).toEqual({ average: 400, longest: 1000 });
    expect(timeline.find(({ time }) => time === 990)).toMatchObject({ waitingTasks: 1, runningTasks: 1 });
  });

  it("gives a task the slots it requires, and smaller ones the rest", () => {
    const { finishedAt, tasks } = simulateAutoscale({
      formula: "$TargetDedicatedNodes = 1",
      load: [
        { arrival: 0, duration: 100, requiredSlots: 2 },
        { arrival: 1, duration: 100, requiredSlots: 2 },
        { arrival: 2, duration: 100 },
        { arrival: 3, duration: 100, requiredSlots: 9 },
      ],
      taskSlotsPerNode: 3,
      nodeStartTime: 50,
      duration: hour,
    });
    expect(finishedAt).toBeUndefined();
    expect(tasks).toMatchObject({ succeeded: 3, unfinished: 1 });
  });

  it("is not exceeded by the quota", () => {
    const run = simulateAutoscale({
      formula: "$TargetDedicatedNodes = 1000000000; $TargetLowPriorityNodes = 5",
      load: [],
      nodeQuota: 10,
      duration: hour,
    });
    expect(run.peakNodes).toBe(10);
    expect(run.timeline[0]?.targetDedicatedNodes).toBe(1_000_000_000);
  });
});

it("a formula that gives no nodes lets tasks wait to the end", () => {
  const { waiting, tasks, finishedAt } = simulateAutoscale({
    formula: "$TargetDedicatedNodes = 0",
    load: [
      { arrival: 0, duration: 1 },
      { arrival: 1800, duration: 1 },
      { arrival: 2 * hour, duration: 1 },
    ],
    duration: hour,
  });
  expect(waiting).toEqual({ average: 2700, longest: hour });
  expect(tasks.unfinished).toBe(3);
  expect(finishedAt).toBeUndefined();
});

describe("a formula that follows the tasks", () => {
  it("sees them a minute late, and pays nodes for as long as it keeps them", () => {
    const run = simulateAutoscale({
      formula: "$TargetDedicatedNodes = min(10, max(0, $PendingTasks.GetSample(1)))",
      load: tasks(10, { arrival: 0, duration: 600 }),
      interval: 300,
      nodeStartTime: 180,
      duration: hour,
    });
    // No samples at the first evaluation, nodes from 300 to 1200 that are ready at 480, tasks until 1080.
    expect(run.evaluations.slice(0, 6).map(({ targets }) => targets.dedicatedNodes)).toEqual([
      0, 10, 10, 10, 0, 0,
    ]);
    expect(run.finishedAt).toBe(1080);
    expect(run.waiting).toEqual({ average: 480, longest: 480 });
    expect(run.nodeHours).toEqual({ dedicated: 2.5, lowPriority: 0 });
    expect(run.idleNodeHours).toBeCloseTo((10 * (180 + 120)) / hour);
    expect(run.tasks).toEqual({ succeeded: 10, terminated: 0, unfinished: 0, requeues: 0 });
  });

  it("sees samples at once without a delay", () => {
    const run = simulateAutoscale({
      formula: "n = len($PendingTasks.GetSample(TimeInterval_Minute * 5))",
      load: [],
      interval: 300,
      sampleDelay: 0,
      duration: 300,
    });
    expect(run.evaluations.map(({ results }) => results.split(";n=")[1])).toEqual(["0", "10"]);
  });

  it("that fails leaves the pool as it is", () => {
    const run = simulateAutoscale({
      formula:
        "$TargetDedicatedNodes = $TargetDedicatedNodes == 0 ? 3 : $CPUPercent.GetSample(TimeInterval_Minute * 5, 70)",
      load: [],
      interval: 300,
      duration: 600,
    });
    expect(run.evaluations.map(({ applied, error }) => [applied, error?.code])).toEqual([
      [true, undefined],
      [false, "InsufficientSampleData"],
      [false, "InsufficientSampleData"],
    ]);
    expect(run.nodeHours.dedicated).toBe((3 * 600) / hour);
  });
});

describe("nodes that leave", () => {
  const runWith = (option: string) =>
    simulateAutoscale({
      formula: `$TargetDedicatedNodes = time() - time("2024-01-01T00:00:00Z") < TimeInterval_Minute * 10 ? 1 : 0;
        $NodeDeallocationOption = ${option};`,
      load: [{ arrival: 0, duration: hour }],
      interval: 300,
      nodeStartTime: 0,
      taskRetention: 600,
      duration: 2 * hour,
    });

  it("requeue: the task waits again", () => {
    const { tasks, nodeHours, waiting } = runWith("requeue");
    expect(tasks).toEqual({ succeeded: 0, terminated: 0, unfinished: 1, requeues: 1 });
    expect(nodeHours.dedicated).toBe(600 / hour);
    // It ran at once, and waits from then on to the end.
    expect(waiting).toEqual({ average: 3300, longest: 2 * hour - 600 });
  });

  it("terminate: the task ends", () => {
    const { tasks, nodeHours, finishedAt } = runWith("terminate");
    expect(tasks).toEqual({ succeeded: 0, terminated: 1, unfinished: 0, requeues: 0 });
    expect(nodeHours.dedicated).toBe(600 / hour);
    expect(finishedAt).toBe(600);
  });

  it("taskcompletion: the node waits for the task, and no resize happens meanwhile", () => {
    const { tasks, nodeHours, evaluations } = runWith("taskcompletion");
    expect(tasks.succeeded).toBe(1);
    expect(nodeHours.dedicated).toBe(1);
    const blocked = evaluations.filter(({ applied }) => !applied).map(({ time }) => time);
    expect(blocked).toEqual([900, 1200, 1500, 1800, 2100, 2400, 2700, 3000, 3300]);
  });

  it("retaineddata: the node waits for the task's retention as well", () => {
    expect(runWith("retaineddata").nodeHours.dedicated).toBe((hour + 600) / hour);
  });
});

it("the documented working-hours formula costs 20 nodes for ten hours of a Monday, 10 otherwise", () => {
  const { nodeHours } = simulateAutoscale({
    formula: `$curTime = time();
      $workHours = $curTime.hour >= 8 && $curTime.hour < 18;
      $isWeekday = $curTime.weekday >= 1 && $curTime.weekday <= 5;
      $TargetDedicatedNodes = $workHours && $isWeekday ? 20:10;`,
    load: [],
  });
  expect(nodeHours.dedicated).toBe(20 * 10 + 10 * 14);
});

describe("what cannot be simulated", () => {
  const base = { formula: "$TargetDedicatedNodes = 1", load: [] };

  it.each([
    [{ ...base, interval: 299 }, "interval has to be from 300 to 604800, not 299"],
    [{ ...base, duration: 0 }, "duration has to be"],
    [{ ...base, nodeStartTime: -1 }, "nodeStartTime has to be at least 0, not -1"],
    [{ ...base, taskSlotsPerNode: 0 }, "taskSlotsPerNode has to be from 1 to 256"],
    [{ ...base, sampleDelay: Number.NaN }, "sampleDelay has to be at least 0, not NaN"],
    [
      {
        ...base,
        load: [
          { arrival: 0, duration: 1 },
          { arrival: -5, duration: 1 },
        ],
      },
      "load[1].arrival has to be",
    ],
    [{ ...base, load: [{ arrival: 0, duration: Number.POSITIVE_INFINITY }] }, "load[0].duration has to be"],
    [undefined, "the options have to be an object"],
    [{ ...base, slots: 2 }, "there is no option slots"],
    [{ load: [] }, "formula has to be a string, not undefined"],
    [{ formula: base.formula }, "load has to be a list of tasks, not undefined"],
    [{ ...base, load: "abc" }, 'load has to be a list of tasks, not "abc"'],
    [{ ...base, load: [null] }, "load[0] has to be a task, not null"],
    [{ ...base, load: [{ arrival: "0", duration: 1 }] }, 'load[0].arrival has to be at least 0, not "0"'],
    [
      { ...base, load: [{ arrival: 0, duration: 1, requiredSlots: 1.5 }] },
      "load[0].requiredSlots has to be from 1 to 256 and a whole number, not 1.5",
    ],
    [{ ...base, interval: "300" }, 'interval has to be from 300 to 604800, not "300"'],
    [{ ...base, interval: 604_801 }, "interval has to be from 300 to 604800, not 604801"],
    [
      { ...base, taskSlotsPerNode: 1.5 },
      "taskSlotsPerNode has to be from 1 to 256 and a whole number, not 1.5",
    ],
    [{ ...base, nodeQuota: 0.5 }, "nodeQuota has to be from 0 to 100000 and a whole number, not 0.5"],
    [
      { ...base, taskRetention: Number.POSITIVE_INFINITY },
      "taskRetention has to be at least 0, not Infinity",
    ],
    [{ ...base, start: "2024-01-01" }, 'start has to be a Date of the years 1 to 9998, not "2024-01-01"'],
    [
      { ...base, start: new Date(Number.NaN) },
      "start has to be a Date of the years 1 to 9998, not Invalid Date",
    ],
    [{ ...base, start: new Date(8.64e15) }, "start has to be a Date of the years 1 to 9998"],
    [{ ...base, random: 4 }, "random has to be a function, not 4"],
  ])("%#", (options, message) => {
    const run = () => simulateAutoscale(options as AutoScaleSimulationOptions);
    expect(run).toThrow(AutoScaleSimulationError);
    expect(run).toThrow(
      expect.objectContaining({ code: "InvalidOption", message: expect.stringContaining(message) }),
    );
  });

  it("is a formula the service would refuse", () => {
    expect(() => simulateAutoscale({ ...base, formula: "x = (1" })).toThrow(
      expect.objectContaining({
        code: "FormulaRefused",
        message: "AutoScalingFormulaSyntaxError: Line 1, Col 7: unexpected end of the formula",
      }),
    );
  });
});

describe("any load", () => {
  const load = fc.array(
    fc.record({
      arrival: fc.integer({ min: 0, max: 2 * hour }),
      duration: fc.integer({ min: 0, max: hour }),
      requiredSlots: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 60 },
  );
  const options = fc.constantFrom("requeue", "terminate", "taskcompletion", "retaineddata");

  it("keeps its tasks and its nodes' time accounted for", () => {
    fc.assert(
      fc.property(load, options, fc.integer({ min: 1, max: 4 }), (load, option, slots) => {
        const duration = 4 * hour;
        const run = simulateAutoscale({
          formula: `$TargetDedicatedNodes = min(5, max(0, $PendingTasks.GetSample(1)));
            $TargetLowPriorityNodes = max(0, $ActiveTasks.GetSample(1)) > 5 ? 2 : 0;
            $NodeDeallocationOption = ${option};`,
          load,
          interval: 300,
          taskSlotsPerNode: slots,
          taskRetention: 900,
          duration,
        });
        const { succeeded, terminated, unfinished } = run.tasks;
        expect(succeeded + terminated + unfinished).toBe(load.length);
        expect(run.finishedAt === undefined).toBe(unfinished > 0);
        for (const point of run.timeline) {
          expect(point.runningTasks).toBeLessThanOrEqual(
            (point.dedicatedNodes + point.lowPriorityNodes) * slots,
          );
          expect(point.usableNodes).toBeLessThanOrEqual(point.dedicatedNodes + point.lowPriorityNodes);
        }
        const hours = run.nodeHours.dedicated + run.nodeHours.lowPriority;
        expect(hours).toBeLessThanOrEqual((run.peakNodes * duration) / hour + 1e-9);
        expect(run.idleNodeHours).toBeLessThanOrEqual(hours + 1e-9);
        expect(run.idleNodeHours).toBeGreaterThanOrEqual(-1e-9);
      }),
      { numRuns: 150 },
    );
  });

  it("gives the same twice", () => {
    const load = Array.from({ length: 500 }, (_, index) => ({
      arrival: Math.floor(index / 50) * 60,
      duration: 30 + ((index * 37) % 400),
      requiredSlots: 1 + (index % 3),
    }));
    const options: AutoScaleSimulationOptions = {
      formula: "$TargetDedicatedNodes = min(20, max(0, $PendingTasks.GetSample(1))) * (0.5 + rand())",
      load,
      interval: 300,
      taskSlotsPerNode: 4,
    };
    expect(simulateAutoscale(options)).toEqual(simulateAutoscale(options));
    // The order in which a load is given matters among tasks that arrive together only.
    const byArrival = [...load].sort((a, b) => a.arrival - b.arrival);
    expect(simulateAutoscale({ ...options, load: byArrival })).toEqual(simulateAutoscale(options));
  });

  it("of 100,000 tasks in a week, on up to 5,000 nodes, is simulated", () => {
    const week = 7 * 24 * hour;
    const load = Array.from({ length: 100_000 }, (_, index) => ({
      arrival: index * 6,
      duration: 60 + ((index * 7919) % 1800),
    }));
    const { tasks, timeline, evaluations, nodeHours, idleNodeHours } = simulateAutoscale({
      formula: `$tasks = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15) < 70
          ? 5000 : avg($PendingTasks.GetSample(TimeInterval_Minute * 15));
        $TargetDedicatedNodes = min(5000, $tasks + 10);
        $NodeDeallocationOption = taskcompletion;`,
      load,
      interval: 300,
      duration: week,
    });
    expect(tasks).toEqual({ succeeded: 100_000, terminated: 0, unfinished: 0, requeues: 0 });
    expect(timeline).toHaveLength(week / 30 + 1);
    expect(evaluations).toHaveLength(week / 300 + 1);
    const work = load.reduce((sum, { duration }) => sum + duration, 0) / hour;
    expect(nodeHours.dedicated - idleNodeHours).toBeCloseTo(work, 3);
  });

  it("of 100,000 tasks is simulated", () => {
    const load = Array.from({ length: 100_000 }, (_, index) => ({ arrival: index / 10, duration: 60 }));
    const { tasks, finishedAt } = simulateAutoscale({
      formula: "$TargetDedicatedNodes = min(500, max(0, $PendingTasks.GetSample(1)))",
      load,
      interval: 300,
      taskSlotsPerNode: 4,
    });
    expect(tasks.unfinished).toBe(0);
    expect(finishedAt).toBeGreaterThan(10_000);
  });
});
