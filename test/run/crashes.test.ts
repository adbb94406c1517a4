import { expect, it } from "vitest";
import { runParallel } from "../../src/index.js";

it("blames a loop, an exit and a crash on their items alone, among a hundred others", async () => {
  const items = Array.from({ length: 103 }, (_, index) => index);
  const outcomes = await runParallel(
    items,
    (n) => {
      if (n === 10) for (;;);
      if (n === 50) process.exit(7);
      if (n === 90) process.kill(process.pid, "SIGSEGV");
      return n;
    },
    { timeout: 1500 },
  ).settled();

  const failed = outcomes.filter(({ status }) => status === "rejected");
  expect(outcomes).toHaveLength(103);
  expect(failed).toHaveLength(3);
  expect(outcomes[10]).toMatchObject({ reason: { code: "TimedOut", index: 10 } });
  expect(outcomes[50]).toMatchObject({ reason: { code: "Crashed", index: 50, exitCode: 7 } });
  expect(outcomes[90]).toMatchObject({ reason: { code: "Crashed", index: 90, signal: "SIGSEGV" } });
  for (const outcome of outcomes)
    if (outcome.status === "fulfilled") expect(outcome.value).toBe(outcome.index);
});

it("finds the item that kills its task's supervisor again and again", async () => {
  const run = runParallel(
    Array.from({ length: 12 }, (_, index) => index),
    (n) => {
      if (n === 5) process.kill(process.ppid, "SIGKILL");
      return n;
    },
    { chunkSize: 4 },
  );
  let tasks = 0;
  run.onProgress((progress) => {
    tasks = progress.tasks;
  });
  const outcomes = await run.settled();
  // Besides the first three at least two for the halves of the one that died.
  expect(tasks).toBeGreaterThanOrEqual(5);
  expect(outcomes[5]).toMatchObject({ status: "rejected", reason: { code: "TaskFailed", index: 5 } });
  expect(outcomes.filter(({ status }) => status === "fulfilled").map(({ index }) => index)).toEqual([
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
  ]);
});

it("gives every item one outcome when the run is cancelled while tasks die", async () => {
  const items = Array.from({ length: 12 }, (_, index) => index);
  // At moments that fall before, into and after the deaths, whatever the speed of this computer.
  for (const done of [1, 2, 3, 4, 6, 8]) {
    const run = runParallel(
      items,
      (n) => {
        if (n % 2 === 1) process.kill(process.ppid, "SIGKILL");
        return n;
      },
      { chunkSize: 2 },
    );
    const stop = run.onProgress(({ fulfilled, rejected }) => {
      if (fulfilled + rejected >= done) void run.cancel();
    });
    expect((await run.settled()).map((outcome) => outcome?.index)).toEqual(items);
    stop();
  }
});
