import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { BlobServiceClient } from "@azure/storage-blob";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  attach,
  type BatchParallel,
  command,
  InvalidArgumentError,
  type ItemOutcome,
  RunFailedError,
  runParallel,
  StorageGoneError,
} from "../../src/index.js";
import { type LocalEngine, localEngine } from "../../src/local/engine.js";
import { connectTo, killedProcess, otherProcess } from "./support/other-process.js";

const SOON = { timeout: 20_000 };

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Outcomes without what differs from one attempt to the next. */
const shown = (outcomes: readonly ItemOutcome<unknown>[]) =>
  outcomes.map((outcome) =>
    outcome.status === "fulfilled"
      ? { index: outcome.index, value: outcome.value }
      : { index: outcome.index, code: outcome.reason.code, message: outcome.reason.message },
  );

describe("a run that is attached to", () => {
  let engine: LocalEngine;
  let batch: BatchParallel;

  beforeAll(async () => {
    engine = await localEngine();
    batch = connectTo(engine);
  });

  const container = (id: string) =>
    BlobServiceClient.fromConnectionString(engine.storage.connectionString).getContainerClient(id);

  /** As if a minute had passed since the process was killed that drove it. */
  const forgetOwner = (id: string) =>
    container(id).getBlobClient("manifest.json").getBlobLeaseClient().breakLease(0);

  it("has the outcomes of one that has ended, as often as they are wanted", async () => {
    const begun = runParallel(
      numbers(40),
      (n) => {
        console.log("item", n);
        if (n % 13 === 5) throw new RangeError(`no ${n}`);
        return new Map([[n, new Date(n)]]);
      },
      { keep: "always", chunkSize: 3 },
    );
    const outcomes = await begun.settled();
    for (let time = 0; time < 2; time++) {
      const run = attach(begun.id);
      const states: unknown[] = [];
      run.onProgress(({ fulfilled, rejected, total, phase }) =>
        states.push({ fulfilled, rejected, total, phase }),
      );
      expect(run.id).toBe(begun.id);
      const again = await run.settled();
      expect(shown(again)).toEqual(shown(outcomes));
      await expect(run).rejects.toMatchObject({ name: "RunFailedError", failed: 3, runId: begun.id });
      expect(await run.logs(7)).toEqual({ stdout: "item 7\n", stderr: "" });
      await expect(run.logs(40)).rejects.toMatchObject({ option: "index" });
      await vi.waitFor(
        () => expect(states.at(-1)).toEqual({ fulfilled: 37, rejected: 3, total: 40, phase: "ended" }),
        SOON,
      );
    }
    const values: unknown[] = [];
    const reading = async () => {
      for await (const value of attach(begun.id).results()) values.push(value);
    };
    await expect(reading()).rejects.toBeInstanceOf(RunFailedError);
    expect(values).toHaveLength(5);
  });

  it("gives the results and files of commands", async () => {
    const folder = mkdtempSync(join(tmpdir(), "attached-"));
    const work = command((n: number) => ({
      file: "sh",
      args: ["-c", `echo ${n} | tee out.txt`],
      outputs: ["out.txt"],
    }));
    const begun = runParallel([7, 8], work, { keep: "always" });
    await begun;
    const run = attach<{ stdout: string }>(begun.id);
    expect((await run).map(({ stdout }) => stdout)).toEqual(["7\n", "8\n"]);
    expect(await attach(begun.id).download(folder)).toEqual([
      join(folder, "0/out.txt"),
      join(folder, "1/out.txt"),
    ]);
    rmSync(folder, { recursive: true });
  });

  it("is watched while its process drives it, which takes it away", async () => {
    const begun = runParallel(
      (async function* () {
        for (let n = 0; n < 6; n++) yield n;
      })(),
      async (n, ctx) => {
        await new Promise((done) => setTimeout(done, 50 * n));
        return ctx.index;
      },
      { chunkSize: 1 },
    );
    await vi.waitFor(
      async () => expect(await container(begun.id).getBlobClient("manifest.json").exists()).toBe(true),
      SOON,
    );
    const run = attach(begun.id);
    const seen: number[] = [];
    for await (const { index } of run) seen.push(index);
    expect(seen.sort()).toEqual(numbers(6));
    expect(await run).toEqual(numbers(6));
    expect(await begun).toEqual(numbers(6));
    expect(await container(begun.id).exists()).toBe(false);
    await expect(attach(begun.id)).rejects.toMatchObject({ code: "InvalidArgument", option: "runId" });
  });

  it("says that its storage has gone where its process took it away meanwhile", async () => {
    const begun = runParallel([0], () => new Promise((done) => setTimeout(done, 60_000)));
    await vi.waitFor(() => batch.job(begun.id).get(), SOON);
    const run = attach(begun.id);
    const ended = run.settled().catch((error: unknown) => error);
    await vi.waitFor(() => {
      let tasks = 0;
      run.onProgress((progress) => {
        tasks = progress.tasks;
      })();
      expect(tasks).toBe(1);
    }, SOON);
    await begun[Symbol.asyncDispose]();
    expect(await ended).toBeInstanceOf(StorageGoneError);
  });

  it("comes to its end where the process is gone that began it, and goes then", async () => {
    await killedProcess(
      engine,
      `
      import { runParallel } from "azure-batch-parallel";
      const run = runParallel([1, 2, 3, 4], (n) => n * n, { id: "left-behind", chunkSize: 1 });
      run.onProgress(({ tasks }) => { if (tasks === 4) console.log("submitted"); });
    `,
    );
    await forgetOwner("left-behind");
    expect(await batch.attach("left-behind")).toEqual([1, 4, 9, 16]);
    expect(await container("left-behind").exists()).toBe(false);
    await vi.waitFor(async () => expect(await batch.job("left-behind").exists()).toBe(false), SOON);
  });

  it("tells of items that were never submitted", async () => {
    const program = (id: string, items: string) => `
      import { pool, runParallel, ubuntu } from "azure-batch-parallel";
      const two = pool().vmSize("Standard_D2s_v5").image(ubuntu("22.04")).dedicatedNodes(2);
      const run = runParallel(${items}, (n) => n, { id: ${JSON.stringify(id)}, pool: two, keep: "always" });
      // It submits no more after that.
      run.onProgress(({ tasks }) => { if (tasks > 0) for (console.log("some"); ; ); });
    `;
    await killedProcess(engine, program("known-length", "Array.from({ length: 2000 }, (_, n) => n)"));
    await killedProcess(
      engine,
      program("unknown-length", "(function* () { for (let n = 0; ; n++) yield n; })()"),
    );
    await Promise.all([forgetOwner("known-length"), forgetOwner("unknown-length")]);

    const outcomes = await batch.attach("known-length").settled();
    expect(outcomes.map(({ index }) => index)).toEqual(numbers(2000));
    const submitted = outcomes.findIndex(({ status }) => status === "rejected");
    expect(submitted).toBeGreaterThan(0);
    expect(new Set(shown(outcomes.slice(submitted)).map(({ message }) => message))).toEqual(
      new Set(["The process that began the run ended before it had submitted the item."]),
    );

    // Nobody knows any more how many there were to be.
    const results: unknown[] = [];
    const reading = async () => {
      for await (const result of batch.attach("unknown-length").results()) results.push(result);
    };
    await expect(reading()).rejects.toMatchObject({ code: "Cancelled", failed: 0 });
    expect(results).toEqual(numbers(results.length));
    expect(results.length).toBeGreaterThan(0);
  });

  it("has tasks divided that die once their process is gone, and gives the guilty item alone up", async () => {
    await killedProcess(
      engine,
      `
      import { runParallel } from "azure-batch-parallel";
      const work = (n) => { if (n === 5) process.kill(process.ppid, "SIGKILL"); return n; };
      const run = runParallel(Array.from({ length: 8 }, (_, n) => n), work, { id: "dying", chunkSize: 8, keep: "always" });
      run.onProgress(({ tasks }) => { if (tasks === 1) console.log("submitted"); });
    `,
    );
    await forgetOwner("dying");
    const expected = numbers(8).map((index) =>
      index === 5
        ? { index, code: "TaskFailed", message: expect.stringContaining("died") }
        : { index, value: index },
    );
    const watched = async () => {
      const run = batch.attach("dying");
      let tasks = 0;
      run.onProgress((progress) => {
        tasks = progress.tasks;
      });
      return { outcomes: shown(await run.settled()), tasks };
    };
    const seen = await watched();
    expect(seen.outcomes).toEqual(expected);
    // The chunks that came of it are known to the next one, and what became of the item that no node gave an outcome.
    expect(await watched()).toEqual(seen);
  });

  it("is cancelled for all, and let go of for oneself alone", async () => {
    const begun = runParallel([0, 1], () => new Promise((done) => setTimeout(done, 60_000)), {
      keep: "always",
    });
    const ended = begun.settled();
    await vi.waitFor(() => batch.job(begun.id).get(), SOON);
    {
      await using run = attach(begun.id);
      run.catch(() => undefined);
    }
    await expect(attach(begun.id)[Symbol.asyncDispose]()).resolves.toBeUndefined();
    expect(await batch.job(begun.id).get()).toMatchObject({ state: "active" });
    const stop = new AbortController();
    const run = attach(begun.id, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect((await run.settled()).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(shown(await ended).map(({ index }) => index)).toEqual([0, 1]);
  });

  it("is one that there is, by an id and options that there are", async () => {
    const refused = [
      attach("no-such-run"),
      attach("No Id"),
      attach("a", { keep: "never" } as object),
      attach("a", null as never),
    ];
    const errors = await Promise.all(refused.map((run) => run.settled().catch((error: unknown) => error)));
    expect(errors.every((error) => error instanceof InvalidArgumentError)).toBe(true);
    expect(errors.map((error) => (error as InvalidArgumentError).option)).toEqual([
      "runId",
      "runId",
      "keep",
      "options",
    ]);
    const run = attach("no-such-run");
    await expect(run.map((n) => n)).rejects.toMatchObject({ code: "InvalidArgument", option: "run" });
    await expect(run).rejects.toThrow('There is no run "no-such-run"');
  });

  it("is found by a process that knows nothing but its id", async () => {
    const begun = runParallel([1n, 2n], (n) => n + 1n, { keep: "always" });
    await begun;
    const program = `
      import { attach } from "azure-batch-parallel";
      console.log(await attach(process.argv[1]));
    `;
    const child = otherProcess(engine, program, begun.id);
    expect(await text(child.stdout)).toBe("[ 2n, 3n ]\n");
  });
});
