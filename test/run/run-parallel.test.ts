import { describe, expect, it } from "vitest";
import { command, ItemError, type ItemOutcome, RunFailedError, runParallel } from "../../src/index.js";

describe("runParallel", () => {
  it("gives the results in input order", async () => {
    const items = Array.from({ length: 1000 }, (_, index) => index);
    expect(await runParallel(items, (n) => n * 2)).toEqual(items.map((n) => n * 2));
  });

  it("takes async functions, and tells them what and where they are", async () => {
    const contexts = await runParallel(["a", "b", "c"], async (item, ctx) => {
      const { setTimeout: delay } = await import("node:timers/promises");
      await delay(1);
      return { item, index: ctx.index, attempt: ctx.attempt, aborted: ctx.signal.aborted };
    });
    expect(contexts).toEqual([
      { item: "a", index: 0, attempt: 1, aborted: false },
      { item: "b", index: 1, attempt: 1, aborted: false },
      { item: "c", index: 2, attempt: 1, aborted: false },
    ]);
  });

  it("takes iterables and async iterables, and pulls them as it goes", async () => {
    function* numbers() {
      for (let n = 0; n < 50; n++) yield n;
    }
    async function* laterNumbers() {
      yield* numbers();
    }
    const doubled = [...numbers()].map((n) => n * 2);
    expect(await runParallel(numbers(), (n) => n * 2)).toEqual(doubled);
    expect(await runParallel(laterNumbers(), (n) => n * 2)).toEqual(doubled);
    expect(await runParallel(new Set([3, 1]), (n) => n * 2)).toEqual([6, 2]);
  });

  it("takes a text by its characters, and anything else that `for await` takes", async () => {
    expect(await runParallel("né🎉", (character) => character)).toEqual(["n", "é", "🎉"]);
    class Doubled extends Set<number> {
      override *[Symbol.iterator]() {
        for (const n of super[Symbol.iterator]()) yield* [n, n];
        return undefined;
      }
    }
    expect(await runParallel(new Doubled([1, 2]), (n) => n)).toEqual([1, 1, 2, 2]);
  });

  it("makes chunks of whatever size, also one larger than the input", async () => {
    for (const chunkSize of [1, 2, 3, 4, 1_000_000]) {
      expect(await runParallel([1, 2, 3], (n) => n, { chunkSize })).toEqual([1, 2, 3]);
    }
    expect(await runParallel(new Set([1, 2]).values(), (n) => n, { chunkSize: 10 })).toEqual([1, 2]);
  });

  it.each(["auto", 1] as const)(
    "takes items that follow from outcomes of others, with chunks of %s",
    async (chunkSize) => {
      const found: number[] = [1];
      let wake = () => {};
      let open = 0;
      async function* discovered() {
        for (;;) {
          for (let n = found.shift(); n !== undefined; n = found.shift()) {
            open += 1;
            yield n;
          }
          if (open === 0) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      const run = runParallel(discovered(), (n) => n, { chunkSize });
      for await (const outcome of run) {
        if (outcome.status === "fulfilled" && outcome.value < 4)
          found.push(outcome.value * 2, outcome.value * 2 + 1);
        open -= 1;
        wake();
      }
      expect((await run).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    },
  );

  it("brings values back as they left", async () => {
    const values = [
      new Date(0),
      new Map([["a", new Set([1n, 2n])]]),
      /x+/gi,
      new URL("https://example.org/?q=1"),
      new Uint8Array([1, 2, 3]),
      new Float64Array([Number.NaN, -0]),
      undefined,
      null,
      Number.NaN,
      -0,
      Number.POSITIVE_INFINITY,
      { nested: [undefined, { deep: 10n ** 30n }] },
      "tab\tline\nbreak \u2028 emoji 🎉",
    ];
    expect(await runParallel(values, (value) => value)).toEqual(values);
    const [error] = await runParallel(
      [new TypeError("odd", { cause: new Error("inner") })],
      (value) => value,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error?.message).toBe("odd");
    expect(error?.cause).toBeInstanceOf(Error);
  });

  it("gives outcomes as items complete", async () => {
    const seen = new Map<number, ItemOutcome<number>>();
    for await (const outcome of runParallel([1, 2, 3, 4], (n) => n + 1, { chunkSize: 1 }))
      seen.set(outcome.index, outcome);
    expect([...seen.keys()].sort()).toEqual([0, 1, 2, 3]);
    expect(seen.get(2)).toMatchObject({ status: "fulfilled", value: 4 });
  });

  it("streams results in input order", async () => {
    const results: number[] = [];
    for await (const result of runParallel([5, 6, 7], (n) => n, { chunkSize: 1 }).results())
      results.push(result);
    expect(results).toEqual([5, 6, 7]);
  });

  it("ships `shared` once, and files", async () => {
    const results = await runParallel(
      ["x", "y"],
      async (item, ctx) => {
        const { readFile } = await import("node:fs/promises");
        const { join } = await import("node:path");
        const text = await readFile(join(ctx.workDir, "licence.txt"), "utf8");
        return `${item}${ctx.shared.get(item)}${text.startsWith("MIT License")}`;
      },
      {
        shared: new Map([
          ["x", 1],
          ["y", 2],
        ]),
        files: [{ path: "LICENSE", as: "licence.txt" }],
      },
    );
    expect(results).toEqual(["x1true", "y2true"]);
  });

  it("gives back files that a function saves", async () => {
    await using run = runParallel(["one"], async (item, ctx) => {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(`${ctx.workDir}/out.txt`, item);
      ctx.saveFile("out.txt");
      return item;
    });
    const [outcome] = await run.settled();
    if (outcome?.status !== "fulfilled") throw outcome?.reason;
    expect(outcome.files.map(({ name, size }) => ({ name, size }))).toEqual([{ name: "out.txt", size: 3 }]);
    expect(await outcome.files[0]?.text()).toBe("one");
  });

  it("keeps what items write, also after the storage is gone", async () => {
    const run = runParallel([1, 2], (n) => {
      console.log("out", n);
      console.error("err", n);
    });
    await run;
    expect(await run.logs(1)).toEqual({ stdout: "out 2\n", stderr: "err 2\n" });
  });

  it("tells its progress", async () => {
    const phases = new Set<string>();
    const run = runParallel([1, 2, 3], (n) => n, { progress: ({ phase }) => phases.add(phase) });
    let last: unknown;
    run.onProgress((progress) => {
      last = progress;
    });
    await run;
    expect([...phases]).toContain("ended");
    expect(last).toMatchObject({
      phase: "ended",
      engine: "local",
      total: 3,
      fulfilled: 3,
      rejected: 0,
      nodes: 1,
    });
  });

  it("is not disturbed by a listener that throws, and says so", async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on("warning", onWarning);
    let calls = 0;
    const fail = () => {
      calls += 1;
      throw new Error("bad listener");
    };
    const run = runParallel([1, 2], (n) => n, { progress: fail });
    run.onProgress(() => {
      if (run.id !== "") fail();
    });
    expect(await run).toEqual([1, 2]);
    await run.cancel();
    process.off("warning", onWarning);
    expect(calls).toBe(2);
    expect(warnings.filter((text) => text.includes("bad listener"))).toHaveLength(2);
    expect(() => run.onProgress(5 as never)).toThrow(expect.objectContaining({ option: "listener" }));
  });

  it("knows no logs of items that it does not have", async () => {
    const run = runParallel([1], (n) => n);
    for (const index of [1, -1, 0.5, "0" as never]) {
      await expect(run.logs(index)).rejects.toMatchObject({ code: "InvalidArgument", option: "index" });
    }
    expect(await run.logs(0)).toEqual({ stdout: "", stderr: "" });
  });

  it("passes `env`, and nothing of this process's environment", async () => {
    process.env.SECRET_OF_THE_CLIENT = "do not tell";
    const [env] = await runParallel([0], () => ({ ...process.env }), { env: { GREETING: "hello" } });
    delete process.env.SECRET_OF_THE_CLIENT;
    expect(env?.GREETING).toBe("hello");
    expect(env?.SECRET_OF_THE_CLIENT).toBeUndefined();
    expect(Object.keys(env ?? {}).filter((name) => name.startsWith("AZURE_BATCH_PARALLEL"))).toEqual([]);
    expect(env?.AZ_BATCH_JOB_ID).toMatch(/^run-/);
  });

  it("runs commands", async () => {
    const hostile = [
      "$(rm -rf x)",
      'it\'s "quoted"',
      "two\nlines",
      "🎉",
      "",
      "`id`",
      "\\",
      "%PATH%",
      "a;b|c&d",
    ];
    const results = await runParallel(
      hostile,
      command((item) => ({ file: "printf", args: ["%s|", item, item] })),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(hostile.map((text) => `${text}|${text}|`));
  });

  it("names the id it was given", async () => {
    const run = runParallel([1], (n) => n, { id: "my-run-1" });
    expect(run.id).toBe("my-run-1");
    await run;
  });
});

describe("a run that fails", () => {
  const failing = (n: number) => {
    if (n === 2) throw new RangeError("two is bad");
    return n;
  };

  it("rejects with all failures once every item has an outcome", async () => {
    const error = await runParallel([1, 2, 3], failing).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RunFailedError);
    if (!(error instanceof RunFailedError)) return;
    expect(error).toMatchObject({ code: "ItemsFailed", failed: 1 });
    const [first] = error.errors;
    expect(first).toBeInstanceOf(ItemError);
    expect(first).toMatchObject({ code: "FunctionFailed", index: 1, attempt: 1 });
    expect(first?.message).toContain("two is bad");
    expect(first?.cause).toBeInstanceOf(RangeError);
    expect(first?.remoteStack).toContain("RangeError: two is bad");
  });

  it("settles without rejecting", async () => {
    const outcomes = await runParallel([1, 2, 3], failing).settled();
    expect(outcomes.map(({ index, status }) => `${index} ${status}`)).toEqual([
      "0 fulfilled",
      "1 rejected",
      "2 fulfilled",
    ]);
  });

  it("stops at the first failure where that is wanted", async () => {
    const items = Array.from({ length: 300 }, (_, index) => index);
    const outcomes = await runParallel(
      items,
      async (n) => {
        const { setTimeout: delay } = await import("node:timers/promises");
        if (n === 3) throw new Error("stop here");
        await delay(50);
        return n;
      },
      { onError: "stop", chunkSize: 5 },
    ).settled();
    expect(outcomes).toHaveLength(300);
    expect(outcomes[3]).toMatchObject({ status: "rejected", reason: { code: "FunctionFailed" } });
    expect(outcomes[299]).toMatchObject({ status: "rejected", reason: { code: "Cancelled", attempt: 0 } });
  });

  it("says a program's exit code and the end of its error stream", async () => {
    const [outcome] = await runParallel(
      [0],
      command(() => ({ file: "/bin/sh", args: ["-c", "echo before; echo broken >&2; exit 3"] })),
    ).settled();
    expect(outcome).toMatchObject({
      status: "rejected",
      reason: { code: "ExitCode", exitCode: 3, stderr: "broken\n" },
    });
  });

  it("says where a program does not exist", async () => {
    const [outcome] = await runParallel(
      [0],
      command(() => ({ file: "no-such-program-here" })),
    ).settled();
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CommandNotFound" } });
    expect(outcome?.status === "rejected" && outcome.reason.message).toContain("no-such-program-here");
  });
});

describe("a run that is cancelled", () => {
  const slow = async (n: number) => {
    const { setTimeout: delay } = await import("node:timers/promises");
    await delay(n === 0 ? 0 : 120_000);
    return n;
  };

  it("gives every item without an outcome the reason", async () => {
    const run = runParallel([0, 1, 2, 3], slow, { chunkSize: 1 });
    for await (const outcome of run) {
      expect(outcome).toMatchObject({ index: 0, status: "fulfilled" });
      break;
    }
    await run.cancel("enough");
    const outcomes = await run.settled();
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
    expect(outcomes[3]).toMatchObject({ reason: { code: "Cancelled", cause: "enough" } });
    await expect(run).rejects.toMatchObject({ code: "Cancelled", failed: 3, cause: "enough" });
  });

  it("obeys a signal, also one that was aborted before", async () => {
    const controller = new AbortController();
    const run = runParallel([1, 2], slow, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("no more")), 300);
    await expect(run).rejects.toMatchObject({ code: "Cancelled", failed: 2 });
    await expect(runParallel([1], slow, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "Cancelled",
    });
  });

  it("ends an endless input", async () => {
    function* forever() {
      for (let n = 0; ; n++) yield n;
    }
    const run = runParallel(forever(), (n) => n, { chunkSize: 10 });
    let count = 0;
    for await (const _ of run) if (++count === 100) break;
    await run.cancel();
    expect(count).toBe(100);
  });

  it("does not wait for an input that makes no item, and says that the input was cut short", async () => {
    let returned = 0;
    const silentAfter = (items: number) => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          items-- > 0
            ? Promise.resolve({ done: false, value: items })
            : new Promise<IteratorResult<number>>(() => {}),
        return: () => {
          returned += 1;
          return new Promise<IteratorResult<number>>(() => {});
        },
      }),
    });

    const nothing = runParallel(silentAfter(0), (n) => n);
    await nothing.cancel("enough");
    expect(await nothing.settled()).toEqual([]);
    await expect(nothing).rejects.toMatchObject({
      code: "Cancelled",
      failed: 0,
      cause: "enough",
      errors: [],
    });

    const some = runParallel(silentAfter(2), (n) => n);
    let ended = 0;
    for await (const outcome of some) {
      expect(outcome.status).toBe("fulfilled");
      if (++ended === 2) void some.cancel("enough");
    }
    await expect(some).rejects.toMatchObject({ code: "Cancelled", failed: 0 });
    const results: number[] = [];
    const reading = (async () => {
      for await (const value of some.results()) results.push(value);
    })();
    await expect(reading).rejects.toMatchObject({ code: "Cancelled" });
    expect(results).toHaveLength(2);
    expect(returned).toBe(2);
  });

  it("obeys its deadline", async () => {
    const outcomes = await runParallel([1, 2], slow, { deadline: "2s" }).settled();
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual([
      "DeadlineExceeded",
      "DeadlineExceeded",
    ]);
  });
});
