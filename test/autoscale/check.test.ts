import { describe, expect, it } from "vitest";
import { checkFormula } from "../../src/autoscale/check.js";

/** What is wrong, each as `line:column reason`. */
function problemsOf(formula: string): string[] {
  return checkFormula(formula).map(({ place, reason }) =>
    place === undefined ? reason : `${place.line}:${place.column} ${reason}`,
  );
}

describe("a formula that Batch takes", () => {
  it.each([
    "$TargetDedicatedNodes = 1",
    "$targetDedicatedNodes = min(10, $PendingTasks.GetSample(1));",
    "$TargetDedicated = 1; $TargetLowPriority = 2; $NodeDeallocationOption = requeue;",
    "x = 1;\n$y = x + 1;\n$TargetLowPriorityNodes = $y > x ? ceil($y) : time().hour;",
    '$TargetDedicatedNodes = time("2024-01-01").weekday == 1 ? 1 : 0; stop();',
    "$TargetDedicatedNodes = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5) < 70 ? 1 : avg([1, 2]);",
  ])("%s", (formula) => {
    expect(problemsOf(formula)).toEqual([]);
  });
});

describe("a formula with errors", () => {
  it.each<[string, string[]]>([
    ["", ["sets neither $TargetDedicatedNodes nor $TargetLowPriorityNodes"]],
    ["x = 1;", ["sets neither $TargetDedicatedNodes nor $TargetLowPriorityNodes"]],
    ["$TargetDedicatedNodes = (1;", ["1:27 unexpected ';'"]],
    ["a = 1;\n$TargetDedicatedNodes = a +", ["2:28 unexpected end of the formula"]],
    ["$TargetDedicatedNodes = 1 # 2;", ["1:27 unexpected character '#'"]],
    [
      "$TargetDedicatedNodes = PendingTasks.GetSample(1);",
      ["1:25 there is no variable 'PendingTasks'; the nearest is '$PendingTasks'"],
    ],
    [
      "$TargetDedicatedNodes = average($PendingTask.getSample(1));",
      [
        "1:25 there is no function 'average'",
        "1:33 there is no variable '$PendingTask'; the nearest is '$PendingTasks'",
        "1:55 there is no method 'getSample'; the nearest is 'GetSample'",
      ],
    ],
    ["$TargetDedicatedNodes = nodes;\nnodes = 1;", ["1:25 there is no variable 'nodes'"]],
    [
      "nodes = 1;\n$TargetDedicatedNodes = node;",
      ["2:25 there is no variable 'node'; the nearest is 'nodes'"],
    ],
    ["$PendingTasks = 1; $TargetDedicatedNodes = 1;", ["1:1 '$PendingTasks' can only be read"]],
    ["requeue = 1; $TargetDedicatedNodes = 1;", ["1:1 'requeue' is a constant"]],
    [
      "$TargetDedicatedNodes = time().weekDay;",
      ["1:25 there is no member 'weekDay'; the nearest is 'weekday'"],
    ],
    [`$TargetDedicatedNodes = 1;${" ".repeat(8192)}`, ["has 8218 characters, and Batch takes 8192"]],
    [`${"a = 1;".repeat(100)}$TargetDedicatedNodes = 1;`, ["has 101 statements, and Batch takes 100"]],
  ])("%s", (formula, problems) => {
    expect(problemsOf(formula)).toEqual(problems);
  });
});
