import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { runParallel, StorageGoneError } from "../../src/index.js";

/** What is left of a run in the two services, once what is being deleted is gone. */
async function left(id: string) {
  const { batch, storage } = await createClient().connection();
  let job = await batch.getJob(id);
  while (job?.state === "deleting") job = await batch.getJob(id);
  const blobs: string[] = [];
  try {
    for await (const { name } of storage.container(id).list("")) blobs.push(name);
  } catch {
    return { job: job?.state, container: false };
  }
  return { job: job?.state, container: blobs.length > 0 };
}

const failing = (n: number) => {
  if (n === 1) throw new Error("one");
  return n;
};

describe("what is left of a run", () => {
  it("is nothing, after the first full read", async () => {
    const run = runParallel([0, 2], failing);
    await run;
    expect(await left(run.id)).toEqual({ job: undefined, container: false });
  });

  it("is nothing either where items failed", async () => {
    const run = runParallel([0, 1], failing);
    await run.catch(() => {});
    expect(await left(run.id)).toEqual({ job: undefined, container: false });
  });

  it("is all of it with keep: always, and it can be read again", async () => {
    const run = runParallel([0, 2], failing, { keep: "always" });
    await run;
    const again: number[] = [];
    for await (const value of run.results()) again.push(value);
    expect(again).toEqual([0, 2]);
    const { job, container } = await left(run.id);
    expect(container).toBe(true);
    expect(["terminating", "completed"]).toContain(job);
  });

  it("is there with keep: on-failure only where an item failed", async () => {
    const good = runParallel([0, 2], failing, { keep: "on-failure" });
    await good;
    expect(await left(good.id)).toEqual({ job: undefined, container: false });
    const bad = runParallel([0, 1], failing, { keep: "on-failure" });
    await bad.catch(() => {});
    expect((await left(bad.id)).container).toBe(true);
  });

  it("goes at dispose, which cancels what still runs", async () => {
    let id: string;
    {
      await using run = runParallel([0], async () => {
        await new Promise((resolve) => setTimeout(resolve, 120_000));
      });
      id = run.id;
      await new Promise<void>((resolve) => {
        run.onProgress(({ tasks }) => tasks > 0 && resolve());
      });
    }
    expect(await left(id)).toEqual({ job: undefined, container: false });
  });

  it("is nothing of a run that was refused by the service", async () => {
    const first = runParallel([0], failing, { id: "same-id", keep: "always" });
    await first;
    await expect(runParallel([0], failing, { id: "same-id" })).rejects.toMatchObject({ option: "id" });
    expect((await left("same-id")).container).toBe(true);
  });

  it("is nothing where a file cannot be uploaded any more, and the job was created meanwhile", async () => {
    const folder = mkdtempSync(join(tmpdir(), "clean-up-"));
    const path = join(folder, "table.csv");
    writeFileSync(path, "1,2");
    function* items() {
      rmSync(folder, { recursive: true });
      yield 0;
    }
    const run = runParallel(items(), failing, { files: [path] });
    await expect(run).rejects.toThrow(/table\.csv/);
    expect(await left(run.id)).toEqual({ job: undefined, container: false });
  });

  it("says so when something is asked for that is gone", async () => {
    // More than is kept in memory.
    const run = runParallel([0, 1], () => "x".repeat(20_000_000), { chunkSize: 1 });
    const read = async () => {
      let items = 0;
      for await (const _ of run) items += 1;
      return items;
    };
    expect(await read()).toBe(2);
    await expect(read()).rejects.toBeInstanceOf(StorageGoneError);
  });
});
