import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import {
  type BatchParallel,
  connect,
  type ItemError,
  PoolError,
  pool,
  type Run,
  ServiceError,
  ubuntu,
} from "../../src/index.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";
import { SignedClient } from "../emulator/support/signed-client.js";
import { until } from "../emulator/support/until.js";
import { poolSpec } from "../emulator/support/workbench.js";

let emulator: Emulator;
let azurite: TestStorage;
let batch: BatchParallel;
let other: SignedClient;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "interference-"));
  azurite = await startAzurite();
  await startAccount();
});

afterAll(async () => {
  await Promise.all([emulator?.close(), azurite?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function startAccount(options: Parameters<typeof startEmulator>[0] = {}): Promise<void> {
  emulator = await startEmulator({ path: process.env.PATH ?? "", ...options });
  other = new SignedClient(emulator);
  batch = connect(accounts());
}

function accounts() {
  const { batchUrl: url, accountName: name, accountKey: key } = emulator;
  return { account: { url, name, key }, storage: { connectionString: azurite.connectionString } };
}

async function makePool(id: string, more: object = { targetDedicatedNodes: 1 }): Promise<string> {
  const { status, text } = await other.post("/pools", poolSpec(id, more));
  expect(status, text).toBe(201);
  return id;
}

async function failureOf(run: PromiseLike<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Waits for tasks of a run to be in a state; gives their ids. */
function tasksOf<R>(run: Run<R>, state: string): Promise<string[]> {
  return until(async () => {
    const { json } = await other.get(`/jobs/${run.id}/tasks`, { $filter: `state eq '${state}'` });
    const ids = (json.value as { id: string }[] | undefined)?.map(({ id }) => id) ?? [];
    return ids.length > 0 && ids;
  });
}

const endless = async () => {
  await new Promise((resolve) => setTimeout(resolve, 120_000));
};

/** Does not end before a file is there. */
const untilFile = async (path: string) => {
  const { existsSync } = await import("node:fs");
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
  return process.env.AZ_BATCH_TASK_ID;
};

describe("a pool that somebody else changes while a run needs it", () => {
  it("is missed when it is deleted", async () => {
    const run = batch.runParallel([1], endless, { pool: await makePool("deleted") });
    const failed = failureOf(run);
    await tasksOf(run, "running");
    await other.delete("/pools/deleted");
    const error = await failed;
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({ code: "PoolNotFound", poolId: "deleted" });
  });

  it("is given some time when it has no nodes, and then named", async () => {
    const run = batch.runParallel([1], endless, { pool: await makePool("emptied") });
    const failed = failureOf(run);
    await tasksOf(run, "running");
    await until(async () => (await other.get("/pools/emptied")).json.allocationState === "steady");
    await other.post("/pools/emptied/resize", { targetDedicatedNodes: 0, targetLowPriorityNodes: 0 });
    expect(await failed).toMatchObject({ name: "PoolError", code: "NoNodes", poolId: "emptied" });
  });

  it("may lose its nodes for a while", async () => {
    const file = join(folder, "go");
    const run = batch.runParallel([file], untilFile, { pool: await makePool("resized") });
    const values = run.then((all) => all);
    await tasksOf(run, "running");
    const steady = () =>
      until(async () => (await other.get("/pools/resized")).json.allocationState === "steady");
    const resize = (nodes: number) =>
      other.post("/pools/resized/resize", { targetDedicatedNodes: nodes, targetLowPriorityNodes: 0 });
    await steady();
    await resize(0);
    await tasksOf(run, "active");
    await steady();
    await resize(1);
    await tasksOf(run, "running");
    writeFileSync(file, "");
    expect(await values).toEqual(["chunk-00000000"]);
  });

  it("may lose a node that a run has gone on with another on", async () => {
    const file = join(folder, "go-on");
    const run = batch.runParallel(["", file], async (path) => path, {
      pool: await makePool("replaced"),
      chunkSize: 1,
    });
    const next = run.map(async (path) => {
      const { existsSync } = await import("node:fs");
      while (path !== "" && !existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
      return path.length > 0;
    });
    const values = next.then((all) => all);
    await new Promise<void>((resolve) => {
      next.onProgress(({ fulfilled }) => fulfilled === 1 && resolve());
    });
    const steady = () =>
      until(async () => (await other.get("/pools/replaced")).json.allocationState === "steady");
    const resize = (nodes: number) =>
      other.post("/pools/replaced/resize", { targetDedicatedNodes: nodes, targetLowPriorityNodes: 0 });
    await steady();
    await resize(0);
    await tasksOf(run, "active");
    await steady();
    await resize(1);
    await tasksOf(run, "running");
    writeFileSync(file, "");
    expect(await values).toEqual([false, true]);
  });
});

describe("nodes that cannot run tasks for more than one reason", () => {
  it("make a run fail when none is left", async () => {
    const startTask = {
      commandLine: `/bin/sh -c 'mkdir ${join(folder, "taken")} || { echo taken >&2; exit 3; }'`,
      waitForSuccess: true,
    };
    await makePool("mixed", { targetDedicatedNodes: 2, startTask });
    const error = await failureOf(
      batch.runParallel([1], (n) => n, {
        pool: "mixed",
        env: { PATH: "/nowhere" },
        nodeArchive: { url: "http://127.0.0.1:9/node.tar.gz", sha256: "0".repeat(64) },
      }),
    );
    expect(error).toMatchObject({ name: "PoolError", code: "PreparationFailed" });
    expect((error as Error).message).toContain("other nodes cannot run tasks either");
  });
});

describe("pools that two runs make at once", () => {
  it("are made once, and used by both", async () => {
    const shared = pool("shared").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);
    const runs = [1, 2, 3].map((n) => batch.runParallel([n], (item) => item * 2, { pool: shared }));
    expect(await Promise.all(runs)).toEqual([[2], [4], [6]]);
  });
});

describe("tasks that somebody else deletes", () => {
  it("are added again", async () => {
    const file = join(folder, "deleted-once");
    const run = batch.runParallel([file], untilFile, { pool: await makePool("tasks") });
    const values = run.then((all) => all);
    const [id] = await tasksOf(run, "running");
    await other.delete(`/jobs/${run.id}/tasks/${id}`);
    await tasksOf(run, "running");
    writeFileSync(file, "");
    expect(await values).toEqual([id]);
  });

  it("are given up when that goes on", async () => {
    const run = batch.runParallel([1], endless, { pool: "tasks" });
    const failed = failureOf(run);
    let stop = false;
    void failed.then(() => {
      stop = true;
    });
    await until(async () => {
      await other.delete(`/jobs/${run.id}/tasks/chunk-00000000`);
      return stop;
    });
    const { errors } = (await failed) as { errors: ItemError[] };
    expect(errors[0]).toMatchObject({ code: "TaskFailed", index: 0 });
    expect(errors[0]?.message).toContain("deleted");
  });
});

describe("a job that somebody else changes", () => {
  it("ends the run as cancelled, also when items still come", async () => {
    async function* numbers() {
      for (let n = 0; ; n++) yield n;
    }
    const run = batch.runParallel(numbers(), (n) => n, { pool: "tasks", chunkSize: 1 });
    const failed = failureOf(run);
    await tasksOf(run, "completed");
    await other.post(`/jobs/${run.id}/terminate`, { terminateReason: "SomebodyElse" });
    expect(await failed).toMatchObject({ name: "RunFailedError", code: "Cancelled" });
  });

  it("is waited for while it is disabled, and that is said", async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on("warning", note);
    const file = join(folder, "enabled");
    const run = batch.runParallel([file], untilFile, { pool: "tasks" });
    const values = run.then((all) => all);
    await tasksOf(run, "running");
    await other.post(`/jobs/${run.id}/disable`, { disableTasks: "requeue" });
    await until(async () => warnings.some((text) => text.includes(run.id) && text.includes("disabled")));
    await other.post(`/jobs/${run.id}/enable`);
    writeFileSync(file, "");
    expect(await values).toEqual(["chunk-00000000"]);
    process.off("warning", note);
  });
});

describe("a container that somebody else deletes", () => {
  it("fails the run, of which nothing is left when that is told", async () => {
    const run = batch.runParallel([1], endless, { pool: "tasks" });
    const failed = failureOf(run);
    await tasksOf(run, "running");
    const { storage } = await createClient(accounts()).connection();
    await storage.container(run.id).delete();
    const error = await failed;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ service: "storage", code: "ContainerNotFound" });
    const job = await other.get(`/jobs/${run.id}`);
    expect(job.status === 404 || job.json.state === "deleting").toBe(true);
  });
});

describe("an account without quota", () => {
  afterEach(() => emulator.close());

  it("gives no nodes, and the run says why", async () => {
    await emulator.close();
    await startAccount({ quotas: { dedicatedCores: 0 } });
    const wanted = pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04"));
    for (const sized of [wanted.dedicatedNodes(1), wanted.autoscale({ max: 10 })]) {
      const error = await failureOf(batch.runParallel([1], (n) => n, { pool: sized }));
      expect(error).toMatchObject({ name: "PoolError", code: "AllocationFailed" });
      expect((error as Error).message).toContain("AccountCoreQuotaReached");
    }
  });
});
