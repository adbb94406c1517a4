import { describe, expect, it } from "vitest";
import type { AutoscaleFormulaOptions } from "../../src/builders/autoscale-formula.js";
import { ubuntu } from "../../src/builders/images.js";
import { pool } from "../../src/builders/pool.js";
import { checkFormula, evaluate } from "../../src/emulator/autoscale/evaluate.js";
import { simulateAutoscale } from "../../src/emulator/autoscale/simulator.js";

const unsized = pool("p").vmSize("Standard_D2s_v5").image(ubuntu("24.04"));

function build(text: string, options?: AutoscaleFormulaOptions): string {
  return unsized.autoscaleFormula(text, options).build().autoScaleFormula as string;
}

/** What a formula makes of a pool with these targets and no samples. */
function withoutSamples(formula: string, dedicated = 0, spot = 0) {
  const { targets, error } = evaluate(formula, {
    now: Date.now(),
    targetDedicatedNodes: dedicated,
    targetLowPriorityNodes: spot,
    metrics: {},
  });
  expect(error).toBeUndefined();
  return targets;
}

describe("a formula of one's own", () => {
  it("is sent as it is, every 5 minutes where nothing else is said", () => {
    expect(unsized.autoscaleFormula("$TargetDedicatedNodes = 1 // one").build()).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: "$TargetDedicatedNodes = 1 // one",
      autoScaleEvaluationInterval: "PT5M",
    });
    const hourly = unsized.autoscaleFormula("$TargetDedicatedNodes = 1", { evaluationInterval: "1h" });
    expect(hourly.build().autoScaleEvaluationInterval).toBe("PT1H");
  });

  it.each<[string, RegExp]>([
    ["", /pool\.autoscaleFormula is "", and not text/],
    [
      "tasks = 1;\n$TargetDedicatedNodes = min(20 tasks);",
      /pool\.autoscaleFormula has an error in line 2, column 32: unexpected 'tasks'\.$/,
    ],
    [
      "$TargetDedicatedNodes = $PendingTask.GetSample(1);",
      /in line 1, column 25: there is no variable '\$PendingTask'; the nearest is '\$PendingTasks'\.$/,
    ],
    ["$TargetDedicatedNodes = mim(1, 2);", /there is no function 'mim'; the nearest is 'min'\.$/],
    ["nodes = 5;", /sets neither \$TargetDedicatedNodes nor \$TargetLowPriorityNodes\.$/],
    [`$TargetDedicatedNodes = 1;//${"x".repeat(8192)}`, /has 8220 characters, and Batch takes 8192\.$/],
    ["a = b;\n$TargetDedicatedNodes = c;", /for 2 reasons:\n- .*line 1, column 5.*'b'\n?.*\n- .*line 2.*'c'/],
  ])("is refused with where it is wrong: %s", (text, message) => {
    expect(() => build(text)).toThrow(message);
  });

  it.each<[string, unknown, RegExp]>([
    ["options in text", "5m", /pool\.autoscaleFormula is "5m", and not an object/],
    ["a slip", { start: 1 }, /autoscaleFormula\.start is not known; these are: startNodes, nodeDealloc/],
    ["half a node", { startNodes: 0.5 }, /autoscaleFormula\.startNodes is 0\.5/],
    ["an unknown option", { nodeDeallocationOption: "wait" }, /is "wait", and none of "requeue"/],
    ["a short interval", { evaluationInterval: "1m" }, /less than the least there is, 5m/],
  ])("is refused with %s", (_name, options, message) => {
    expect(() => build("$TargetDedicatedNodes = 1", options as never)).toThrow(message);
  });

  it("excludes a fixed size, where plain JavaScript gives it both", () => {
    const both = unsized.dedicatedNodes(1) as unknown as typeof unsized;
    expect(() => both.autoscaleFormula("$TargetDedicatedNodes = 1").build()).toThrow(
      "pool.autoscaleFormula excludes dedicatedNodes and spotNodes",
    );
  });
});

describe("startNodes", () => {
  // It fails without samples, so that Batch would leave a new pool as it is: without nodes.
  const needy = "$TargetDedicatedNodes = avg($PendingTasks.GetSample(TimeInterval_Minute * 5, 70));";

  it("are there while samples are missing, and no longer", () => {
    const formula = build(needy, { startNodes: 3 });
    expect(withoutSamples(formula).dedicatedNodes).toBe(3);
    expect(withoutSamples(formula, 8).dedicatedNodes).toBe(8);
    const { timeline, tasks } = simulateAutoscale({
      formula: build(needy, { startNodes: 3, nodeDeallocationOption: "taskcompletion" }),
      load: Array.from({ length: 30 }, () => ({ arrival: 20, duration: 600 })),
      interval: 300,
      duration: 4 * 3600,
    });
    expect(timeline[1]?.dedicatedNodes).toBe(3);
    expect(timeline.at(-1)?.dedicatedNodes).toBe(0);
    expect(tasks).toMatchObject({ succeeded: 30, unfinished: 0 });
  });

  it("are Spot nodes where the formula sizes those alone, and dedicated ones where it sizes both", () => {
    expect(withoutSamples(build("$TargetLowPriorityNodes = 0", { startNodes: 2 }))).toMatchObject({
      dedicatedNodes: 0,
      lowPriorityNodes: 2,
    });
    const both = "$targetLowPriorityNodes = 5; $targetDedicatedNodes = 0;";
    expect(withoutSamples(build(both, { startNodes: 2 }))).toMatchObject({
      dedicatedNodes: 2,
      lowPriorityNodes: 5,
    });
  });

  it("leave each line where it was, comments and all", () => {
    const text = "// a; b\nx = 1; // = ;\n$TargetDedicatedNodes = x > 0 ?\n  1 : // one\n  2 // two";
    const formula = build(text, { startNodes: 2, nodeDeallocationOption: "requeue" });
    expect(checkFormula(formula)).toBeUndefined();
    const lines = formula.split("\n");
    expect(lines.slice(0, 2)).toEqual(text.split("\n").slice(0, 2));
    expect(lines.slice(3)).toEqual(["  1 : // one", "  2) // two", ";$NodeDeallocationOption = requeue;"]);
  });

  it("are refused where a variable of the formula needs samples", () => {
    const text = `tasks = $PendingTasks.GetSample(TimeInterval_Minute * 5, 70);\n$TargetDedicatedNodes = avg(tasks);`;
    expect(() => build(text, { startNodes: 1 })).toThrow(
      /autoscaleFormula\.startNodes cannot be kept to while there are no samples, as the formula fails then: Line 1, Col/,
    );
  });
});

describe("nodeDeallocationOption", () => {
  it.each(["$TargetDedicatedNodes = 1", "$TargetDedicatedNodes = 1;", "$TargetDedicatedNodes = 1 // ;"])(
    "is said at the end of %s",
    (text) => {
      const formula = build(text, { nodeDeallocationOption: "retaineddata" });
      expect(withoutSamples(formula)).toMatchObject({
        dedicatedNodes: 1,
        nodeDeallocationOption: "retaineddata",
      });
    },
  );

  it("is refused where the formula says so itself", () => {
    const text = "$TargetDedicatedNodes = 1; $nodedeallocationoption = requeue;";
    expect(() => build(text, { nodeDeallocationOption: "requeue" })).toThrow(
      "is not for a formula that sets $NodeDeallocationOption itself",
    );
  });
});

describe("explain()", () => {
  it("says what the formula of autoscale does, as it does it", () => {
    expect(unsized.taskSlotsPerNode(4).autoscale({ max: 50, nodes: "spot" }).explain()).toBe(
      [
        "Batch evaluates the formula when the pool is made, and then every 5 minutes; a node has 4 task slots.",
        "A new pool, of which Batch knows no samples yet, gets 1 Spot node.",
        "With this many tasks waiting, a pool without nodes gets:",
        "      0  no nodes",
        "      1  1 Spot node",
        "      4  1 Spot node",
        "      5  2 Spot nodes",
        "     10  3 Spot nodes",
        "    100  25 Spot nodes",
        "   1000  50 Spot nodes",
        "  10000  50 Spot nodes",
        "A node that goes: it takes no more tasks, and goes when those it has are done.",
      ].join("\n"),
    );
  });

  it("says what one's own does, and where it fails", () => {
    const text = "$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = max($ActiveTasks.GetSample(1)) * 2;";
    const explanation = unsized.autoscaleFormula(text, { evaluationInterval: "P1DT2H" }).explain();
    expect(explanation).toContain("every 1 day 2 hours; a node has 1 task slot.");
    expect(explanation).toContain("no samples yet, gets no change, as the formula fails: Line 1, Col ");
    expect(explanation).toMatch(/\n {4}100 {2}2 dedicated nodes and 200 Spot nodes\n/);
    expect(explanation).toMatch(/A node that goes: its tasks are stopped and run again elsewhere\.$/);
  });

  it("is refused where there is nothing to explain, or it is wrong", () => {
    const none = unsized.dedicatedNodes(1) as unknown as { explain(): string };
    expect(() => none.explain()).toThrow("The pool has no formula to explain");
    expect(() => unsized.autoscaleFormula("x").explain()).toThrow("there is no variable 'x'");
    expect(() => unsized.autoscale({ max: 0 }).explain()).toThrow("pool.autoscale.max is 0");
  });
});
