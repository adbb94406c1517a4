import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBatchPort } from "../../src/azure/batch.js";
import type { BatchPort, TaskState } from "../../src/azure/ports.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { ServiceError } from "../../src/errors/index.js";
import { until } from "../emulator/support/until.js";

const pool = {
  id: "pool",
  vmSize: "standard_d2s_v5",
  targetDedicatedNodes: 1,
  taskSlotsPerNode: 4,
  virtualMachineConfiguration: {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  },
} as const;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe("a Batch account", () => {
  let emulator: Emulator;
  let batch: BatchPort;

  beforeAll(async () => {
    emulator = await startEmulator();
    batch = await createBatchPort({
      url: emulator.batchUrl,
      name: emulator.accountName,
      key: emulator.accountKey,
    });
    await batch.createPool(pool);
  });

  afterAll(async () => {
    batch?.close();
    await emulator?.close();
  });

  const ended = async (jobId: string, count: number) =>
    until(async () => {
      const tasks = await all(batch.listTasks(jobId, { filter: "state eq 'completed'" }));
      return tasks.length === count && tasks;
    });

  it("makes, shows and deletes pools", async () => {
    await batch.createPool({ ...pool, id: "short-lived", targetDedicatedNodes: 0 });
    expect(await batch.getPool("short-lived")).toMatchObject({
      id: "short-lived",
      state: "active",
      vmSize: "standard_d2s_v5",
      taskSlotsPerNode: 4,
      targetDedicatedNodes: 0,
      enableAutoScale: false,
    });
    await expect(batch.createPool({ ...pool, id: "short-lived" })).rejects.toMatchObject({
      code: "PoolExists",
      statusCode: 409,
    });
    await batch.deletePool("short-lived");
    await batch.deletePool("short-lived");
    await until(async () => (await batch.getPool("short-lived")) === undefined);
    await batch.deletePool("short-lived");
  });

  it("lists nodes, with what became of their start task", async () => {
    const [node] = await until(async () => {
      const nodes = await all(batch.listNodes("pool"));
      return nodes.length === 1 && nodes[0]?.state === "idle" && nodes;
    });
    expect(Object.keys(node as object).sort()).toEqual(["id", "state"]);
  });

  it("makes, shows, ends and deletes jobs, whatever state they are in", async () => {
    await batch.createJob({ id: "life", poolInfo: { poolId: "pool" } });
    expect(await batch.getJob("life")).toMatchObject({ state: "active", executionInfo: { poolId: "pool" } });
    await expect(batch.createJob({ id: "life", poolInfo: { poolId: "pool" } })).rejects.toMatchObject({
      code: "JobExists",
    });
    await batch.terminateJob("life", "enough");
    await batch.terminateJob("life", "again");
    const job = await until(async () => {
      const found = await batch.getJob("life");
      return found?.state === "completed" && found;
    });
    expect(job.executionInfo?.terminateReason).toBe("enough");
    await batch.deleteJob("life");
    await until(async () => (await batch.getJob("life")) === undefined);
    await batch.deleteJob("life");
    await batch.terminateJob("life", "gone");
  });

  it("ends a job with its tasks", async () => {
    await batch.createJob({ id: "last", poolInfo: { poolId: "pool" } });
    await batch.addTasks("last", [{ id: "t", commandLine: "true" }]);
    await batch.endJobWhenTasksComplete("last");
    await until(async () => (await batch.getJob("last"))?.state === "completed");
  });

  it("adds any number of tasks, and lists them by pages", async () => {
    await batch.createJob({ id: "many", poolInfo: { poolId: "pool" } });
    const tasks = Array.from({ length: 2345 }, (_, n) => ({ id: `t${n}`, commandLine: "true" }));
    const results = await batch.addTasks("many", tasks);
    expect(results.map(({ taskId }) => taskId).sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["added"]));

    const listed = await all(batch.listTasks("many", { select: ["id"] }));
    expect(listed.map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(listed[0]).toEqual({ id: expect.any(String) });

    const again = await batch.addTasks("many", tasks.slice(0, 150));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set(["exists"]));
    await batch.deleteJob("many");
  });

  it("gives times that order as text, and are exact in a filter", async () => {
    await batch.createJob({ id: "times", poolInfo: { poolId: "pool" } });
    await batch.addTasks("times", [
      { id: "fine", commandLine: "true" },
      { id: "fails", commandLine: "false" },
    ]);
    const tasks = await ended("times", 2);
    const last = tasks.map(({ stateTransitionTime }) => stateTransitionTime).sort()[1] as string;
    expect(last).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

    const select = ["id", "state", "stateTransitionTime", "executionInfo"];
    const exactly = await all(
      batch.listTasks("times", { filter: `stateTransitionTime eq DateTime'${last}'`, select }),
    );
    expect(exactly).toContainEqual(expect.objectContaining({ stateTransitionTime: last }));
    const after = await all(
      batch.listTasks("times", { filter: `stateTransitionTime gt DateTime'${last}'`, select }),
    );
    expect(after).toEqual([]);
    const failed: TaskState | undefined = tasks.find(({ id }) => id === "fails");
    expect(failed?.executionInfo).toMatchObject({
      exitCode: 1,
      result: "failure",
      failureInfo: { category: "UserError", code: "FailureExitCode" },
    });
  });

  it("reads a task's files, or their ends, and has nothing where none are", async () => {
    await batch.createJob({ id: "files", poolInfo: { poolId: "pool" } });
    const write =
      "printf '0123456789é€😀ende' > out.txt; mkdir d; printf x > 'd/a b+c%20#?.txt'; : > empty.txt";
    await batch.addTasks("files", [{ id: "t", commandLine: `/bin/sh -c "${write}"` }]);
    const [task] = await ended("files", 1);
    const read = (path: string, lastBytes?: number) =>
      batch.getTaskFile("files", "t", path, lastBytes === undefined ? {} : { lastBytes });

    expect(task?.executionInfo?.exitCode).toBe(0);
    expect(await read("wd/out.txt")).toBe("0123456789é€😀ende");
    expect(await read("wd/out.txt", 1000)).toBe("0123456789é€😀ende");
    expect(await read("wd/out.txt", 8)).toBe("😀ende");
    expect(await read("wd/out.txt", 7)).toBe("ende");
    expect(await read("wd/out.txt", 5)).toBe("ende");
    expect(await read("wd/out.txt", 4)).toBe("ende");
    expect(await read("wd/out.txt", 0)).toBe("");
    expect(await read("wd/empty.txt", 10)).toBe("");
    expect(await read("wd/d/a b+c%20#?.txt", 10)).toBe("x");
    expect(await read("wd/missing.txt")).toBeUndefined();
    expect(await read("wd/missing.txt", 10)).toBeUndefined();
    expect(await batch.getTaskFile("files", "other", "stdout.txt", { lastBytes: 5 })).toBeUndefined();
    expect(await batch.getTaskFile("no-job", "t", "stdout.txt")).toBeUndefined();

    const nodeId = task?.nodeInfo?.nodeId as string;
    const onNode = "workitems/files/job-1/t/wd/out.txt";
    expect(await batch.getNodeFile("pool", nodeId, onNode, { lastBytes: 4 })).toBe("ende");
    expect(await batch.getNodeFile("pool", nodeId, "startup/stdout.txt")).toBeUndefined();
  });

  it("lists how a job's preparation went, and nothing without one", async () => {
    const jobPreparationTask = { commandLine: "/bin/sh -c 'echo no >&2; exit 7'", waitForSuccess: true };
    await batch.createJob({ id: "prepared", poolInfo: { poolId: "pool" }, jobPreparationTask });
    await batch.addTasks("prepared", [{ id: "t", commandLine: "true" }]);
    const [preparation] = await until(async () => {
      const found = await all(batch.listPreparations("prepared"));
      return found[0]?.jobPreparationTaskExecutionInfo?.state === "completed" && found;
    });
    expect(preparation?.jobPreparationTaskExecutionInfo).toMatchObject({ exitCode: 7, result: "failure" });
    await batch.deleteJob("prepared");

    await batch.createJob({ id: "unprepared", poolInfo: { poolId: "pool" } });
    expect(await all(batch.listPreparations("unprepared"))).toEqual([]);
  });

  it("terminates tasks, whatever state they are in", async () => {
    await batch.createJob({ id: "endless", poolInfo: { poolId: "pool" } });
    await batch.addTasks("endless", [{ id: "t", commandLine: "sleep 1000" }]);
    await batch.terminateTask("endless", "t");
    const [task] = await ended("endless", 1);
    expect(task?.executionInfo?.result).toBe("failure");
    await batch.terminateTask("endless", "t");
    await batch.terminateTask("endless", "none");
  });

  it("says what the service refused and why", async () => {
    const refusal = await batch.addTasks("no-job", [{ id: "t", commandLine: "true" }]).catch((e) => e);
    expect(refusal).toBeInstanceOf(ServiceError);
    expect(refusal).toMatchObject({
      service: "batch",
      code: "JobNotFound",
      statusCode: 404,
      operation: "add 1 tasks to job no-job",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(refusal.message).toMatch(
      /^Azure Batch refused to add 1 tasks to job no-job: .*JobNotFound, HTTP 404/,
    );
    expect(refusal.message).not.toMatch(/RequestId|Time:/);
  });

  it("is refused with another key, and says where to look", async () => {
    const stranger = await createBatchPort({
      url: emulator.batchUrl,
      name: emulator.accountName,
      key: Buffer.from("another key").toString("base64"),
    });
    await expect(stranger.getJob("life")).rejects.toMatchObject({
      code: "AuthenticationFailed",
      message: expect.stringContaining("Check the account's name and key"),
    });
    stranger.close();
  });
});
