import fc from "fast-check";
import { expect, it } from "vitest";
import { type AttemptRun, attemptAt } from "../../../src/node-runner/attempt.js";
import { AttemptQueue } from "../../../src/node-runner/function/attempt-queue.js";

function places(run: AttemptRun) {
  return Array.from({ length: run.count }, (_, place) => attemptAt(run, place));
}

it("holds what a list of single attempts would hold, whatever is done with it", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), size: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("drop" as const), count: fc.nat(5) }),
    fc.record({ kind: fc.constant("remove" as const), skipped: fc.nat(5), count: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const queue = new AttemptQueue();
      let list: ReturnType<typeof places> = [];
      let offset = 0;
      for (const step of actions) {
        if (step.kind === "push") {
          const run = { offset, index: 100 + offset, attempt: 1, count: step.size, alone: false };
          queue.push(run);
          list.push(...places(run));
          offset += step.size;
        } else if (step.kind === "drop") {
          const count = Math.min(step.count, list.length);
          for (let dropped = 0; dropped < count; dropped++) queue.drop(1);
          list = list.slice(count);
        } else {
          const removed = list.splice(step.skipped, step.count);
          expect(queue.remove(step.skipped, step.count).flatMap(places)).toEqual(removed);
        }
        expect(queue.length).toBe(list.length);
        expect(queue.first()).toEqual(list[0]);
      }
      expect(queue.take(queue.length).flatMap(places)).toEqual(list);
    }),
  );
});

it("lets several of a run go at once", () => {
  const queue = new AttemptQueue();
  queue.push({ offset: 0, index: 100, attempt: 1, count: 3, alone: false });
  queue.push({ offset: 7, index: 107, attempt: 2, count: 1, alone: true });
  queue.drop(2);
  expect(queue.first()).toEqual({ offset: 2, index: 102, attempt: 1 });
  queue.drop(1);
  expect(queue.length).toBe(1);
  expect(queue.first()).toEqual({ offset: 7, index: 107, attempt: 2 });
});
