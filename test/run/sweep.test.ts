import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type BatchParallel, runParallel } from "../../src/index.js";
import { type LocalEngine, localEngine } from "../../src/local/engine.js";
import { connectTo, killedProcess } from "./support/other-process.js";

const program = `
import { connect } from "azure-batch-parallel";
const slowly = () => new Promise((done) => setTimeout(done, 60_000));
const run = connect().runParallel([1, 2], slowly, { id: process.argv[1], keep: "always" });
run.onProgress(({ phase, tasks }) => { if (phase === "running" && tasks > 0) console.log("running"); });
run.catch(() => {});
`;

describe("a sweep", () => {
  let engine: LocalEngine;
  let batch: BatchParallel;

  beforeAll(async () => {
    engine = await localEngine();
    batch = connectTo(engine);
  });

  const containers = async () => {
    const names: string[] = [];
    const service = BlobServiceClient.fromConnectionString(engine.storage.connectionString);
    for await (const { name } of service.listContainers()) names.push(name);
    return names;
  };

  it("takes away what a killed process has left, once nobody drives it any more", async () => {
    await killedProcess(engine, program, "killed-1");
    const young = await batch.sweep();
    expect(young).toMatchObject({
      jobs: [],
      containers: [],
      pools: [],
      uploads: [],
      alive: [],
      failures: [],
    });
    // Its lease has not run out yet.
    expect((await batch.sweep({ olderThan: 1 })).alive).toEqual(["killed-1"]);
    expect(await batch.job("killed-1").exists()).toBe(true);

    const service = BlobServiceClient.fromConnectionString(engine.storage.connectionString);
    await service
      .getContainerClient("killed-1")
      .getBlobClient("manifest.json")
      .getBlobLeaseClient()
      .breakLease(0);
    const expected = { jobs: ["killed-1"], containers: ["killed-1"], alive: [], failures: [] };
    expect(await batch.sweep({ olderThan: 1, dryRun: true })).toMatchObject({ ...expected, dryRun: true });
    expect((await batch.job("killed-1").get()).state).toBe("active");
    expect(await batch.sweep({ olderThan: 1 })).toMatchObject({ ...expected, dryRun: false });
    await vi.waitFor(async () => expect(await batch.job("killed-1").exists()).toBe(false), {
      timeout: 20_000,
    });
    expect(await containers()).not.toContain("killed-1");
  });

  it("leaves alone what is alive, what is young, and what is not this library's", async () => {
    const service = BlobServiceClient.fromConnectionString(engine.storage.connectionString);
    await service.createContainer("of-somebody-else");
    const theirs = await batch.createJob({ id: "of-somebody-else", poolInfo: { poolId: "none" } });
    const work = () => new Promise((done) => setTimeout(() => done("alive"), 1500));
    const run = runParallel([1], work, { client: batch, id: "alive-1" });
    await new Promise<void>((runs) => run.onProgress(({ phase }) => phase === "running" && runs()));
    expect(await batch.sweep({ olderThan: 1 })).toMatchObject({
      alive: ["alive-1"],
      jobs: [],
      containers: [],
    });
    expect(await run).toEqual(["alive"]);
    expect(await containers()).toContain("of-somebody-else");
    expect(await theirs.exists()).toBe(true);
    await service.deleteContainer("of-somebody-else");
  });

  it("takes away the job of a run whose container is gone, and uploads that nobody can read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sweep-"));
    try {
      await writeFile(join(folder, "a.txt"), "a");
      const [readable] = await batch.upload([join(folder, "a.txt")]);
      expect(await (await fetch(readable?.httpUrl as string)).text()).toBe("a");
      const run = runParallel([1], (n) => n, { client: batch, id: "no-container", keep: "always" });
      await run;
      const service = BlobServiceClient.fromConnectionString(engine.storage.connectionString);
      await service.deleteContainer("no-container");
      expect(await batch.sweep({ olderThan: 1 })).toMatchObject({ jobs: ["no-container"], uploads: [] });

      const uploads = service.getContainerClient("azure-batch-parallel-uploads");
      // Readable for a time that is over: a negative one, so that nobody has to wait for it.
      await uploads.getBlockBlobClient("-3600000/id/old.txt").upload("old", 3);
      expect((await batch.sweep()).uploads).toEqual(["-3600000/id/old.txt"]);
      expect(await (await fetch(readable?.httpUrl as string)).text()).toBe("a");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
