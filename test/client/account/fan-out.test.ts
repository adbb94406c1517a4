import { beforeAll, describe, expect, it } from "vitest";
import { FanOutError, type Job, type TaskOutcome } from "../../../src/index.js";
import { all, small, useAccount } from "./support.js";

const used = useAccount();
const nothing = (id: string) => ({ id, commandLine: "true" });

describe("a fan-out", () => {
  const newJob = (id: string): Promise<Job> => used.batch.createJob({ id, poolInfo: { poolId: "fan-out" } });

  beforeAll(async () => {
    // No nodes: the tasks of these tests never run.
    await used.batch.ensurePool(small("fan-out").dedicatedNodes(0));
  });

  it("submits a task for each item, and none again", async () => {
    const job = await newJob("many");
    const numbers = Array.from({ length: 1234 }, (_, n) => n);
    const first = await used.batch.fanOut("many", numbers, (n) => nothing(`t${n}`), { concurrency: 4 });
    expect(first).toEqual({ items: 1234, added: 1234, exists: 0, refused: 0, unknown: 0 });
    expect(await all(job.tasks({ select: ["id"] }))).toHaveLength(1234);
    const again = await used.batch.fanOut("many", [...numbers, 1234], (n) => nothing(`t${n}`));
    expect(again).toEqual({ items: 1235, added: 1, exists: 1234, refused: 0, unknown: 0 });
  });

  it("tells what became of each task, and goes on past those that are refused", async () => {
    await newJob("refusals");
    const items = ["a", "b", "bad id", "A", "throws", "c"];
    const outcomes: TaskOutcome<string>[] = [];
    const submission = used.batch.fanOut("refusals", items, (item) => {
      if (item === "throws") throw new RangeError("no task of this");
      return nothing(item);
    });
    for await (const outcome of submission) outcomes.push(outcome);
    outcomes.sort((one, other) => one.index - other.index);
    expect(outcomes).toMatchObject([
      { index: 0, item: "a", taskId: "a", status: "added" },
      { index: 1, status: "added" },
      { index: 2, taskId: "bad id", status: "refused", code: "InvalidPropertyValue" },
      { index: 3, taskId: "A", status: "refused", code: "DuplicateTaskId" },
      { index: 4, status: "refused", code: "InvalidTask", cause: expect.any(RangeError) },
      { index: 5, status: "added" },
    ]);
    expect(await submission).toEqual({ items: 6, added: 3, exists: 0, refused: 3, unknown: 0 });
    expect(() => submission[Symbol.asyncIterator]()).toThrow("iterated once");
  });

  it("takes items only as there is room, and ends an endless input where its reader does", async () => {
    await newJob("endless");
    let taken = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield taken++;
      } finally {
        closed = true;
      }
    }
    let read = 0;
    for await (const outcome of used.batch.fanOut("endless", endless(), (n) => nothing(`e${n}`), {
      concurrency: 2,
    })) {
      expect(outcome.status).toBe("added");
      if (++read === 250) break;
    }
    expect(closed).toBe(true);
    expect(taken).toBeLessThanOrEqual(800);
  });

  it("does not let a slow input keep back what is ready", async () => {
    await newJob("slow");
    const first = deferred();
    async function* slow() {
      yield 1;
      await first.promise;
      yield 2;
    }
    const seen: number[] = [];
    for await (const { index } of used.batch.fanOut("slow", slow(), (n) => nothing(`s${n}`))) {
      seen.push(index);
      first.resolve();
    }
    expect(seen).toEqual([0, 1]);
  });

  it("says what was submitted where its items, the job or the caller end it", async () => {
    const job = await newJob("broken");
    function* broken() {
      yield 1;
      yield 2;
      throw new Error("no more of these");
    }
    const error = await used.batch
      .fanOut("broken", broken(), (n) => nothing(`b${n}`))
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(FanOutError);
    expect(error).toMatchObject({
      code: "ItemsFailed",
      cause: { message: "no more of these" },
      summary: { items: 2, added: 2, exists: 0, refused: 0, unknown: 0 },
    });
    expect(await all(job.tasks())).toHaveLength(2);

    const none = used.batch.fanOut("no-such-job", [1, 2, 3], (n) => nothing(`n${n}`));
    const outcomes: string[] = [];
    await expect(
      (async () => {
        for await (const { status } of none) outcomes.push(status);
      })(),
    ).rejects.toMatchObject({
      code: "RequestFailed",
      cause: { code: "JobNotFound" },
      summary: { unknown: 3 },
    });
    expect(outcomes).toEqual(["unknown", "unknown", "unknown"]);

    const stop = new AbortController();
    async function* never() {
      yield 1;
      await new Promise(() => {});
    }
    const aborted = used.batch.fanOut("broken", never(), (n) => nothing(`never${n}`), {
      signal: stop.signal,
    });
    await expect(
      (async () => {
        for await (const _ of aborted) stop.abort(new Error("enough"));
      })(),
    ).rejects.toMatchObject({
      code: "Aborted",
      cause: { message: "enough" },
      summary: { items: 1, added: 1 },
    });
  });

  it("refuses a concurrency that is none", () => {
    expect(() => used.batch.fanOut("many", [], nothing, { concurrency: 0 })).toThrow("concurrency");
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
