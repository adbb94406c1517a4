import batch from "@azure/batch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { until } from "./support/until.js";

let emulator: Emulator;
let client: InstanceType<typeof batch.BatchServiceClient>;

beforeAll(async () => {
  emulator = await startEmulator();
  const credentials = new batch.BatchSharedKeyCredentials(emulator.accountName, emulator.accountKey);
  client = new batch.BatchServiceClient(credentials, emulator.batchUrl);
});
afterAll(() => emulator.close());

test("the stock client runs 250 tasks, pages through them, reads their output and deletes everything", async () => {
  await client.pool.add({
    id: "pool",
    vmSize: "STANDARD_D2_V3",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
    targetDedicatedNodes: 2,
  });
  expect((await client.pool.get("pool")).vmSize).toBe("standard_d2_v3");
  await client.job.add({ id: "job", poolInfo: { poolId: "pool" } });

  const tasks = Array.from({ length: 250 }, (_, index) => ({
    id: `task-${String(index).padStart(3, "0")}`,
    commandLine: `/bin/sh -c 'echo "number ${index}"'`,
  }));
  for (let start = 0; start < tasks.length; start += 100) {
    const added = await client.task.addCollection("job", tasks.slice(start, start + 100));
    expect(added.value?.map((result) => result.status)).not.toContain("clienterror");
  }

  await until(async () => (await client.job.getTaskCounts("job")).taskCounts.completed === 250);
  const counts = await client.job.getTaskCounts("job");
  expect(counts.taskCounts).toMatchObject({
    active: 0,
    running: 0,
    completed: 250,
    succeeded: 250,
    failed: 0,
  });

  const options = { filter: "state eq 'completed'", select: "id,state,executionInfo", maxResults: 60 };
  let page = await client.task.list("job", { taskListOptions: options });
  const sizes = [page.length];
  const ids = page.map((task) => task.id);
  while (page.odatanextLink !== undefined) {
    page = await client.task.listNext(page.odatanextLink);
    sizes.push(page.length);
    ids.push(...page.map((task) => task.id));
  }
  expect(sizes).toEqual([60, 60, 60, 60, 10]);
  expect(ids).toEqual(tasks.map((task) => task.id));

  const task = await client.task.get("job", "task-017");
  expect(task).toMatchObject({ state: "completed", previousState: "running" });
  expect(task.executionInfo).toMatchObject({
    exitCode: 0,
    result: "success",
    retryCount: 0,
    requeueCount: 0,
  });
  const file = await client.file.getFromTask("job", "task-017", "stdout.txt");
  expect(await textOf(file.readableStreamBody)).toBe("number 17\n");

  const nodes = await client.computeNode.list("pool");
  expect(nodes.map((node) => node.state)).toEqual(["idle", "idle"]);
  expect(nodes.reduce((sum, node) => sum + (node.totalTasksSucceeded ?? 0), 0)).toBe(250);

  await client.job.deleteMethod("job");
  await client.pool.deleteMethod("pool");
  await until(async () => (await client.job.list()).length === 0 && (await client.pool.list()).length === 0);
});

async function textOf(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
