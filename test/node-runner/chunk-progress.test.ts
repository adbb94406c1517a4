import { expect, it } from "vitest";
import type { Attempt, AttemptEnd, AttemptRun } from "../../src/node-runner/attempt.js";
import { ChunkProgress, type ItemOutcome } from "../../src/node-runner/chunk-progress.js";
import { ItemLines } from "../../src/node-runner/item-lines.js";

function chunk(items: readonly string[], rules: { retries?: number; stopOnFailure?: boolean } = {}) {
  const lines = ItemLines.of(items);
  const progress = new ChunkProgress(lines, { start: 100, retries: 0, stopOnFailure: false, ...rules });
  const outcomes: ItemOutcome[] = [];
  progress.onSettled((outcome) => outcomes.push(outcome));
  return { progress, outcomes };
}

function fulfilled({ offset, attempt }: Attempt): AttemptEnd {
  return { offset, attempt, milliseconds: 1, result: { status: "fulfilled", payload: "1", files: [] } };
}

function rejected({ offset, attempt }: Attempt): AttemptEnd {
  const failure = { code: "FunctionFailed", message: `attempt ${attempt}` } as const;
  const output = { stdout: "", stderr: `attempt ${attempt}` };
  return { offset, attempt, milliseconds: 1, result: { status: "rejected", failure }, output };
}

function runOf({ text, ...place }: Attempt): AttemptRun {
  return { ...place, count: 1, alone: false };
}

function take(progress: ChunkProgress): Attempt {
  const attempt = progress.take();
  if (attempt === undefined) throw new Error("Nothing waits.");
  return attempt;
}

it("hands out each item once, what was returned first, what failed last", () => {
  const { progress, outcomes } = chunk(["a", "b", "c"], { retries: 1 });
  const a = take(progress);
  const b = take(progress);
  expect(a).toEqual({ offset: 0, index: 100, attempt: 1, text: "a" });
  progress.end(rejected(a));
  progress.giveBack([runOf(b)]);
  const order = [take(progress), take(progress), take(progress)];
  expect(order.map(({ offset, attempt }) => [offset, attempt])).toEqual([
    [1, 1],
    [2, 1],
    [0, 2],
  ]);
  expect(progress.take()).toBeUndefined();
  for (const attempt of order) progress.end(fulfilled(attempt));
  expect(outcomes.map(({ end }) => [end.offset, end.attempt])).toEqual([
    [1, 1],
    [2, 1],
    [0, 2],
  ]);
  // What the first attempt wrote comes with the outcome of the second.
  expect(outcomes[2]?.logs).toEqual([{ offset: 0, attempt: 1, stdout: "", stderr: "attempt 1" }]);
});

it("is finished when every item has its outcome, from here or from elsewhere", async () => {
  const { progress, outcomes } = chunk(["a", "b"]);
  const a = take(progress);
  progress.skip(0);
  progress.skip(0);
  progress.end(fulfilled(a));
  expect(outcomes).toEqual([]);
  expect(progress.open).toBe(1);
  progress.end(fulfilled(take(progress)));
  await progress.finished;
  expect(outcomes).toHaveLength(1);
  await chunk([]).progress.finished;
});

it("cancels what waits after a failure, where the run is to stop", async () => {
  const { progress, outcomes } = chunk(["a", "b", "c", "d", "e"], { retries: 1, stopOnFailure: true });
  const [a, b, c, d] = [take(progress), take(progress), take(progress), take(progress)];
  progress.onStopped(() => progress.giveBack([runOf(d)]));
  progress.end(rejected(b));
  progress.end(rejected({ ...a, attempt: 2 }));
  // It was running when the run stopped: it is not tried again.
  progress.end(rejected(c));
  await progress.finished;
  const ended = outcomes.map(({ end }) => {
    const code = end.result.status === "rejected" ? end.result.failure.code : "";
    return [end.offset, end.attempt, code];
  });
  expect(ended.sort()).toEqual([
    [0, 2, "FunctionFailed"],
    [1, 1, "FunctionFailed"],
    [2, 1, "FunctionFailed"],
    [3, 0, "Cancelled"],
    [4, 0, "Cancelled"],
  ]);
});

it("hands out neighbours together, up to so many and so many characters, around those that have an outcome", () => {
  const { progress } = chunk(["a", "bb", "ccc", "d", "e", "f", "g"]);
  progress.skip(4);
  const given = [2, 2, 9, 9].map((most) => progress.takeRun(most, 4));
  expect(
    given.map((attempts) => attempts && [attempts.run.offset, attempts.run.count, attempts.text]),
  ).toEqual([
    [0, 2, "a\nbb"],
    [2, 1, "ccc"],
    [3, 1, "d"],
    [5, 2, "f\ng"],
  ]);
  expect(progress.takeRun(9)).toBeUndefined();
  expect(progress.open).toBe(6);
});

it("hands out again what was given back of a run, and nothing that has ended meanwhile", () => {
  const { progress, outcomes } = chunk(["a", "b", "c", "d", "e"]);
  const run = progress.takeRun(5)?.run;
  if (run === undefined) throw new Error("Nothing waits.");
  progress.endSeries({ offset: 0, count: 2, attempt: 1, milliseconds: 1, payload: "[1,2]" });
  progress.giveBack([{ ...run, offset: 1, index: 101, count: 4, alone: true }]);
  expect(progress.waiting).toBe(4);
  expect(progress.takeRun(2)).toEqual({
    run: { offset: 2, index: 102, attempt: 1, count: 2, alone: true },
    text: "c\nd",
  });
  expect(progress.takeRun(2)).toEqual({
    run: { offset: 4, index: 104, attempt: 1, count: 1, alone: true },
    text: "e",
  });
  expect(outcomes).toEqual([]);
});
