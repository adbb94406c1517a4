import fc from "fast-check";
import { expect, it } from "vitest";
import { type AttemptRun, attemptAt } from "../../../src/node-runner/attempt.js";
import { AttemptQueue } from "../../../src/node-runner/function/attempt-queue.js";

function places(run: AttemptRun) {
  return run.texts.map((_, place) => attemptAt(run, place));
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
          const texts = Array.from({ length: step.size }, (_, place) => String(offset + place));
          const run = { offset, index: 100 + offset, attempt: 1, texts, alone: false };
          queue.push(run);
          list.push(...places(run));
          offset += step.size;
        } else if (step.kind === "drop") {
          const count = Math.min(step.count, queue.front(step.count)?.texts.length ?? 0);
          expect(places(queue.front(step.count) ?? emptyRun)).toEqual(list.slice(0, count));
          if (count > 0) queue.drop(count);
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

const emptyRun: AttemptRun = { offset: 0, index: 0, attempt: 1, texts: [], alone: false };
