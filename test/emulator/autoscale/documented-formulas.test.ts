/** The sample formulas of https://learn.microsoft.com/azure/batch/batch-automatic-scaling, and what the page says of them. */
import { describe, expect, it } from "vitest";
import type { AutoScaleEnvironment } from "../../../src/autoscale/environment.js";
import type { Metric, MetricName } from "../../../src/autoscale/metrics.js";
import { evaluate } from "../../../src/emulator/autoscale/evaluate.js";

const thursdayEvening = Date.parse("2016-10-13T19:18:47.805Z");
const mondayMorning = Date.parse("2016-10-17T08:00:00Z");

/** Samples of the last minutes, the newest last. `missing` leaves out the newest ones, as if they had not arrived. */
function samples(now: number, values: readonly number[], missing = 0): Metric {
  return {
    samples: values.map((value, index) => ({
      time: now - (values.length - 1 - index + missing) * 30_000,
      value,
    })),
  };
}

function run(
  formula: string,
  metrics: Partial<Record<MetricName, Metric>> = {},
  more: Partial<AutoScaleEnvironment> = {},
) {
  const result = evaluate(formula, {
    now: thursdayEvening,
    targetDedicatedNodes: 0,
    targetLowPriorityNodes: 0,
    metrics,
    ...more,
  });
  expect(result.error).toBeUndefined();
  return result;
}

const repeat = (value: number, times: number) => Array.from({ length: times }, () => value);

describe("pending tasks", () => {
  const formula = `startingNumberOfVMs = 1;
maxNumberofVMs = 25;
pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs : avg($PendingTasks.GetSample(180 * TimeInterval_Second));
$TargetDedicatedNodes=min(maxNumberofVMs, pendingTaskSamples);
$NodeDeallocationOption = taskcompletion;`;

  it("creates the pool with a single VM", () => {
    expect(run(formula).targets).toEqual({
      dedicatedNodes: 1,
      lowPriorityNodes: 0,
      nodeDeallocationOption: "taskcompletion",
    });
  });

  it("takes the average of the last 180 seconds when 70 percent of the samples are there", () => {
    const $PendingTasks = samples(thursdayEvening, [100, 2, 4, 6, 8, 10, 12]);
    expect(run(formula, { $PendingTasks }).targets.dedicatedNodes).toBe(7);
  });

  it("never exceeds 25 VMs", () => {
    const $PendingTasks = samples(thursdayEvening, repeat(1000, 6));
    expect(run(formula, { $PendingTasks }).results).toBe(
      "$TargetDedicatedNodes=25;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;" +
        "maxNumberofVMs=25;pendingTaskSamplePercent=100;pendingTaskSamples=1000;startingNumberOfVMs=1",
    );
  });
});

describe("preempted nodes", () => {
  const formula = `maxNumberofVMs = 25;
$TargetDedicatedNodes = min(maxNumberofVMs, $PreemptedNodeCount.GetSample(180 * TimeInterval_Second));
$TargetLowPriorityNodes = min(maxNumberofVMs , maxNumberofVMs - $TargetDedicatedNodes);
$NodeDeallocationOption = taskcompletion;`;

  it("starts with 25 low-priority nodes", () => {
    const $PreemptedNodeCount = samples(thursdayEvening, repeat(0, 6));
    expect(run(formula, { $PreemptedNodeCount }).targets).toMatchObject({
      dedicatedNodes: 0,
      lowPriorityNodes: 25,
    });
  });

  it("replaces each preempted node with a dedicated one", () => {
    const $PreemptedNodeCount = samples(thursdayEvening, repeat(4, 6));
    expect(run(formula, { $PreemptedNodeCount }).targets).toMatchObject({
      dedicatedNodes: 4,
      lowPriorityNodes: 21,
    });
  });
});

describe("samples", () => {
  const $RunningTasks = samples(thursdayEvening, repeat(1, 12));

  it("a window of five minutes gives ten of them", () => {
    const formula =
      "$runningTasksSample = $RunningTasks.GetSample(1 * TimeInterval_Minute, 6 * TimeInterval_Minute);";
    expect(run(formula, { $RunningTasks }).results).toMatch(/;\$runningTasksSample=\[1,1,1,1,1,1,1,1,1,1\]$/);
  });

  it("are a vector like one that is written down", () => {
    expect(run("$runningTasksSample=[1,1,1,1,1,1,1,1,1,1];").results).toMatch(
      /;\$runningTasksSample=\[1,1,1,1,1,1,1,1,1,1\]$/,
    );
    const { variables } = run("v = [1,2,3]; same = avg(v) == avg(1,2,3); more = avg(v, 7) == avg(1,2,3,7)");
    expect(variables).toMatchObject({ same: { value: 1 }, more: { value: 1 } });
  });

  it("of the last ten minutes are 20, and 18 while those of the last minute are on their way", () => {
    const $CPUPercent = samples(thursdayEvening, repeat(50, 40), 2);
    const counted = (formula: string) => run(`n = len(${formula})`, { $CPUPercent }).variables.n;
    expect(counted("$CPUPercent.GetSample(TimeInterval_Minute * 10)")).toMatchObject({ value: 18 });
    expect(counted("$CPUPercent.GetSample(TimeInterval_Minute * 10, 80)")).toMatchObject({ value: 18 });
    const strict = evaluate("n = $CPUPercent.GetSample(TimeInterval_Minute * 10, 95)", {
      now: thursdayEvening,
      targetDedicatedNodes: 1,
      targetLowPriorityNodes: 0,
      metrics: { $CPUPercent },
    });
    expect(strict.error?.code).toBe("InsufficientSampleData");
  });

  it("a required percentage of them is met or fails the evaluation", () => {
    const formula =
      "$runningTasksSample = $RunningTasks.GetSample(60 * TimeInterval_Second, 120 * TimeInterval_Second, 75);";
    expect(run(formula, { $RunningTasks }).variables).toEqual({
      $runningTasksSample: { type: "doubleVec", values: [1, 1] },
    });

    const late = { $RunningTasks: samples(thursdayEvening, repeat(1, 12), 3) };
    const failed = evaluate(formula, {
      now: thursdayEvening,
      targetDedicatedNodes: 3,
      targetLowPriorityNodes: 0,
      metrics: late,
    });
    expect(failed.error?.values?.[0]?.value).toBe(
      "Line 1, Col 46: Insufficient data from data set: $RunningTasks wanted 75%, received 50%",
    );
    expect(failed.targets.dedicatedNodes).toBe(3);
  });
});

describe("the worked example on CPU usage", () => {
  const formula = `$totalDedicatedNodes =
    (min($CPUPercent.GetSample(TimeInterval_Minute * 10)) > 0.7) ?
    ($CurrentDedicatedNodes * 1.1) : $CurrentDedicatedNodes;
$totalDedicatedNodes =
    (avg($CPUPercent.GetSample(TimeInterval_Minute * 60)) < 0.2) ?
    ($CurrentDedicatedNodes * 0.9) : $totalDedicatedNodes;
$TargetDedicatedNodes = min(400, $totalDedicatedNodes)`;

  it.each([
    [0.9, 100, 110],
    [0.5, 100, 100],
    [0.1, 100, 90],
    [0.9, 390, 400],
  ])("CPU at %d, %d nodes: %d nodes", (cpu, current, target) => {
    const metrics = {
      $CPUPercent: samples(thursdayEvening, repeat(cpu, 120)),
      $CurrentDedicatedNodes: { samples: [], current },
    };
    expect(run(formula, metrics).targets.dedicatedNodes).toBe(target);
  });
});

describe("time", () => {
  it("five nodes on Mondays, one on every other day", () => {
    const formula = "$TargetDedicatedNodes = (time().weekday == 1 ? 5:1);";
    expect(run(formula).targets.dedicatedNodes).toBe(1);
    expect(run(formula, {}, { now: mondayMorning }).targets.dedicatedNodes).toBe(5);
  });

  const workingHours = `$curTime = time();
$workHours = $curTime.hour >= 8 && $curTime.hour < 18;
$isWeekday = $curTime.weekday >= 1 && $curTime.weekday <= 5;
$isWorkingWeekdayHour = $workHours && $isWeekday;
$TargetDedicatedNodes = $isWorkingWeekdayHour ? 20:10;`;

  it("the evaluated example prints what the page prints", () => {
    expect(run(workingHours).results).toBe(
      "$TargetDedicatedNodes=10;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;" +
        "$curTime=2016-10-13T19:18:47.805Z;$isWeekday=1;$isWorkingWeekdayHour=0;$workHours=0",
    );
  });

  it.each([
    ["2016-10-17T07:59:59Z", 10],
    ["2016-10-17T08:00:00Z", 20],
    ["2016-10-21T17:59:59Z", 20],
    ["2016-10-21T18:00:00Z", 10],
    ["2016-10-22T12:00:00Z", 10],
    ["2016-10-23T12:00:00Z", 10],
  ])("at %s: %d nodes", (time, target) => {
    expect(run(workingHours, {}, { now: Date.parse(time) }).targets.dedicatedNodes).toBe(target);
  });

  it("an offset adjusts to a time zone", () => {
    expect(run("$curTime = time() + (-6 * TimeInterval_Hour); h = $curTime.hour").variables.h).toEqual({
      type: "double",
      value: 13,
    });
  });
});

describe("task-based adjustment", () => {
  const formula = `// Get pending tasks for the past 15 minutes.
$samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0,$PendingTasks.GetSample(1)) : max( $PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
// Both comments and line breaks are acceptable.
$targetVMs = $tasks > 0? $tasks:max(0, $TargetDedicatedNodes/2);
$TargetDedicatedNodes = max(0, min($targetVMs, 20));
$NodeDeallocationOption = taskcompletion;`;

  it.each<[string, Metric, number, number]>([
    ["no samples: half of what there is", { samples: [] }, 9, 4],
    ["few samples: the last one", samples(thursdayEvening, [3, 5]), 0, 5],
    [
      "enough: the maximum of the last and the average",
      samples(thursdayEvening, [...repeat(9, 29), 1]),
      0,
      8,
    ],
    ["enough: the last, if it is more", samples(thursdayEvening, [...repeat(1, 29), 12]), 0, 12],
    ["nothing pending: half of what there is", samples(thursdayEvening, repeat(0, 30)), 7, 3],
    ["at most 20", samples(thursdayEvening, repeat(500, 30)), 0, 20],
  ])("%s", (_, $PendingTasks, targetDedicatedNodes, target) => {
    expect(run(formula, { $PendingTasks }, { targetDedicatedNodes }).targets.dedicatedNodes).toBe(target);
  });

  it("prints what the service printed when one of 30 samples was missing", () => {
    const printed = run(
      formula
        .replaceAll("$PendingTasks", "$ActiveTasks")
        .replace("20)", "cappedPoolSize)")
        .replace("$TargetDedicatedNodes = max(0", "cappedPoolSize = 3;\n$TargetDedicatedNodes = max(1"),
      { $ActiveTasks: samples(thursdayEvening, repeat(0, 40), 1) },
      { targetDedicatedNodes: 1 },
    );
    expect(printed.results).toBe(
      "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;" +
        "$samples=96.6667;$targetVMs=0.5;$tasks=0;cappedPoolSize=3",
    );
  });
});

describe("accounting for parallel tasks", () => {
  const formula = `$samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0,$ActiveTasks.GetSample(1)) : max( $ActiveTasks.GetSample(1),avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
$cores = $TargetDedicatedNodes * 4;
$extraVMs = (($tasks - $cores) + 3) / 4;
$targetVMs = ($TargetDedicatedNodes + $extraVMs);
$TargetDedicatedNodes = max(0,min($targetVMs,3));
$NodeDeallocationOption = taskcompletion;`;

  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [4, 0, 1],
    [5, 0, 2],
    [100, 0, 3],
    [8, 2, 2],
    [9, 2, 3],
  ])("%d active tasks, %d nodes: %d nodes", (tasks, targetDedicatedNodes, target) => {
    const $ActiveTasks = samples(thursdayEvening, repeat(tasks, 30));
    expect(run(formula, { $ActiveTasks }, { targetDedicatedNodes }).targets.dedicatedNodes).toBe(target);
  });
});

describe("an initial pool size", () => {
  const created = "Thu, 13 Oct 2016 19:00:00 GMT";
  const formula = `
    $TargetDedicatedNodes = 4;
    lifespan         = time() - time("${created}");
    span             = TimeInterval_Minute * 60;
    startup          = TimeInterval_Minute * 10;
    ratio            = 50;

    $TargetDedicatedNodes = (lifespan > startup ? (max($RunningTasks.GetSample(span, ratio), $ActiveTasks.GetSample(span, ratio)) == 0 ? 0 : $TargetDedicatedNodes) : 4);
    `;
  const targetAt = (time: string, running: number) => {
    const now = Date.parse(time);
    const $RunningTasks = samples(now, repeat(running, 120));
    const $ActiveTasks = samples(now, repeat(0, 120));
    return run(formula, { $RunningTasks, $ActiveTasks }, { now }).targets.dedicatedNodes;
  };

  it("four nodes for the first ten minutes", () => {
    expect(targetAt("2016-10-13T19:09:00Z", 0)).toBe(4);
  });

  it("none when nothing ran or waited for an hour", () => {
    expect(targetAt("2016-10-13T20:10:00Z", 0)).toBe(0);
  });

  it("no change when something did", () => {
    expect(targetAt("2016-10-13T20:10:00Z", 1)).toBe(4);
  });
});

describe("older pages", () => {
  it("the example of evaluateautoscale", () => {
    const formula =
      "totalNodes=($CPUPercent.GetSamplePercent(TimeInterval_Minute*0,TimeInterval_Minute*10)<0.7?5:(min($CPUPercent.GetSample(TimeInterval_Minute*0, TimeInterval_Minute*10))>0.8?($CurrentDedicated*1.1):$CurrentDedicated));$TargetDedicated=min(100,totalNodes);";
    expect(run(formula).results).toBe(
      "$TargetDedicatedNodes=5;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;totalNodes=5",
    );
  });

  it("the average of active tasks, as the command line's sample enables it", () => {
    const formula =
      "$averageActiveTaskCount = avg($ActiveTasks.GetSample(TimeInterval_Minute * 15));$TargetDedicated = min(10, $averageActiveTaskCount);";
    const $ActiveTasks = samples(thursdayEvening, [...repeat(2, 15), ...repeat(4, 15)]);
    expect(run(formula, { $ActiveTasks }).results).toBe(
      "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;$averageActiveTaskCount=3",
    );
  });

  it("the formulas of the .NET client's tests", () => {
    for (const option of ["requeue", "terminate"]) {
      const formula = `$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=${option}`;
      expect(run(formula).results).toBe(formula);
    }
    expect(run("myActiveSamples=$ActiveTasks.GetSample(5);").results).toMatch(/;myActiveSamples=\[\]$/);
  });
});

describe("Batch Shipyard's scenarios", () => {
  const bounds = `maxTasksPerNode = 4;
minTargetDedicated = 1;
minTargetLowPriority = 0;
maxTargetDedicated = 16777216;
maxTargetLowPriority = 6;`;

  it.each([
    ["2016-10-15T12:00:00Z", 16_777_216],
    ["2016-10-16T12:00:00Z", 16_777_216],
    ["2016-10-17T12:00:00Z", 1],
  ])("weekend at %s: %d nodes", (time, target) => {
    const formula = `${bounds}
now = time();
isPeakTime = now.weekday >= 6 && now.weekday <= 7;
$TargetDedicatedNodes = isPeakTime ? maxTargetDedicated : minTargetDedicated;
$NodeDeallocationOption = taskcompletion;`;
    expect(run(formula, {}, { now: Date.parse(time) }).targets.dedicatedNodes).toBe(target);
  });

  it("pending tasks, with a preference for Spot nodes and their replacement", () => {
    const formula = `${bounds}
sli = TimeInterval_Second * 600.0;
samplepercent = $PendingTasks.GetSamplePercent(sli);
lastsample = val($PendingTasks.GetSample(1), 0);
samplevecavg = avg($PendingTasks.GetSample(sli));
PendingTaskAvg = samplepercent < 70 ? max(0, lastsample) : (lastsample < samplevecavg ? avg(lastsample, samplevecavg) : max(lastsample, samplevecavg));
reqVMs = PendingTaskAvg / maxTasksPerNode;
preemptsamplepercent = $PreemptedNodeCount.GetSamplePercent(sli);
lastpreemptsample = val($PreemptedNodeCount.GetSample(1), 0);
preemptedavg = avg($PreemptedNodeCount.GetSample(sli));
preemptcount = preemptsamplepercent < 70 ? max(0, lastpreemptsample) : (lastpreemptsample > preemptedavg ? avg(lastpreemptsample, preemptedavg) : min(lastpreemptsample, preemptedavg));
currenttotal = $CurrentDedicatedNodes + $CurrentLowPriorityNodes;
preemptedpercent = currenttotal > 0 ? preemptcount / currenttotal : 0;
rebalance = preemptedpercent >= 0.5;
lowPriVMs = min(maxTargetLowPriority, max(minTargetLowPriority, reqVMs));
remainingVMs = min(maxTargetDedicated, reqVMs - lowPriVMs);
redistVMs = rebalance ? min(preemptcount, lowPriVMs) : 0;
lowPriVMs = min(maxTargetLowPriority, max(minTargetLowPriority, max(0, reqVMs - redistVMs)));
remainingVMs = min(maxTargetDedicated, reqVMs - lowPriVMs);
$TargetLowPriorityNodes = lowPriVMs;
$TargetDedicatedNodes = max(minTargetDedicated, remainingVMs);
$NodeDeallocationOption = requeue;`;
    const metrics = (preempted: number) => ({
      $PendingTasks: samples(thursdayEvening, repeat(40, 20)),
      $PreemptedNodeCount: samples(thursdayEvening, repeat(preempted, 20)),
      $CurrentDedicatedNodes: { samples: [], current: 2 },
      $CurrentLowPriorityNodes: { samples: [], current: 6 },
    });
    // 40 tasks want 10 nodes.
    expect(run(formula, metrics(0)).targets).toMatchObject({ dedicatedNodes: 4, lowPriorityNodes: 6 });
    expect(run(formula, metrics(6)).targets).toMatchObject({ dedicatedNodes: 6, lowPriorityNodes: 4 });
  });
});
