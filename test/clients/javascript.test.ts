import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import type * as Batch8 from "batch-client-8";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { until } from "../emulator/support/until.js";

// They are CommonJS, and do not all have types; the surface is the same but for a few names.
const require = createRequire(import.meta.url);

type Client = InstanceType<typeof Batch8.BatchServiceClient>;

type Callback = (error: Error | undefined, stream: NodeJS.ReadableStream) => void;

interface AzureBatch {
  ServiceClient: new (
    credentials: object,
    url: string,
  ) => Omit<Client, "computeNode" | "file"> & {
    computeNodeOperations: Client["computeNode"];
    file: { getFromTask(jobId: string, taskId: string, filePath: string, callback: Callback): void };
  };
  SharedKeyCredentials: new (name: string, key: string) => object;
}

function ofAzureBatch({ ServiceClient, SharedKeyCredentials }: AzureBatch, emulator: Emulator): Client {
  const credentials = new SharedKeyCredentials(emulator.accountName, emulator.accountKey);
  const {
    computeNodeOperations: computeNode,
    file,
    ...others
  } = new ServiceClient(credentials, emulator.batchUrl);
  // Its streams flow at once: with a promise, what is short has gone before anybody listens.
  const getFromTask = (...path: [string, string, string]): Promise<object> =>
    new Promise((resolve, reject) => {
      file.getFromTask(...path, (error, stream) => {
        if (error) reject(error);
        else resolve({ readableStreamBody: stream.pipe(new PassThrough()) });
      });
    });
  const files = Object.assign(Object.create(file) as object, { getFromTask });
  return { ...others, computeNode, file: files } as unknown as Client;
}

function ofAzureSlashBatch(module: typeof Batch8, emulator: Emulator): Client {
  const credentials = new module.BatchSharedKeyCredentials(emulator.accountName, emulator.accountKey);
  return new module.BatchServiceClient(credentials, emulator.batchUrl);
}

const clients: [name: string, apiVersion: string, make: (emulator: Emulator) => Client][] = [
  [
    "@azure/batch 7",
    "2018-12-01.8.0",
    (emulator) => ofAzureSlashBatch(require("batch-client-7") as typeof Batch8, emulator),
  ],
  [
    "@azure/batch 8",
    "2020-09-01.12.0",
    (emulator) => ofAzureSlashBatch(require("batch-client-8") as typeof Batch8, emulator),
  ],
  [
    "azure-batch 9",
    "2020-03-01.11.0",
    (emulator) => ofAzureBatch(require("azure-batch") as AzureBatch, emulator),
  ],
];

describe.each(clients)("%s (api-version %s)", (_name, apiVersion, make) => {
  let emulator: Emulator;
  let client: Client;

  beforeAll(async () => {
    emulator = await startEmulator();
    client = make(emulator);
  });
  afterAll(() => emulator.close());

  const ubuntu = {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  };
  /** The images, or the node agents that were listed before 2019-06-01.9.0. */
  const images = async (): Promise<unknown[]> => {
    const account = client.account as Client["account"] & { listNodeAgentSkus?(): Promise<unknown[]> };
    return account.listNodeAgentSkus?.() ?? account.listSupportedImages();
  };
  const older = Number(apiVersion.split(".")[1]) < 12;

  test("makes a pool, changes it and works on its nodes", async () => {
    await client.pool.add({
      id: "pool",
      vmSize: "Standard_D2_v3",
      virtualMachineConfiguration: ubuntu,
      targetDedicatedNodes: 1,
      startTask: { commandLine: "/bin/sh -c 'echo hello > hello.txt'", waitForSuccess: true },
      ...(older ? { maxTasksPerNode: 2 } : { taskSlotsPerNode: 2 }),
    });
    const again = { id: "pool", vmSize: "a1", virtualMachineConfiguration: ubuntu };
    await expect(client.pool.add(again)).rejects.toMatchObject({ code: "PoolExists" });
    expect(await client.pool.get("pool")).toMatchObject(
      older ? { maxTasksPerNode: 2 } : { taskSlotsPerNode: 2 },
    );
    const node = await until(async () => {
      const [found] = await client.computeNode.list("pool");
      return found?.state === "idle" && found;
    });
    const listed = await client.file.listFromComputeNode("pool", node.id!, { recursive: true });
    expect(listed.map((file) => file.name)).toContain("startup/wd/hello.txt");
    await client.computeNode.addUser("pool", node.id!, { name: "me", password: "a-Secret-1" });
    await client.computeNode.reboot("pool", node.id!);

    await client.pool.patch("pool", { metadata: [{ name: "a", value: "b" }] });
    await client.pool.enableAutoScale("pool", { autoScaleFormula: "$TargetDedicatedNodes=1" });
    const run = await client.pool.evaluateAutoScale("pool", "$TargetDedicatedNodes=min(3,2)");
    expect(run.results).toMatch(/^\$TargetDedicatedNodes=2;/);
    await client.pool.disableAutoScale("pool");
    const wanted = { filter: "startswith(id,'po')", select: "id,metadata" };
    const [found] = await client.pool.list({ poolListOptions: wanted });
    expect(found).toMatchObject({ id: "pool", metadata: [{ name: "a", value: "b" }] });
    expect(found).not.toHaveProperty("vmSize");
  });

  test("runs tasks, pages through them and reads their files", async () => {
    await client.job.add({ id: "job", poolInfo: { poolId: "pool" } });
    const tasks = Array.from({ length: 40 }, (_, n) => ({ id: `task-${n}`, commandLine: `echo ${n}` }));
    const { value } = await client.task.addCollection("job", tasks);
    expect(value?.map(({ status }) => String(status).toLowerCase())).toEqual(tasks.map(() => "success"));
    await expect(client.task.add("job", tasks[0]!)).rejects.toMatchObject({ code: "TaskExists" });

    const completed = { filter: "state eq 'completed'", select: "id", maxResults: 15 };
    const ids = await until(async () => {
      const found: string[] = [];
      let page = await client.task.list("job", { taskListOptions: completed });
      for (;;) {
        found.push(...page.map((task) => task.id!));
        if (page.odatanextLink === undefined) break;
        page = await client.task.listNext(page.odatanextLink);
      }
      return found.length === tasks.length && found;
    });
    expect(new Set(ids)).toEqual(new Set(tasks.map((task) => task.id)));
    expect(await client.job.getTaskCounts("job")).toMatchObject(
      older ? { completed: 40, failed: 0 } : { taskCounts: { completed: 40, failed: 0 } },
    );
    const files = await client.file.listFromTask("job", "task-7");
    expect(files.map(({ name }) => name)).toEqual(["stderr.txt", "stdout.txt", "wd"]);
    const file = await client.file.getFromTask("job", "task-7", "stdout.txt");
    expect(await textOf(file.readableStreamBody)).toBe("7\n");
  });

  test("plans jobs, and lets all go", async () => {
    const jobSpecification = { poolInfo: { poolId: "pool" } };
    const schedule = { doNotRunUntil: new Date("2100-01-01T00:00:00Z") };
    await client.jobSchedule.add({ id: "schedule", schedule, jobSpecification });
    expect((await client.jobSchedule.get("schedule")).executionInfo?.nextRunTime).toEqual(
      schedule.doNotRunUntil,
    );
    await client.jobSchedule.deleteMethod("schedule");

    expect((await images()).length).toBeGreaterThan(5);

    await client.job.deleteMethod("job");
    await client.pool.deleteMethod("pool");
    await until(async () => (await client.pool.list()).length + (await client.job.list()).length === 0);
  });
});

async function textOf(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}
