import { describe, expect, it } from "vitest";
import type { AutoScaleEnvironment } from "../../../src/autoscale/environment.js";
import type { MetricSample } from "../../../src/autoscale/metrics.js";
import { checkFormula, evaluate } from "../../../src/emulator/autoscale/evaluate.js";

// A Thursday, 19:18.
const now = Date.parse("2016-10-13T19:18:47.805Z");

/** One sample each 30 seconds; the last one was taken `age` seconds ago. */
function history(values: readonly number[], age = 0): MetricSample[] {
  return values.map((value, index) => ({
    time: now - (age + (values.length - 1 - index) * 30) * 1000,
    value,
  }));
}

const environment: AutoScaleEnvironment = {
  now,
  targetDedicatedNodes: 2,
  targetLowPriorityNodes: 0,
  random: () => 0.25,
  metrics: {
    // The last minute's samples have not arrived: 18 of 20 in 10 minutes.
    $CPUPercent: {
      samples: history(
        Array.from({ length: 18 }, (_, index) => index + 1),
        60,
      ),
    },
    $PendingTasks: { samples: history([1, 2, 3, 4, 5, 6]) },
    $RunningTasks: { samples: history(Array.from({ length: 40 }, () => 1)) },
    $CurrentDedicatedNodes: { samples: history([9]), current: 10 },
    $TaskSlotsPerNode: { samples: history([4]) },
  },
};

/** What `results` shows for the expression. */
function shown(expression: string): string | undefined {
  const { results, error } = evaluate(`x = ${expression}`, environment);
  if (error) throw new Error(error.values?.[0]?.value ?? error.code);
  return /;x=(.*)$/.exec(results)?.[1];
}

describe("expressions and their values", () => {
  it.each<[string, string]>([
    // doubles
    ["1 + 2 * 3", "7"],
    ["(1 + 2) * 3", "9"],
    ["10 - 4 - 3", "3"],
    ["12 / 3 / 2", "2"],
    ["7 / 2", "3.5"],
    ["2.5e2", "250"],
    [".5 + 1.", "1.5"],
    ["-3 - -4", "1"],
    ["- - 2", "2"],
    ["2 * -3", "-6"],
    ["1000000", "1e+06"],
    ["123456", "123456"],
    ["1234567", "1.23457e+06"],
    ["29 / 30 * 100", "96.6667"],
    ["2 / 3", "0.666667"],
    ["0.0001", "0.0001"],
    ["0.00001", "1e-05"],
    ["1 / 0", "inf"],
    ["-1 / 0", "-inf"],
    ["0 / 0", "nan"],
    // truth
    ["!0", "1"],
    ["!5", "0"],
    ["!!5", "1"],
    ["1 < 2", "1"],
    ["2 <= 1", "0"],
    ["2 == 2", "1"],
    ["2 != 2", "0"],
    ["3 >= 3", "1"],
    ["3 > 3", "0"],
    ["1 < 2 == 1", "1"],
    ["5 && 0", "0"],
    ["5 && 2", "1"],
    ["0 || 3", "1"],
    ["0 || 0 && 1", "0"],
    ["1 || 0 && 0", "1"],
    ["1 + 1 > 1 && 2 * 2 == 4", "1"],
    ["0 && nothing", "0"],
    ["1 || nothing", "1"],
    ["2 ? 5 : nothing", "5"],
    ["0 ? nothing : 7", "7"],
    ["0 ? 1 : 0 ? 2 : 3", "3"],
    ["1 ? 0 ? 1 : 2 : 3", "2"],
    ["-1 ? 8 : 9", "8"],
    // strings
    ['"abc"', "abc"],
    ['"abc" < "abd"', "1"],
    ['"a" == "A"', "0"],
    ['"a" != "b"', "1"],
    // vectors
    ["vec(1, 2, 3)", "[1,2,3]"],
    ["vec(1, 2, 3) * 2", "[2,4,6]"],
    ["vec(1, 2, 3) + vec(10, 20, 30)", "[11,22,33]"],
    ["vec(1, 2) / 4", "[0.25,0.5]"],
    ["10 - vec(1, 2)", "[9,8]"],
    ["[1, 2, 3]", "[1,2,3]"],
    ["[]", "[]"],
    ["[1, [2, 3], vec(4)] - 1", "[0,1,2,3]"],
    ["[1, 2] * [3, 4]", "[3,8]"],
    ["[4, 9] / [2, 3]", "[2,3]"],
    ["[1, 2] / 0", "[inf,inf]"],
    ["val([7, 8], 1)", "8"],
    ["avg([1, 2, 3], 7)", "3.25"],
    // functions
    ["avg(1, 2, 3)", "2"],
    ["avg(vec(1, 2, 3), 7)", "3.25"],
    ["len(vec(1, 2, 3), 7)", "4"],
    ["len()", "0"],
    ["max(3, vec(1, 9), 4)", "9"],
    ["min(3, vec(1, 9), 4)", "1"],
    ["norm(3, 4)", "5"],
    ["range(2, 9, 5)", "7"],
    ["std(2, 4, 4, 4, 5, 5, 7, 9)", "2.13809"],
    ["std(5)", "0"],
    ["sum(vec(1, 2), 3)", "6"],
    ["sum()", "0"],
    ["lg(8)", "3"],
    ["lg(vec(2, 4))", "[1,2]"],
    ["ln(1)", "0"],
    ["log(1000)", "3"],
    ["log(vec(10), 100)", "[1,2]"],
    ["ceil(1.2)", "2"],
    ["floor(-1.2)", "-2"],
    ["round(2.5)", "3"],
    ["round(-2.5)", "-3"],
    ["ceil(vec(0.1, 1.1))", "[1,2]"],
    ["percentile(vec(5, 1, 4, 2, 3), 50)", "3"],
    ["percentile(vec(1, 2, 3, 4), 0)", "1"],
    ["percentile(vec(1, 2, 3, 4), 100)", "4"],
    ["val(vec(7, 8, 9), 0)", "7"],
    ["val(vec(7, 8, 9), 2)", "9"],
    ["rand()", "0.25"],
    // times
    ["time()", "2016-10-13T19:18:47.805Z"],
    ['time("")', "2016-10-13T19:18:47.805Z"],
    ['time("2016-10-13")', "2016-10-13T00:00:00.000Z"],
    ['time("2016")', "2016-01-01T00:00:00.000Z"],
    ['time("2016-10-13T21:18+02:00")', "2016-10-13T19:18:00.000Z"],
    ['time("2016-10-13T21:18:30.1234567Z")', "2016-10-13T21:18:30.123Z"],
    ['time("Mon, 06 Oct 2014 10:20:00 GMT")', "2014-10-06T10:20:00.000Z"],
    ["time().year", "2016"],
    ["time().month", "10"],
    ["time().day", "13"],
    ["time().weekday", "4"],
    ["time().hour", "19"],
    ["time().minute", "18"],
    ["time().second", "47"],
    ['time("2024-01-01").weekday', "1"],
    ['time("2024-01-06").weekday', "6"],
    ['time("2024-01-07").weekday', "7"],
    ['time("2024-02-29").month', "2"],
    ['time("2024-02-29T23:30:00-05:00").day', "1"],
    ['time("2024-01") == time("2024-01-01T00:00Z")', "1"],
    ['time("Mon, 1 Jan 2024 00:00:00 GMT") <= time("2024")', "1"],
    ["(time() + TimeInterval_Hour).hour", "20"],
    ["time() + (-6 * TimeInterval_Hour)", "2016-10-13T13:18:47.805Z"],
    ["TimeInterval_Day + time()", "2016-10-14T19:18:47.805Z"],
    ['time("2016-10-13") - time("2016-10-12")', "P1D"],
    ["time() > time() + TimeInterval_100ns * -10000", "1"],
    // intervals
    ["TimeInterval_Minute * 90", "PT1H30M"],
    ["2 * TimeInterval_Second", "PT2S"],
    ["TimeInterval_Hour / 4", "PT15M"],
    ["TimeInterval_Hour + TimeInterval_Minute", "PT1H1M"],
    ["TimeInterval_Hour - TimeInterval_Minute", "PT59M"],
    ["-TimeInterval_Hour", "-PT1H"],
    ["TimeInterval_Zero", "PT0S"],
    ["TimeInterval_Year", "P365D"],
    ["TimeInterval_Week == 7 * TimeInterval_Day", "1"],
    ["TimeInterval_Microsecond", "PT0.000001S"],
    ["TimeInterval_Second < TimeInterval_Minute", "1"],
    // metrics
    ["$PendingTasks", "6"],
    ["$PendingTasks + 1", "7"],
    ["$CurrentDedicatedNodes", "10"],
    ["$CurrentDedicated", "10"],
    ["$TaskSlotsPerNode * 2", "8"],
    ["max($PendingTasks, 2)", "6"],
    ["$PendingTasks.GetSample(1)", "[6]"],
    ["$PendingTasks.GetSample(3)", "[4,5,6]"],
    ["$PendingTasks.GetSample(100)", "[1,2,3,4,5,6]"],
    ["$PendingTasks.GetSample(0)", "[]"],
    ["$FailedTasks.GetSample(1)", "[]"],
    ["max(0, $FailedTasks.GetSample(1))", "0"],
    ["$PendingTasks.GetSample(TimeInterval_Minute)", "[5,6]"],
    ["$PendingTasks.GetSample(TimeInterval_Minute * 1, TimeInterval_Minute * 2)", "[3,4]"],
    ["$PendingTasks.GetSample(TimeInterval_Minute * 2, TimeInterval_Minute * 1)", "[3,4]"],
    ["$PendingTasks.GetSample(time() + -1 * TimeInterval_Minute, time())", "[5,6]"],
    ["len($CPUPercent.GetSample(TimeInterval_Minute * 10))", "18"],
    ["len($CPUPercent.GetSample(TimeInterval_Minute * 10, 80))", "18"],
    ["$CPUPercent.GetSamplePercent(TimeInterval_Minute * 10)", "90"],
    ["$CPUPercent.GetSamplePercent(TimeInterval_Minute * 0, TimeInterval_Minute * 1)", "0"],
    ["$PendingTasks.GetSamplePercent(TimeInterval_Second * 15)", "100"],
    ["$PendingTasks.GetSamplePeriod()", "PT30S"],
    ["$PendingTasks.Count()", "6"],
    ["$FailedTasks.Count()", "0"],
    ["$PendingTasks.HistoryBeginTime()", "2016-10-13T19:16:17.805Z"],
    // targets
    ["$TargetDedicatedNodes", "2"],
    ["$TargetLowPriority", "0"],
    ["$NodeDeallocationOption", "requeue"],
  ])("%s is %s", (expression, value) => {
    expect(shown(expression)).toBe(value);
  });
});

describe("formulas that fail", () => {
  it.each<[string, string]>([
    ["$something_useless", "Line 1, Col 1: variable $something_useless is not defined"],
    ["something_useless", "Line 1, Col 1: variable something_useless is not defined"],
    ["something useless", "Line 1, Col 11: unexpected 'useless'"],
    ["x =", "Line 1, Col 4: unexpected end of the formula"],
    ["x = 1 +", "Line 1, Col 8: unexpected end of the formula"],
    ["x = (1", "Line 1, Col 7: unexpected end of the formula"],
    ["x = 1)", "Line 1, Col 6: unexpected ')'"],
    ["x = 1 y = 2", "Line 1, Col 7: unexpected 'y'"],
    ["x = 1;\ny = 5 % 2;", "Line 2, Col 7: unexpected character '%'"],
    ['x = "abc', "Line 1, Col 5: unexpected character '\"'"],
    ["x = 1 ? 2", "Line 1, Col 10: unexpected end of the formula"],
    ["5 = x", "Line 1, Col 3: unexpected '='"],
    ["x = 1; x == 2 = 3", "Line 1, Col 15: unexpected '='"],
    ["x = [1, 2", "Line 1, Col 10: unexpected end of the formula"],
    ["x = [1, ]", "Line 1, Col 9: unexpected ']'"],
    ["x = 1 2", "Line 1, Col 7: unexpected '2'"],
    ["x = 'a'", "Line 1, Col 5: unexpected character"],
    ["x = $PendingTasks.", "Line 1, Col 19: unexpected end of the formula"],
    ["x = $PendingTasks.GetSample(1).Count()", "Line 1, Col 31: unexpected '.'"],
    ["x = 5x", "Line 1, Col 5: unexpected character '5'"],
    ["x = +1", "Line 1, Col 5: unexpected '+'"],
    ["// only\n\n x = nothing;", "Line 3, Col 6: variable nothing is not defined"],
    ["x = $pending", "variable $pending is not defined"],
    ["x = abs(1)", "Line 1, Col 5: there is no function 'abs'"],
    ["x = toString(1)", "there is no function 'toString'"],
    ["x = MAX(1, 2)", "Line 1, Col 5: there is no function 'MAX'"],
    ["x = $PendingTasks.Samples()", "Line 1, Col 26: $PendingTasks has no method 'Samples'"],
    ["x = $PendingTasks.getSample(1)", "$PendingTasks has no method 'getSample'"],
    ["x = [1, 2].Count()", "a doubleVec has no method 'Count'"],
    ["X = 1; y = x", "Line 1, Col 12: variable x is not defined"],
    ["x = 1; y = x.GetSample(1)", "a double has no method 'GetSample'"],
    ["x = time().weekDay", "a timestamp has no member 'weekDay'"],
    ["x = 1; y = x.hour", "a double has no member 'hour'"],
    ["x = time() - TimeInterval_Hour", "operator '-' is not defined for timestamp and timeinterval"],
    ["x = TimeInterval_Hour / TimeInterval_Minute", "operator '/' is not defined for timeinterval"],
    ["x = 1 / TimeInterval_Minute", "operator '/' is not defined for double and timeinterval"],
    ["x = time() + time()", "operator '+' is not defined for timestamp and timestamp"],
    ['x = "a" + "b"', "operator '+' is not defined for string and string"],
    ['x = 1 == "1"', "operator '==' is not defined for double and string"],
    ["x = vec(1) > 0", "operator '>' is not defined for doubleVec and double"],
    ['x = [1, "a"]', "expected double or doubleVec, not string"],
    ["x = [1] == [1]", "operator '==' is not defined for doubleVec and doubleVec"],
    ["x = [1] && 1", "expected a double, not doubleVec"],
    ['x = "a" && 1', "expected a double, not string"],
    ["x = [1] + TimeInterval_Hour", "operator '+' is not defined for doubleVec and timeinterval"],
    ["x = TimeInterval_Hour * TimeInterval_Hour", "operator '*' is not defined for timeinterval"],
    ["x = TimeInterval_Hour - time()", "operator '-' is not defined for timeinterval and timestamp"],
    ["x = time() * 2", "operator '*' is not defined for timestamp and double"],
    ["x = time() > TimeInterval_Hour", "operator '>' is not defined for timestamp and timeinterval"],
    ["x = -time()", "operator '-' is not defined for timestamp"],
    ['x = -"a"', "operator '-' is not defined for string"],
    ["x = -vec(1)", "operator '-' is not defined for doubleVec"],
    ["x = !TimeInterval_Hour", "operator '!' is not defined for timeinterval"],
    ["x = vec(1, 2) + vec(1)", "vectors of different lengths, 2 and 1"],
    ["x = time() + TimeInterval_Year * 10000", "timestamp out of range"],
    ["x = TimeInterval_Year * (0 / 0)", "timeinterval out of range"],
    ["x = TimeInterval_Hour ? 1 : 2", "expected a double, not timeinterval"],
    ["x = avg()", "the list has no values"],
    ["x = max($FailedTasks.GetSample(1))", "the list has no values"],
    ['x = max("a")', "expected double or doubleVec, not string"],
    ["x = val(vec(1, 2), 2)", "there is no element 2 in a vector of 2"],
    ["x = val(vec(1, 2))", "argument 2 has to be a double"],
    ["x = percentile(vec(1), 101)", "a percentile lies between 0 and 100"],
    ["x = percentile(vec(1), -1)", "a percentile lies between 0 and 100"],
    ["x = val(vec(1, 2), -1)", "there is no element -1 in a vector of 2"],
    ['x = val("a", 0)', "argument 1 has to be a doubleVec"],
    ["x = ln(time())", "expected double or doubleVec, not timestamp"],
    ['x = time("yesterday")', '"yesterday" is not a time'],
    ['x = time("2015-02-29")', '"2015-02-29" is not a time'],
    ['x = time("2016-10-13T24:00")', '"2016-10-13T24:00" is not a time'],
    ['x = time("2016-13-01")', '"2016-13-01" is not a time'],
    ['x = time("Tue, 06 Oct 2014 10:20:00 GMT")', "is not a time in W3C-DTF or RFC 1123 form"],
    ['x = time("Mon, 06 Oct 2014 25:20:00 GMT")', "is not a time in W3C-DTF or RFC 1123 form"],
    ['x = time("2023-04-14T10:00:00.123456789Z")', "is not a time in W3C-DTF or RFC 1123 form"],
    ["x = time(1)", "time takes a string"],
    ["x = rand(1)", "too many arguments"],
    ["x = $PendingTasks.GetSample()", "GetSample does not take ()"],
    ["x = $PendingTasks.GetSample(1, 2, 3)", "GetSample does not take (double, double)"],
    ["x = $PendingTasks.Count(1)", "Line 1, Col 24: Count does not take (double)"],
    ["x = $PendingTasks.GetSamplePeriod(1)", "GetSamplePeriod does not take (double)"],
    ["x = $PendingTasks.HistoryBeginTime(time())", "HistoryBeginTime does not take (timestamp)"],
    ['x = $PendingTasks.GetSample("1")', "GetSample does not take (string)"],
    ["x = $PendingTasks.GetSamplePercent(5)", "GetSamplePercent does not take (double)"],
    ["$PendingTasks = 1", "variable $PendingTasks is read-only"],
    ["TimeInterval_Hour = 1", "TimeInterval_Hour is a constant"],
    ["$TargetDedicatedNodes = vec(1)", "$TargetDedicatedNodes has to be a double, not doubleVec"],
    ["$TargetDedicatedNodes = -1", "$TargetDedicatedNodes cannot be -1 nodes"],
    ["$TargetDedicatedNodes = 1 / 0", "$TargetDedicatedNodes cannot be Infinity nodes"],
    ["$NodeDeallocationOption = later", "variable later is not defined"],
    ["$NodeDeallocationOption = 1", "$NodeDeallocationOption has to be one of requeue, terminate"],
    [`x = ${"(".repeat(4000)}1${")".repeat(4000)}`, "nested too deeply"],
    [`x = ${"1?".repeat(2000)}1${":1".repeat(2000)}`, "nested too deeply"],
  ])("%#: %s", (formula, message) => {
    const run = evaluate(formula, environment);
    expect(run.error).toEqual({
      code: "AutoScalingFormulaEvaluationError",
      message: "Autoscale evaluation failed due to an error in the formula",
      values: [{ name: "Message", value: expect.stringContaining(message) }],
    });
    expect(run.results).toBe(
      "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    );
    expect(run.targets).toEqual({
      dedicatedNodes: 2,
      lowPriorityNodes: 0,
      nodeDeallocationOption: "requeue",
    });
  });

  it.each<[string, string]>([
    [
      "$TargetDedicatedNodes = 5; x = $CPUPercent.GetSample(TimeInterval_Minute * 10, 95)",
      "Line 1, Col 53: Insufficient data from data set: $CPUPercent wanted 95%, received 90%",
    ],
    [
      "x = $CPUPercent.GetSample(TimeInterval_Minute * 0, TimeInterval_Minute * 1, 10)",
      "Line 1, Col 26: Insufficient data from data set: $CPUPercent wanted 10%, received 0%",
    ],
    // Answers the real service gave.
    [
      "$FailedTasks.GetSample(10 * TimeInterval_Second, 0 * TimeInterval_Second, 100);",
      "Line 1, Col 23: Insufficient data from data set: $FailedTasks wanted 100%, received 0%",
    ],
    [
      "sli = TimeInterval_Second * 600;\n\nsamplevecavg = avg($FailedTasks.GetSample(sli, 70))",
      "Line 3, Col 42: Insufficient data from data set: $FailedTasks wanted 70%, received 0%",
    ],
    ["x = $FailedTasks", "Line 1, Col 5: Insufficient data from data set: $FailedTasks"],
    ["x = $FailedTasks.HistoryBeginTime()", "Line 1, Col 34: Insufficient data from data set: $FailedTasks"],
  ])("for lack of samples: %s", (formula, message) => {
    const run = evaluate(formula, environment);
    expect(run.error).toEqual({
      code: "InsufficientSampleData",
      message: "Autoscale evaluation failed due to insufficient sample data",
      values: [{ name: "Message", value: message }],
    });
    expect(run.targets.dedicatedNodes).toBe(2);
  });
});

describe("the results of a formula", () => {
  const resultsOf = (formula: string) => {
    const { results, error } = evaluate(formula, environment);
    expect(error).toBeUndefined();
    return results;
  };

  it("always names the three service variables, then the formula's own as written, by name", () => {
    expect(resultsOf("$TargetDedicatedNodes=3")).toBe(
      "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    );
    expect(resultsOf("b = 1; $z = 2; a = 3; $NodeDeallocationOption = taskcompletion;")).toBe(
      "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;$z=2;a=3;b=1",
    );
    expect(resultsOf("")).toBe(
      "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    );
  });

  it("cuts fractions of nodes off", () => {
    expect(evaluate("$TargetDedicatedNodes = 4 / 2 + 0.9", environment).targets.dedicatedNodes).toBe(2);
    expect(evaluate("$TargetLowPriorityNodes = -0.5", environment).targets.lowPriorityNodes).toBe(0);
  });

  it("takes the aliases, the full name first", () => {
    expect(evaluate("$TargetDedicated = 7; $TargetLowPriority = 8", environment).targets).toEqual({
      dedicatedNodes: 7,
      lowPriorityNodes: 8,
      nodeDeallocationOption: "requeue",
    });
    expect(
      evaluate("$TargetDedicatedNodes = 3; $TargetDedicated = 7;", environment).targets.dedicatedNodes,
    ).toBe(3);
    expect(evaluate("$targetDedicatedNodes = 5;", environment).targets.dedicatedNodes).toBe(5);
  });

  it.each(["requeue", "terminate", "taskcompletion", "retaineddata"] as const)("takes %s", (option) => {
    const run = evaluate(`$NodeDeallocationOption = ${option};`, environment);
    expect(run.targets.nodeDeallocationOption).toBe(option);
  });

  it("takes expressions for statements, and evaluates them", () => {
    expect(resultsOf("1; time(); $PendingTasks.GetSample(TimeInterval_Minute, 100); a = 1;")).toMatch(
      /;a=1$/,
    );
    expect(evaluate("a = 1; val(vec(1), 2)", environment).error).toBeDefined();
    expect(checkFormula("$PendingTasks.GetSample(1);")).toBeUndefined();
  });

  it("keeps what was assigned before stop()", () => {
    expect(resultsOf("$TargetDedicatedNodes = 4; stop(); $TargetDedicatedNodes = 9; x = nothing")).toBe(
      "$TargetDedicatedNodes=4;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    );
    expect(resultsOf("x = $TargetDedicatedNodes > 1 ? stop() : 0; $TargetDedicatedNodes = 9")).toContain(
      "$TargetDedicatedNodes=2;",
    );
  });

  it("gives the formula's own variables as data", () => {
    expect(evaluate("a = vec(1, 2); b = time();", environment).variables).toEqual({
      a: { type: "doubleVec", values: [1, 2] },
      b: { type: "timestamp", time: now },
    });
  });

  it("reads what was assigned before", () => {
    expect(resultsOf("a = 1; a = a + 1; $TargetDedicatedNodes = a * 3; b = $TargetDedicatedNodes")).toBe(
      "$TargetDedicatedNodes=6;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;a=2;b=6",
    );
  });
});

describe("limits", () => {
  const statements = (count: number) => "x=1;".repeat(count);

  it("are 8192 characters and 100 statements", () => {
    expect(checkFormula(statements(100))).toBeUndefined();
    expect(checkFormula(`x=1;${" ".repeat(8188)}`)).toBeUndefined();
    expect(checkFormula(statements(101))).toMatchObject({
      code: "AutoScalingFormulaTooLong",
      values: [{ value: "The formula has 101 statements, 100 are allowed" }],
    });
    expect(checkFormula(`x=1;${" ".repeat(8189)}`)).toMatchObject({
      code: "AutoScalingFormulaTooLong",
      values: [{ value: "The formula has 8193 characters, 8192 are allowed" }],
    });
    expect(evaluate(statements(101), environment).error?.code).toBe("AutoScalingFormulaTooLong");
  });

  it("bear the longest chains of operators", () => {
    expect(shown(`0${"+1".repeat(4000)}`)).toBe("4000");
    expect(shown(`${"-".repeat(8000)}1`)).toBe("1");
    expect(shown(`${"0?1:".repeat(2000)}7`)).toBe("7");
  });
});

describe("checkFormula", () => {
  it("refuses what cannot be read, with the place", () => {
    expect(checkFormula("x = 1;\n$TargetDedicatedNodes = (2;")).toEqual({
      code: "AutoScalingFormulaSyntaxError",
      message: "The specified auto-scaling formula has a syntax error.",
      values: [{ name: "Message", value: "Line 2, Col 27: unexpected ';'" }],
    });
  });

  it("accepts what can only fail later", () => {
    expect(checkFormula("$TargetDedicatedNodes = nothing;")).toBeUndefined();
    expect(checkFormula("$TargetDedicatedNodes = 1")).toBeUndefined();
  });
});
