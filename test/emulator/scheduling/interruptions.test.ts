import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type SignedClient, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

// What is begun and cannot go on: nodes that restart or go, tasks that are sent back, jobs that end.

let bench: Workbench;
let client: SignedClient;
let files: Server;
let fileUrl: string;
let held: ServerResponse | undefined;
let holds = 0;

beforeAll(async () => {
  files = createServer((_request, response) => {
    if (holds > 0) {
      holds -= 1;
      held = response;
    } else response.end("content");
  });
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  fileUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}/file`;
  bench = await startWorkbench({ speed: 10 }, { taskSlotsPerNode: 2 });
  client = bench.client;
});
afterAll(async () => {
  await bench.close();
  held?.destroy();
  files.close();
});

const get = async (path: string): Promise<TestJson> => (await client.get(path)).json;
const add = (jobId: string, task: object): Promise<unknown> => client.post(`/jobs/${jobId}/tasks`, task);
const jobIs = (id: string, state: string): Promise<unknown> =>
  until(async () => (await get(`/jobs/${id}`)).state === state);
const shell = (script: string): string => `/bin/sh -c '${script}'`;

/** A pool with one node of its own, and a job on it. */
async function addPool(id: string, pool: object = {}, job: object = {}): Promise<string> {
  await client.post("/pools", poolSpec(id, { targetDedicatedNodes: 1, taskSlotsPerNode: 2, ...pool }));
  await client.post("/jobs", { id, poolInfo: { poolId: id }, ...job });
  return until(async () => {
    const nodes = (await get(`/pools/${id}/nodes`)).value as TestJson[];
    return nodes[0]?.state === "idle" && `/pools/${id}/nodes/${String(nodes[0].id)}`;
  });
}

describe("a task", () => {
  const withFile = (id: string, more: object = {}): object => ({
    id,
    commandLine: "cat file",
    resourceFiles: [{ httpUrl: fileUrl, filePath: "file" }],
    ...more,
  });

  test("whose download was interrupted has its files on its next run", async () => {
    await bench.addJob("download");
    holds = 1;
    await add("download", withFile("task"));
    await until(async () => held !== undefined);
    await client.post("/jobs/download/disable", { disableTasks: "requeue" });
    await jobIs("download", "disabled");
    await client.post("/jobs/download/enable");
    await bench.inState("download", "task", "completed");
    expect(await bench.file("download", "task")).toBe("content");
  });

  test("whose machine was taken away has its files on the next one", async () => {
    const node = await addPool("spot", { targetDedicatedNodes: 0, targetLowPriorityNodes: 1 });
    const commandLine = shell("cat file; test -e $AZ_BATCH_NODE_SHARED_DIR/go || sleep 60");
    await add("spot", withFile("task", { commandLine }));
    await until(async () => (await bench.file("spot", "task")) === "content");
    await client.post(`${node}/preempt`);
    await bench.inState("spot", "task", "active");
    await bench.inState("spot", "task", "running");
    await until(async () => (await bench.file("spot", "task")) === "content");
  });

  test("that was ended and reactivated while it waited runs once", async () => {
    await client.post("/pools", poolSpec("empty", { taskSlotsPerNode: 4 }));
    await client.post("/jobs", { id: "empty", poolInfo: { poolId: "empty" } });
    const commandLine = shell("echo run >> $AZ_BATCH_NODE_SHARED_DIR/log; cat $AZ_BATCH_NODE_SHARED_DIR/log");
    await add("empty", { id: "task", commandLine });
    for (let round = 0; round < 3; round++) {
      await client.post("/jobs/empty/tasks/task/terminate");
      expect((await client.post("/jobs/empty/tasks/task/reactivate")).status).toBe(204);
    }
    await until(async () => (await get("/pools/empty")).allocationState === "steady");
    await client.post("/pools/empty/resize", { targetDedicatedNodes: 1 });
    await bench.inState("empty", "task", "completed");
    expect(await bench.file("empty", "task")).toBe("run\n");
    const [node] = (await get("/pools/empty/nodes")).value as TestJson[];
    expect(node).toMatchObject({ totalTasksRun: 1, runningTasksCount: 0 });
  });

  test("that runs again at once is not hit by the end of its former run", async () => {
    await bench.addJob("again");
    const commandLine = shell("test -e again && exec sleep 0.5; touch again; setsid sleep 60 & sleep 60");
    for (const how of ["reactivated", "replaced"]) {
      await add("again", { id: how, commandLine });
      await until(async () => (await client.get(`/jobs/again/tasks/${how}/files/wd%2Fagain`)).status === 200);
      if (how === "reactivated") {
        await client.post("/jobs/again/tasks/reactivated/terminate");
        await client.post("/jobs/again/tasks/reactivated/reactivate");
      } else {
        await client.delete("/jobs/again/tasks/replaced");
        await add("again", { id: "replaced", commandLine: "sleep 0.5" });
      }
      const done = await bench.inState("again", how, "completed");
      expect(done.executionInfo).toMatchObject({ exitCode: 0, result: "success" });
    }
  });
});

describe("the tasks of a node", () => {
  const ended = { state: "completed", executionInfo: { failureInfo: { code: "TaskEnded" } } };
  const requeued = { state: "active", executionInfo: { requeueCount: 1 } };
  const done = { state: "completed", executionInfo: { exitCode: 0, requeueCount: 0 } };
  const options: [string, object][] = [
    ["requeue", requeued],
    ["terminate", ended],
    ["taskcompletion", done],
    ["retaineddata", done],
  ];
  const taskOn = async (id: string): Promise<string> => {
    const node = await addPool(id);
    const constraints = { retentionTime: "PT0.1S" };
    await add(id, { id: "task", commandLine: "sleep 0.3", constraints });
    await bench.inState(id, "task", "running");
    return node;
  };

  test.each(options)("that leaves its pool go as %s says", async (option, expected) => {
    const id = `resized-${option}`;
    await taskOn(id);
    const resize = { targetDedicatedNodes: 0, nodeDeallocationOption: option };
    expect((await client.post(`/pools/${id}/resize`, resize)).status).toBe(202);
    await until(async () => (await get(`/pools/${id}`)).allocationState === "steady");
    expect(await get(`/jobs/${id}/tasks/task`)).toMatchObject(expected);
    expect((await get(`/pools/${id}/nodes`)).value).toEqual([]);
  });

  test.each(options)("that is removed go as %s says", async (option, expected) => {
    const id = `removed-${option}`;
    const nodeList = [(await taskOn(id)).split("/").at(-1)];
    const removal = { nodeList, nodeDeallocationOption: option };
    expect((await client.post(`/pools/${id}/removenodes`, removal)).status).toBe(202);
    await until(async () => (await get(`/pools/${id}`)).allocationState === "steady");
    expect(await get(`/jobs/${id}/tasks/task`)).toMatchObject(expected);
  });

  test.each(options)("that reboots go as %s says", async (option, expected) => {
    const id = `rebooted-${option}`;
    const node = await taskOn(id);
    // The task is not to start again before it is looked at.
    await client.send("PATCH", `/pools/${id}`, { body: { startTask: { commandLine: "sleep 60" } } });
    expect((await client.post(`${node}/reboot`, { nodeRebootOption: option })).status).toBe(202);
    await until(async () => (await get(node)).state === "waitingforstarttask");
    expect(await get(`/jobs/${id}/tasks/task`)).toMatchObject(expected);
  });

  test.each(options.slice(0, 3))("that is disabled go as %s says", async (option, expected) => {
    const id = `disabled-${option}`;
    const node = await taskOn(id);
    const disable = { nodeDisableSchedulingOption: option };
    expect((await client.post(`${node}/disablescheduling`, disable)).status).toBe(200);
    await until(async () => (await get(node)).state === "offline");
    expect(await get(`/jobs/${id}/tasks/task`)).toMatchObject(expected);
  });
});

describe("a job preparation", () => {
  test("that a restart interrupts runs again", async () => {
    const commandLine = shell("test -e again && exit 0; touch again; sleep 60");
    const node = await addPool("prep", {}, { jobPreparationTask: { commandLine } });
    await add("prep", { id: "task", commandLine: "true" });
    await until(
      async () =>
        (await client.get(`${node}/files/${escape("workitems/prep/job-1/jobpreparation/wd/again")}`))
          .status === 200,
    );
    expect((await client.post(`${node}/reboot`)).status).toBe(202);
    await bench.inState("prep", "task", "completed");
  });

  test.each([true, false])("ends with its job, whether tasks wait for it: %s", async (waitForSuccess) => {
    const id = `ending-${waitForSuccess}`;
    await bench.addJob(id, {
      jobPreparationTask: { commandLine: "sleep 60", waitForSuccess },
      jobReleaseTask: { commandLine: "true" },
    });
    await add(id, { id: "task", commandLine: "true" });
    await bench.inState(id, "task", waitForSuccess ? "preparing" : "completed");
    await client.post(`/jobs/${id}/terminate`);
    await jobIs(id, "completed");
    const [here] = (await get(`/jobs/${id}/jobpreparationandreleasetaskstatus`)).value as TestJson[];
    expect(here).toMatchObject({
      jobPreparationTaskExecutionInfo: { state: "completed", failureInfo: { code: "TaskEnded" } },
    });
    // It did not complete by itself, so there is nothing to release.
    expect(here!.jobReleaseTaskExecutionInfo).toBeUndefined();
  });

  test("knows its own folders by no other name", async () => {
    await bench.addJob("folders", { jobPreparationTask: { commandLine: shell("env; exit 0") } });
    await bench.run("folders", { id: "task", commandLine: shell("cat $AZ_BATCH_JOB_PREP_DIR/stdout.txt") });
    const output = await bench.file("folders", "task");
    expect(output).toMatch(/^AZ_BATCH_TASK_DIR=\S+\/jobpreparation$/m);
    expect(output).not.toContain("AZ_BATCH_JOB_PREP_DIR");
  });
});

describe("a job release", () => {
  const job = (release: string): object => ({
    jobPreparationTask: { commandLine: "true" },
    jobReleaseTask: { commandLine: release },
  });

  test("that a restart interrupts runs again", async () => {
    const release = shell("test -e again && exit 7; touch again; sleep 60");
    const node = await addPool("release", {}, job(release));
    await bench.run("release", { id: "task", commandLine: "true" });
    await client.post("/jobs/release/terminate");
    await until(
      async () =>
        (await client.get(`${node}/files/${escape("workitems/release/job-1/jobrelease/wd/again")}`))
          .status === 200,
    );
    await client.post(`${node}/reboot`);
    await jobIs("release", "completed");
    const status = (await get("/jobs/release/jobpreparationandreleasetaskstatus")).value;
    expect(at(status, 0, "jobReleaseTaskExecutionInfo", "exitCode")).toBe(7);
  });

  test("has nothing to do on a node that was reimaged since", async () => {
    const { virtualMachineConfiguration: _, ...spec } = poolSpec("cloud") as TestJson;
    const cloud = { ...spec, cloudServiceConfiguration: { osFamily: "6" }, targetDedicatedNodes: 1 };
    await client.post("/pools", cloud);
    await client.post("/jobs", { id: "cloud", poolInfo: { poolId: "cloud" }, ...job("true") });
    await bench.run("cloud", { id: "task", commandLine: "true" });
    const [{ id }] = (await get("/pools/cloud/nodes")).value as [TestJson];
    await client.post(`/pools/cloud/nodes/${String(id)}/reimage`);
    await until(async () => (await get(`/pools/cloud/nodes/${String(id)}`)).state === "idle");
    await client.post("/jobs/cloud/terminate");
    await jobIs("cloud", "completed");
    const [here] = (await get("/jobs/cloud/jobpreparationandreleasetaskstatus")).value as [TestJson];
    expect(here.jobReleaseTaskExecutionInfo).toBeUndefined();
  });
});

test("a job that is disabled again waits for the tasks it has begun meanwhile", async () => {
  await bench.addJob("flicker");
  await add("flicker", { id: "first", commandLine: "sleep 0.5" });
  await bench.inState("flicker", "first", "running");
  await client.post("/jobs/flicker/disable", { disableTasks: "wait" });
  await client.post("/jobs/flicker/enable");
  await jobIs("flicker", "active");
  await add("flicker", { id: "second", commandLine: "sleep 60" });
  await bench.inState("flicker", "second", "running");
  await client.post("/jobs/flicker/disable", { disableTasks: "wait" });
  await bench.inState("flicker", "first", "completed");
  // What the first request began is over by the time that another task has come and gone.
  await bench.addJob("meanwhile");
  await bench.run("meanwhile", { id: "task", commandLine: "true" });
  expect((await get("/jobs/flicker")).state).toBe("disabling");
  await client.post("/jobs/flicker/tasks/second/terminate");
  await jobIs("flicker", "disabled");
});

describe("a multi-instance task", () => {
  const cluster = { targetDedicatedNodes: 2, taskSlotsPerNode: 1, enableInterNodeCommunication: true };
  const instances = (script: string, numberOfInstances = 2): object => ({
    multiInstanceSettings: { numberOfInstances, coordinationCommandLine: shell(script) },
  });

  beforeAll(() => addPool("cluster", cluster));

  test("whose coordination failed is tried again as often as it may", async () => {
    // On neither node, as the second try may find itself on another one.
    const folder = mkdtempSync(join(tmpdir(), "coordination-"));
    const once = `test -e ${folder}/again || { touch ${folder}/again; exit 3; }`;
    const constraints = { maxTaskRetryCount: 1 };
    await add("cluster", { id: "retried", commandLine: "true", constraints, ...instances(once) });
    const done = await bench.inState("cluster", "retried", "completed");
    expect(done.executionInfo).toMatchObject({ exitCode: 0, retryCount: 1, result: "success" });
    rmSync(folder, { recursive: true });
  });

  test("fails with its first instance that does, and ends the others", async () => {
    const hang = "test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true && exec sleep 60; exit 3";
    await add("cluster", { id: "hung", commandLine: "true", ...instances(hang) });
    const done = await bench.inState("cluster", "hung", "completed");
    expect(done.executionInfo).toMatchObject({ exitCode: 3, result: "failure" });
    expect((await get("/jobs/cluster/tasks/hung/subtasksinfo")).value).toMatchObject([
      { id: 1, exitCode: 3, result: "failure" },
    ]);
  });

  test("of a single instance leaves nothing behind either", async () => {
    const commandLine = shell("cat /proc/$(cat pid)/stat");
    const coordination = "sleep 60 & echo $! > pid";
    await add("cluster", { id: "single", commandLine, ...instances(coordination, 1) });
    const done = await bench.inState("cluster", "single", "completed");
    expect(done.executionInfo).toMatchObject({ exitCode: 0 });
    const pid = Number((await bench.file("cluster", "single")).split(" ")[0]);
    await until(async () => !isRunning(pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a waiting task interrupts no other whose place it cannot take", async () => {
  const node = await addPool("shared", {}, { allowTaskPreemption: true });
  await add("shared", { id: "task", commandLine: "sleep 60" });
  const { stateTransitionTime } = await bench.inState("shared", "task", "running");
  const important = { poolInfo: { poolId: "shared" }, priority: 9 };
  await client.post("/jobs", { id: "important", ...important });
  const multiInstanceSettings = { numberOfInstances: 2, coordinationCommandLine: "true" };
  await add("important", { id: "waits", commandLine: "true", multiInstanceSettings });
  await bench.run("important", { id: "runs", commandLine: "true" });
  expect((await get("/jobs/important/tasks/waits")).state).toBe("active");
  expect(await get("/jobs/shared/tasks/task")).toMatchObject({ state: "running", stateTransitionTime });
  expect((await get(node)).totalTasksRun).toBe(2);
});
