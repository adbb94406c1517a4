import { describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import {
  command,
  InvalidArgumentError,
  ItemError,
  RunFailedError,
  runParallel,
  StorageGoneError,
} from "../../src/index.js";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The tasks of a job, as the service tells them. */
async function tasksOf(jobId: string) {
  const { batch } = await createClient().connection();
  const tasks: { id: string; dependsOn?: { taskIds?: string[] } }[] = [];
  for await (const task of batch.listTasks(jobId, { select: ["id", "dependsOn"] })) tasks.push(task);
  return tasks;
}

describe("a run that goes on with another one", () => {
  it("has an item for each item of that, failed ones included", async () => {
    const first = runParallel(numbers(5000), (n) => {
      if (n % 1000 === 7) throw new RangeError(`no ${n}`);
      return n * 2;
    });
    const second = first.map((n) => {
      if (n % 1000 === 0) throw new Error(`not ${n}`);
      return n + 1;
    });
    const outcomes = await second.settled();
    expect(outcomes).toHaveLength(5000);
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome.index).toBe(index);
      if (index % 1000 === 7) {
        const { reason } = outcome as { reason: ItemError };
        expect(reason).toMatchObject({ code: "UpstreamFailed", index });
        expect(reason.cause).toBeInstanceOf(ItemError);
        expect(reason.cause).toMatchObject({ code: "FunctionFailed", index, message: `no ${index}` });
      } else if (index % 500 === 0) {
        expect(outcome).toMatchObject({ reason: { code: "FunctionFailed", message: `not ${index * 2}` } });
      } else expect(outcome).toMatchObject({ status: "fulfilled", value: index * 2 + 1 });
    }
  });

  it("is of the same job, and its tasks depend on those of the other one", async () => {
    const first = runParallel(numbers(6), (n) => n, { chunkSize: 2, keep: "always", id: "composed-tasks" });
    const second = first.map((n) => n * 10);
    expect(second.id).toBe("composed-tasks/map-1");
    expect(await second).toEqual([0, 10, 20, 30, 40, 50]);
    const tasks = await tasksOf("composed-tasks");
    expect(tasks).toHaveLength(6);
    expect(tasks.filter(({ dependsOn }) => dependsOn?.taskIds?.length === 1)).toHaveLength(3);
  });

  it("can be gone on with itself, by functions and programs", async () => {
    const lines = runParallel(["a b", "c"], (line) => line.split(" "))
      .map((words) => words.length)
      .map(command((count, index) => ({ file: "echo", args: [index, count] })))
      .map(({ stdout }) => stdout.trim());
    expect(await lines).toEqual(["0 2", "1 1"]);
  });

  it("tells programs' items too that failed before", async () => {
    const run = runParallel([0, 1, 2], (n) => {
      if (n === 1) throw new Error("one");
      return n;
    }).map(command((n) => ({ file: "echo", args: [n] })));
    const outcomes = await run.settled();
    expect(outcomes[1]).toMatchObject({ reason: { code: "UpstreamFailed", cause: { message: "one" } } });
    expect(outcomes[2]).toMatchObject({ value: { stdout: "2\n" } });
  });

  it("has its own shared value, files, retries and environment", async () => {
    const run = runParallel([1, 2], (n, { shared }) => n + shared, { shared: 10, env: { A: "a" } }).map(
      (n, { shared, attempt }) => {
        if (attempt === 1) throw new Error("again");
        return `${n}${shared.text}${process.env.A}${process.env.B}`;
      },
      { shared: { text: "!" }, retries: 1, env: { B: "b" } },
    );
    expect(await run).toEqual(["11!ab", "12!ab"]);
  });

  it("completes where a task before it died, or an item's process", async () => {
    const run = runParallel(
      numbers(12),
      (n) => {
        if (n === 5) process.kill(process.ppid, "SIGKILL");
        if (n === 9) process.exit(3);
        return n;
      },
      { chunkSize: 4 },
    ).map((n) => n * 2);
    const outcomes = await run.settled();
    expect(outcomes[5]).toMatchObject({ reason: { code: "UpstreamFailed", cause: { code: "TaskFailed" } } });
    expect(outcomes[9]).toMatchObject({ reason: { code: "UpstreamFailed", cause: { code: "Crashed" } } });
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    for (const outcome of outcomes)
      if (outcome.status === "fulfilled") expect(outcome.value).toBe(outcome.index * 2);
  });

  it("may come late, as long as nobody has read the other one to the end", async () => {
    const first = runParallel(numbers(100), (n) => n);
    await new Promise<void>((resolve) => {
      first.onProgress(({ phase }) => phase === "ended" && resolve());
    });
    expect((await first.map((n) => -n))[99]).toBe(-99);
    await expect(first.map((n) => n)).rejects.toBeInstanceOf(StorageGoneError);
  });

  it("leaves nothing behind once it was read, and the one before it can be read at the same time", async () => {
    const first = runParallel(numbers(10), (n) => n);
    const second = first.map((n) => n + 1);
    const [before, after] = await Promise.all([first, second]);
    expect(after).toEqual(before.map((n) => n + 1));
    const { batch, storage } = await createClient().connection();
    let job = await batch.getJob(first.id);
    while (job?.state === "deleting") job = await batch.getJob(first.id);
    expect(job).toBeUndefined();
    expect(
      await storage
        .container(first.id)
        .get("manifest.json")
        .catch(() => undefined),
    ).toBeUndefined();
  });

  it("takes no result of the other one through this process", async () => {
    const first = runParallel(numbers(40), (n) => `${n}`.repeat(50_000), { chunkSize: 10 });
    const second = first.map((text) => text.length);
    let bytes = { up: 0, down: 0 };
    let own = { up: 0, down: 0 };
    first.onProgress((progress) => {
      bytes = progress.bytes;
    });
    second.onProgress((progress) => {
      own = progress.bytes;
    });
    expect((await second)[39]).toBe(100_000);
    expect(bytes.down).toBeLessThan(20_000);
    expect(own.up + own.down).toBeLessThan(20_000);
  });

  it("ends with the other one, which does not end with it", async () => {
    const wait = async (n: number) => {
      if (n > 0) await new Promise((resolve) => setTimeout(resolve, 120_000));
      return n;
    };
    const first = runParallel(numbers(4), wait, { chunkSize: 1 });
    const second = first.map((n) => n);
    await new Promise<void>((resolve) => {
      first.onProgress(({ fulfilled }) => fulfilled > 0 && resolve());
    });
    await first.cancel("enough");
    const outcomes = await second.settled();
    expect(outcomes.map(({ index }) => index)).toEqual(numbers(4));
    expect(outcomes[3]).toMatchObject({ reason: { code: "Cancelled", cause: "enough" } });
    await expect(second).rejects.toMatchObject({ code: "Cancelled" });

    const third = runParallel(numbers(4), (n) => n, { chunkSize: 1 });
    const fourth = third.map(async (n) => {
      await new Promise((resolve) => setTimeout(resolve, 120_000));
      return n;
    });
    await new Promise<void>((resolve) => {
      fourth.onProgress(({ tasks }) => tasks === 4 && resolve());
    });
    await fourth.cancel();
    expect((await fourth.settled()).every(({ status }) => status === "rejected")).toBe(true);
    expect(await third).toEqual([0, 1, 2, 3]);
  });

  it("takes those before along that nobody reads, when it is disposed of", async () => {
    const wait = async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 120_000));
      return n;
    };
    const first = runParallel(numbers(3), wait, { chunkSize: 1 });
    {
      await using second = first.map((n) => n);
      await new Promise<void>((resolve) => {
        second.onProgress(({ tasks }) => tasks > 0 && resolve());
      });
    }
    await expect(first).rejects.toMatchObject({ code: "Cancelled" });
  });

  it("passes a deadline with the other one", async () => {
    const run = runParallel([1], (n) => n, { deadline: "4s" }).map(async () => {
      await new Promise((resolve) => setTimeout(resolve, 120_000));
    });
    await expect(run).rejects.toMatchObject({ code: "DeadlineExceeded" });
  });

  it("stops alone at its first failed item, where it shall", async () => {
    const first = runParallel(numbers(8), (n) => n, { chunkSize: 1 });
    const second = first.map(
      (n) => {
        if (n === 0) throw new Error("zero");
        return n;
      },
      { onError: "stop" },
    );
    await expect(second).rejects.toMatchObject({ code: "ItemsFailed" });
    expect(await first).toEqual(numbers(8));
  });

  it("is refused by name what is the first run's, and what it cannot do", async () => {
    const first = runParallel([1], (n) => n);
    await expect(first.map((n) => n, { pool: "a" } as object)).rejects.toMatchObject({ option: "pool" });
    await expect(first.map(5 as never)).rejects.toBeInstanceOf(InvalidArgumentError);
    const outside = 1;
    await expect(first.map((n) => n + outside)).rejects.toMatchObject({ code: "FreeVariables" });
    expect(await first).toEqual([1]);
  });

  it("goes on with no items, and is refused what the other one was", async () => {
    expect(await runParallel([] as number[], (n) => n).map((n) => n)).toEqual([]);
    await expect(runParallel([1], 5 as never).map((n) => n)).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

describe("a reduction", () => {
  it.each([1, 2, 3, 40])("folds what %i tasks gave, in their order", async (chunks) => {
    const items = numbers(2 * chunks);
    const text = runParallel(items, (n) => `${n},`, { chunkSize: 2 }).reduce((a, b) => a + b);
    expect(await text).toBe(items.map((n) => `${n},`).join(""));
  });

  it("goes on with a run of unknown length, which itself goes on with one", async () => {
    async function* items() {
      for (let n = 0; n < 100; n++) yield n;
    }
    const sum = runParallel(items(), (n) => n, { chunkSize: 3 })
      .map((n) => BigInt(n * n))
      .reduce(async (a, b) => a + b);
    expect(await sum).toBe(328350n);
  });

  it("begins with its initial value, which is that of no items", async () => {
    const add = (a: number, b: number) => a + b;
    expect(await runParallel([1, 2, 3], (n) => n, { chunkSize: 1 }).reduce(add, { initial: 10 })).toBe(16);
    expect(await runParallel([] as number[], (n) => n).reduce(add, { initial: 10 })).toBe(10);
    await expect(runParallel([] as number[], (n) => n).reduce(add)).rejects.toMatchObject({
      option: "initial",
    });
  });

  it("is rejected by items that failed, unless they are to be left out", async () => {
    const half = (n: number) => {
      if (n % 2 === 1) throw new Error(`odd ${n}`);
      return n;
    };
    const add = (a: number, b: number) => a + b;
    const error = await runParallel(numbers(6), half, { chunkSize: 2 })
      .reduce(add)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunFailedError);
    expect((error as RunFailedError).errors.map(({ index }) => index)).toEqual([1, 3, 5]);
    const skipping = runParallel(numbers(6), half, { chunkSize: 1 }).reduce(add, { onItemFailure: "skip" });
    expect(await skipping).toBe(6);
  });

  it("leaves out what a task lost that died", async () => {
    const sum = runParallel(
      numbers(8),
      (n) => {
        if (n === 5) process.kill(process.ppid, "SIGKILL");
        return n;
      },
      { chunkSize: 4 },
    ).reduce((a, b) => a + b, { onItemFailure: "skip" });
    expect(await sum).toBe(23);
  });

  it("says which fold failed", async () => {
    const sum = runParallel([1, 2, 3], (n) => n).reduce(() => {
      throw new Error("cannot add");
    });
    await expect(sum).rejects.toThrow(/cannot add/);
  });
});
