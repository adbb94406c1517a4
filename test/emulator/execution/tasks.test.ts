import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processesWith } from "../../support/processes.js";
import { at } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;

beforeAll(async () => {
  process.env.EMULATOR_TEST_SECRET = "must not reach a task";
  bench = await startWorkbench({}, { taskSlotsPerNode: 4 });
  await bench.addJob("job", { commonEnvironmentSettings: [{ name: "FROM_JOB", value: "1" }] });
});
afterAll(async () => {
  delete process.env.EMULATOR_TEST_SECRET;
  await bench.close();
});

describe("a task", () => {
  test("gets a node's environment and nothing of the emulator's", async () => {
    await bench.run("job", {
      id: "environment",
      commandLine: "/usr/bin/env",
      environmentSettings: [{ name: "MINE", value: "a b" }],
    });
    const lines = (await bench.file("job", "environment")).trim().split("\n");
    const variables = Object.fromEntries(
      lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    expect(
      Object.keys(variables)
        .filter((name) => !name.startsWith("AZ_BATCH_"))
        .sort(),
    ).toEqual(["FROM_JOB", "HOME", "LANG", "MINE", "PATH", "TMPDIR", "USER"].sort());
    expect(variables).toMatchObject({
      MINE: "a b",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      AZ_BATCH_ACCOUNT_NAME: bench.emulator.accountName,
      AZ_BATCH_ACCOUNT_URL: bench.emulator.batchUrl,
      AZ_BATCH_JOB_ID: "job",
      AZ_BATCH_TASK_ID: "environment",
      AZ_BATCH_POOL_ID: "pool",
      AZ_BATCH_NODE_IS_DEDICATED: "true",
    });
    for (const name of ["HOME", "TMPDIR", "AZ_BATCH_NODE_SHARED_DIR", "AZ_BATCH_TASK_WORKING_DIR"]) {
      expect(existsSync(variables[name]!), name).toBe(true);
    }
  });

  test("runs without a shell, its words split as a POSIX shell splits them", async () => {
    const commandLine = `/usr/bin/printf "<%s>" $HOME 'single $HOME' "double \\" \\$" a\\ b --key="some value" ''`;
    await bench.run("job", { id: "words", commandLine });
    expect(await bench.file("job", "words")).toBe(
      '<$HOME><single $HOME><double " $><a b><--key=some value><>',
    );
  });

  test("starts in its working directory, and writes beside it", async () => {
    await bench.run("job", { id: "places", commandLine: "/bin/sh -c 'pwd; echo error >&2; echo x > file'" });
    expect(await bench.file("job", "places")).toMatch(/\/workitems\/job\/job-1\/places\/wd\n$/);
    expect(await bench.file("job", "places", "stderr.txt")).toBe("error\n");
    expect(await bench.file("job", "places", "wd/file")).toBe("x\n");
  });

  test("that exits with a code fails with that code", async () => {
    const task = await bench.run("job", { id: "exits", commandLine: "/bin/sh -c 'exit 3'" });
    expect(task.executionInfo).toMatchObject({
      exitCode: 3,
      result: "failure",
      failureInfo: { category: "UserError", code: "FailureExitCode" },
    });
  });

  test("whose program does not exist fails, and has its two empty logs", async () => {
    const task = await bench.run("job", { id: "missing", commandLine: "no-such-program-here" });
    expect(at(task, "executionInfo", "failureInfo")).toMatchObject({
      category: "UserError",
      code: "CommandProgramNotFound",
    });
    expect(task.executionInfo).not.toHaveProperty("exitCode");
    expect(await bench.file("job", "missing")).toBe("");
    expect(await bench.file("job", "missing", "stderr.txt")).toBe("");
  });

  test("whose quotes do not end cannot be launched", async () => {
    const task = await bench.run("job", { id: "quotes", commandLine: "/bin/sh -c 'echo" });
    expect(at(task, "executionInfo", "failureInfo", "code")).toBe("CommandLaunchFailed");
  });

  test.each([
    { id: "long-word", commandLine: `echo ${"x".repeat(140_000)}` },
    {
      id: "long-variable",
      commandLine: "true",
      environmentSettings: [{ name: "LONG", value: "x".repeat(140_000) }],
    },
  ])("with a $id cannot be launched", async (task) => {
    const { executionInfo } = await bench.run("job", task);
    expect(executionInfo).toMatchObject({ failureInfo: { code: "CommandLaunchFailed" } });
  });

  test("whose folder cannot be made fails, and the emulator goes on", async () => {
    const faults: unknown[] = [];
    const startTask = {
      commandLine: "/bin/sh -c 'cd $AZ_BATCH_NODE_ROOT_DIR && rmdir workitems && touch workitems'",
    };
    const broken = await startWorkbench({ onInternalError: (error) => faults.push(error) }, { startTask });
    await broken.addJob("job");
    const task = await broken.run("job", { id: "task", commandLine: "true" });
    expect(at(task, "executionInfo", "failureInfo")).toMatchObject({
      category: "ServerError",
      code: "ResourceDirectoryCreateFailed",
    });
    expect(faults).toEqual([]);
    await broken.close();
  });

  test("is tried again after a failure as often as it says, in the same directory", async () => {
    const commandLine = "/bin/sh -c 'echo x >> tries; test $(wc -l < tries) -eq 3'";
    const task = await bench.run("job", {
      id: "retries",
      commandLine,
      constraints: { maxTaskRetryCount: 5 },
    });
    expect(task.executionInfo).toMatchObject({ exitCode: 0, result: "success", retryCount: 2 });
    expect(await bench.file("job", "retries", "wd/tries")).toBe("x\nx\nx\n");
  });

  test("may take no longer than it may with its downloads either", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const task = await bench.run("job", {
      id: "downloading",
      commandLine: "true",
      resourceFiles: [{ httpUrl: `http://127.0.0.1:${port}/file`, filePath: "file" }],
      constraints: { maxWallClockTime: "PT0.3S" },
    });
    expect(task.executionInfo).toMatchObject({ result: "failure", failureInfo: { code: "TaskEnded" } });
    expect(task.executionInfo).not.toHaveProperty("exitCode");
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test("takes the slots it requires", async () => {
    await bench.client.post("/jobs/job/tasks", { id: "wide", commandLine: "sleep 60", requiredSlots: 3 });
    await bench.inState("job", "wide", "running");
    await bench.client.post("/jobs/job/tasks", { id: "two", commandLine: "sleep 60", requiredSlots: 2 });
    await bench.run("job", { id: "narrow", commandLine: "true" });
    expect((await bench.client.get("/jobs/job/tasks/two")).json.state).toBe("active");
    await bench.client.post("/jobs/job/tasks/wide/terminate");
    await bench.inState("job", "two", "running");
    await bench.client.post("/jobs/job/tasks/two/terminate");
  });
});

describe("the processes of a task are killed with all their children", () => {
  const descendants = (mark: string): string =>
    `/bin/sh -c 'sleep 98765 ${mark} 2>/dev/null & setsid sh -c "sleep 60; : ${mark}" & sh -c "sleep 60; : ${mark}"; wait'`;

  test("when it runs longer than it may", async () => {
    const mark = randomUUID();
    const constraints = { maxWallClockTime: "PT0.3S" };
    const task = await bench.run("job", { id: "slow", commandLine: descendants(mark), constraints });
    expect(task.executionInfo).toMatchObject({ result: "failure", failureInfo: { code: "TaskEnded" } });
    expect(processesWith(mark)).toEqual([]);
  });

  test("when a limit that it was given later is over", async () => {
    const mark = randomUUID();
    await bench.client.post("/jobs/job/tasks", { id: "limited", commandLine: descendants(mark) });
    await until(async () => processesWith(mark).length >= 2);
    const body = { constraints: { maxWallClockTime: "PT0.1S" } };
    expect((await bench.client.send("PUT", "/jobs/job/tasks/limited", { body })).status).toBe(200);
    const task = await bench.inState("job", "limited", "completed");
    expect(task.executionInfo).toMatchObject({ result: "failure", failureInfo: { code: "TaskEnded" } });
    expect(processesWith(mark)).toEqual([]);
  });

  test("when it is terminated", async () => {
    const mark = randomUUID();
    await bench.client.post("/jobs/job/tasks", { id: "ended", commandLine: descendants(mark) });
    await until(async () => processesWith(mark).length >= 2);
    expect((await bench.client.post("/jobs/job/tasks/ended/terminate")).status).toBe(204);
    const task = (await bench.client.get("/jobs/job/tasks/ended")).json;
    expect(task).toMatchObject({ state: "completed", executionInfo: { failureInfo: { code: "TaskEnded" } } });
    await until(async () => processesWith(mark).length === 0);
  });

  test("when it is deleted", async () => {
    const mark = randomUUID();
    await bench.client.post("/jobs/job/tasks", { id: "deleted", commandLine: descendants(mark) });
    await until(async () => processesWith(mark).length >= 2);
    expect((await bench.client.delete("/jobs/job/tasks/deleted")).status).toBe(200);
    expect((await bench.client.get("/jobs/job/tasks/deleted")).json.code).toBe("TaskNotFound");
    await until(async () => processesWith(mark).length === 0);
  });

  test("when it ends by itself and leaves some behind", async () => {
    const mark = randomUUID();
    await bench.run("job", {
      id: "parent",
      commandLine: `/bin/sh -c 'sh -c "sleep 60; : ${mark}" & exit 0'`,
    });
    await until(async () => processesWith(mark).length === 0);
  });

  test("when it ends by itself and leaves some in a session of their own, but not those of a later run", async () => {
    const mark = randomUUID();
    // The first try leaves a process behind and fails; the second one takes longer than the look for what was left.
    const commandLine = `/bin/sh -c 'test -e again && exec sleep 1.5; touch again; setsid sh -c "sleep 60; : ${mark}" & sleep 0.2; exit 1'`;
    const constraints = { maxTaskRetryCount: 1 };
    const task = await bench.run("job", { id: "daemon", commandLine, constraints });
    expect(task.executionInfo).toMatchObject({ result: "success", retryCount: 1 });
    await until(async () => processesWith(mark).length === 0);
  });

  test("when they have emptied or changed their environment", async () => {
    const mark = randomUUID();
    const leave = `setsid sh -c "sleep 60; : ${mark}"`;
    const commandLine = `/bin/sh -c 'env -i ${leave} & AZ_BATCH_TASK_WORKING_DIR=/ ${leave} & sleep 60'`;
    await bench.client.post("/jobs/job/tasks", { id: "emptied", commandLine });
    await until(async () => processesWith(mark).length >= 3);
    await bench.client.post("/jobs/job/tasks/emptied/terminate");
    await until(async () => processesWith(mark).length === 0);
  });

  test("when its job is deleted", async () => {
    const mark = randomUUID();
    await bench.addJob("doomed");
    await bench.client.post("/jobs/doomed/tasks", { id: "task", commandLine: descendants(mark) });
    await until(async () => processesWith(mark).length >= 2);
    await bench.client.delete("/jobs/doomed");
    await until(async () => (await bench.client.get("/jobs/doomed")).status === 404);
    expect(processesWith(mark)).toEqual([]);
  });
});
