import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type SignedClient, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;
let client: SignedClient;

beforeAll(async () => {
  bench = await startWorkbench({}, { taskSlotsPerNode: 2 });
  client = bench.client;
});
afterAll(() => bench.close());

const get = async (path: string): Promise<TestJson> => (await client.get(path)).json;
const job = (id: string): Promise<TestJson> => get(`/jobs/${id}`);
const jobIs = (id: string, state: string): Promise<TestJson> =>
  until(async () => {
    const found = await job(id);
    return found.state === state && found;
  });
const addTask = (jobId: string, task: object): Promise<{ status: number; json: TestJson }> =>
  client.post(`/jobs/${jobId}/tasks`, task);
const task = (jobId: string, id: string): Promise<TestJson> => get(`/jobs/${jobId}/tasks/${id}`);
const sleeper = (id: string, more: object = {}): object => ({ id, commandLine: "sleep 60", ...more });
const code = async (answer: Promise<{ status: number; json: TestJson }>): Promise<unknown[]> => {
  const { status, json } = await answer;
  return [status, json.code];
};

describe("a job", () => {
  test("has the properties and defaults the service fills in", async () => {
    const added = await client.post("/jobs", { id: "Defaults", poolInfo: { poolId: "nopool" } });
    expect([added.status, added.headers.get("location")]).toEqual([
      201,
      `${bench.emulator.batchUrl}/jobs/job-1`,
    ]);
    const found = await job("defaults");
    expect(found).toMatchObject({
      id: "Defaults",
      state: "active",
      priority: 0,
      maxParallelTasks: -1,
      usesTaskDependencies: false,
      allowTaskPreemption: false,
      constraints: { maxWallClockTime: "P10675199DT2H48M5.4775807S", maxTaskRetryCount: 0 },
      executionInfo: { poolId: "nopool", startTime: found.lastModified },
      onAllTasksComplete: "noaction",
      onTaskFailure: "noaction",
    });
    expect(await code(client.post("/jobs", { id: "defaults", poolInfo: { poolId: "x" } }))).toEqual([
      409,
      "JobExists",
    ]);
  });

  test("whose pool comes later runs then", async () => {
    await client.post("/jobs", { id: "early", poolInfo: { poolId: "LATE" } });
    await addTask("early", { id: "task", commandLine: "true" });
    const { value } = (await client.get("/pools")).json as { value: TestJson[] };
    const { virtualMachineConfiguration } = value[0]!;
    await client.post("/pools", {
      id: "late",
      vmSize: "a1",
      virtualMachineConfiguration,
      targetDedicatedNodes: 1,
    });
    await bench.inState("early", "task", "completed");
  });

  test("that is terminated ends its running tasks and leaves the waiting ones", async () => {
    await bench.addJob("ended");
    for (const id of ["a", "b", "c"]) await addTask("ended", sleeper(id));
    await until(async () => at(await get("/jobs/ended/taskcounts"), "taskCounts", "running") === 2);
    expect((await client.post("/jobs/ended/terminate", { terminateReason: "enough" })).status).toBe(202);
    expect(await code(addTask("ended", sleeper("d")))).toEqual([409, "JobBeingTerminated"]);
    expect((await jobIs("ended", "completed")).executionInfo).toMatchObject({ terminateReason: "enough" });
    expect(await get("/jobs/ended/taskcounts")).toMatchObject({
      taskCounts: { active: 1, running: 0, completed: 2, succeeded: 0, failed: 2 },
    });
    expect(await code(addTask("ended", sleeper("d")))).toEqual([409, "JobCompleted"]);
    expect(await code(client.post("/jobs/ended/terminate"))).toEqual([409, "JobCompleted"]);
  });

  test.each([
    ["requeue", "active", { requeueCount: 1 }],
    ["terminate", "completed", { failureInfo: { code: "TaskEnded" } }],
  ])("that is disabled with %s leaves its task %s", async (disableTasks, state, executionInfo) => {
    const id = `disabled-${disableTasks}`;
    await bench.addJob(id);
    await addTask(id, sleeper("task"));
    await bench.inState(id, "task", "running");
    expect((await client.post(`/jobs/${id}/disable`, { disableTasks })).status).toBe(202);
    await jobIs(id, "disabled");
    expect(await task(id, "task")).toMatchObject({ state, executionInfo });
    expect((await client.post(`/jobs/${id}/enable`)).status).toBe(202);
    await jobIs(id, "active");
    await client.delete(`/jobs/${id}`);
  });

  test("that is disabled with wait lets its task end", async () => {
    await bench.addJob("disabled-wait");
    await addTask("disabled-wait", { id: "task", commandLine: "sleep 0.3" });
    await bench.inState("disabled-wait", "task", "running");
    await client.post("/jobs/disabled-wait/disable", { disableTasks: "wait" });
    await addTask("disabled-wait", { id: "later", commandLine: "true" });
    await jobIs("disabled-wait", "disabled");
    expect((await task("disabled-wait", "task")).executionInfo).toMatchObject({ exitCode: 0 });
    expect((await task("disabled-wait", "later")).state).toBe("active");
    await client.post("/jobs/disabled-wait/enable");
    await bench.inState("disabled-wait", "later", "completed");
  });

  test("moves to another pool only while it is disabled", async () => {
    await bench.addJob("moving");
    const body = { poolInfo: { poolId: "elsewhere" } };
    expect(await code(client.send("PATCH", "/jobs/moving", { body }))).toEqual([
      409,
      "OperationInvalidForCurrentState",
    ]);
    expect(
      (await client.send("PATCH", "/jobs/moving", { body: { poolInfo: { poolId: "pool" } } })).status,
    ).toBe(200);
    await client.post("/jobs/moving/disable", { disableTasks: "wait" });
    await jobIs("moving", "disabled");
    expect((await client.send("PATCH", "/jobs/moving", { body })).status).toBe(200);
    expect(at(await job("moving"), "poolInfo", "poolId")).toBe("elsewhere");
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    const pool = { vmSize: "a1", virtualMachineConfiguration };
    const auto = { poolInfo: { autoPoolSpecification: { poolLifetimeOption: "job", pool } } };
    expect(await code(client.send("PATCH", "/jobs/moving", { body: auto }))).toEqual([
      409,
      "OperationInvalidForCurrentState",
    ]);
    expect(await job("moving")).toMatchObject({ executionInfo: { poolId: "elsewhere" } });
  });

  test("whose special tasks share an id is refused", async () => {
    const poolInfo = { poolId: "pool" };
    const jobPreparationTask = { commandLine: "true" };
    const jobReleaseTask = { id: "jobPreparation", commandLine: "true" };
    const manager = (id: string) => ({ id, commandLine: "true" });
    const add = (more: object) =>
      code(client.post("/jobs", { id: "clash", poolInfo, jobPreparationTask, ...more }));
    expect(await add({ jobReleaseTask })).toEqual([409, "TaskIdSameAsJobPreparationTask"]);
    expect(await add({ jobManagerTask: manager("JobPreparation") })).toEqual([
      409,
      "TaskIdSameAsJobPreparationTask",
    ]);
    const release = { commandLine: "true" };
    expect(await add({ jobManagerTask: manager("jobrelease"), jobReleaseTask: release })).toEqual([
      409,
      "TaskIdSameAsJobReleaseTask",
    ]);
  });

  test("keeps what a newer version's PATCH and PUT say beyond the present ones", async () => {
    await bench.addJob("newer");
    const networkConfiguration = { subnetId: "/subscriptions/x", skipWithdrawFromVNet: true };
    const apiVersion = "2024-07-01.20.0";
    const patch = await client.send("PATCH", "/jobs/newer", { body: { networkConfiguration }, apiVersion });
    expect(patch.status).toBe(200);
    expect(await job("newer")).toMatchObject({ networkConfiguration });
    const body = { poolInfo: { poolId: "pool" }, networkConfiguration: { subnetId: "/subscriptions/y" } };
    expect((await client.send("PUT", "/jobs/newer", { body, apiVersion })).status).toBe(200);
    expect(await job("newer")).toMatchObject({ networkConfiguration: { subnetId: "/subscriptions/y" } });
  });

  test("is patched in what is given and replaced by a PUT", async () => {
    await bench.addJob("patched", { priority: 5, metadata: [{ name: "a", value: "b" }] });
    await client.send("PATCH", "/jobs/patched", { body: { maxParallelTasks: 3 } });
    expect(await job("patched")).toMatchObject({
      priority: 5,
      maxParallelTasks: 3,
      metadata: [{ name: "a" }],
    });
    await client.send("PUT", "/jobs/patched", { body: { poolInfo: { poolId: "pool" } } });
    const replaced = await job("patched");
    expect(replaced).toMatchObject({ priority: 0, maxParallelTasks: -1 });
    expect(replaced).not.toHaveProperty("metadata");
  });

  test("ends when its last task does, if it was told so, and does not take that back", async () => {
    await bench.addJob("selfending");
    await addTask("selfending", { id: "task", commandLine: "true" });
    await bench.inState("selfending", "task", "completed");
    const body = { onAllTasksComplete: "terminatejob" };
    await client.send("PATCH", "/jobs/selfending", { body });
    await jobIs("selfending", "completed");
    expect(at(await job("selfending"), "executionInfo", "terminateReason")).toBe("AllTasksComplete");
    await bench.addJob("stubborn", body);
    const back = { body: { onAllTasksComplete: "noaction" } };
    expect(await code(client.send("PATCH", "/jobs/stubborn", back))).toEqual([400, "InvalidPropertyValue"]);
    expect(
      await code(client.send("PUT", "/jobs/stubborn", { body: { poolInfo: { poolId: "pool" } } })),
    ).toEqual([400, "InvalidPropertyValue"]);
  });

  test("ends when its wall clock does", async () => {
    await bench.addJob("timed", { constraints: { maxWallClockTime: "PT0.3S" } });
    await addTask("timed", sleeper("task"));
    const ended = await jobIs("timed", "completed");
    expect(ended.executionInfo).toMatchObject({ terminateReason: "MaxWallClockTimeExpiry" });
    expect((await task("timed", "task")).state).toBe("completed");
  });

  test("runs no more tasks at once than it may", async () => {
    await bench.addJob("narrow", { maxParallelTasks: 1 });
    for (const id of ["a", "b"]) await addTask("narrow", sleeper(id));
    await bench.inState("narrow", "a", "running");
    expect((await task("narrow", "b")).state).toBe("active");
    await client.send("PATCH", "/jobs/narrow", { body: { maxParallelTasks: -1 } });
    await bench.inState("narrow", "b", "running");
    await client.delete("/jobs/narrow");
  });

  test("of a higher priority goes first, and interrupts one that lets it", async () => {
    await bench.addJob("low", { priority: -10, allowTaskPreemption: true });
    await addTask("low", sleeper("interrupted", { requiredSlots: 2 }));
    await bench.inState("low", "interrupted", "running");
    await bench.addJob("high", { priority: 10 });
    await addTask("high", { id: "urgent", commandLine: "true", requiredSlots: 2 });
    await bench.inState("high", "urgent", "completed");
    expect((await task("low", "interrupted")).executionInfo).toMatchObject({
      requeueCount: 0,
      retryCount: 0,
    });
    await client.delete("/jobs/low");
    await until(async () => (await client.get("/jobs/low")).status === 404);
  });

  test("ends with a task that fails, if it was told so", async () => {
    await bench.addJob("strict", {
      onTaskFailure: "performexitoptionsjobaction",
      usesTaskDependencies: true,
    });
    const exitConditions = {
      exitCodes: [{ code: 7, exitOptions: { jobAction: "none", dependencyAction: "satisfy" } }],
    };
    await addTask("strict", { id: "forgiven", commandLine: "/bin/sh -c 'exit 7'", exitConditions });
    await addTask("strict", { id: "after", commandLine: "true", dependsOn: { taskIds: ["forgiven"] } });
    await bench.inState("strict", "after", "completed");
    expect((await job("strict")).state).toBe("active");
    await addTask("strict", { id: "fatal", commandLine: "/bin/sh -c 'exit 8'" });
    expect((await jobIs("strict", "completed")).executionInfo).toMatchObject({
      terminateReason: "TaskFailed",
    });
  });
});

describe("dependencies", () => {
  test("hold a task back until all of them are satisfied, whenever they come", async () => {
    await bench.addJob("ordered", { usesTaskDependencies: true });
    const merge = {
      id: "merge",
      commandLine: "true",
      dependsOn: { taskIds: ["FIRST"], taskIdRanges: [{ start: 1, end: 3 }] },
    };
    await addTask("ordered", merge);
    for (const id of ["first", "1", "02"]) await bench.run("ordered", { id, commandLine: "true" });
    expect((await task("ordered", "merge")).state).toBe("active");
    await bench.run("ordered", { id: "3", commandLine: "true" });
    await bench.inState("ordered", "merge", "completed");
  });

  test("that fail hold it back for ever", async () => {
    await bench.addJob("blocked", { usesTaskDependencies: true });
    await addTask("blocked", { id: "waits", commandLine: "true", dependsOn: { taskIds: ["fails"] } });
    await bench.run("blocked", { id: "fails", commandLine: "false" });
    await bench.run("blocked", { id: "other", commandLine: "true" });
    expect((await task("blocked", "waits")).state).toBe("active");
    await client.post("/jobs/blocked/tasks/fails/reactivate");
  });

  test("need a job that uses them", async () => {
    await bench.addJob("plain");
    const dependsOn = { taskIds: ["x"] };
    expect(await code(addTask("plain", sleeper("a", { dependsOn })))).toEqual([
      400,
      "TaskDependenciesNotSpecifiedOnJob",
    ]);
    const exitConditions = { default: { dependencyAction: "satisfy" } };
    expect(await code(addTask("plain", sleeper("a", { exitConditions })))).toEqual([
      400,
      "InvalidPropertyValue",
    ]);
  });
});

describe("job preparation and release", () => {
  test("run once on the node, before the first task and at the end", async () => {
    await bench.addJob("prepared", {
      jobPreparationTask: { commandLine: "/bin/sh -c 'echo p >> $AZ_BATCH_NODE_SHARED_DIR/log; echo ready'" },
      jobReleaseTask: { commandLine: "/bin/sh -c 'echo r >> $AZ_BATCH_NODE_SHARED_DIR/log'" },
    });
    for (const id of ["a", "b"]) {
      const commandLine =
        "/bin/sh -c 'echo t >> $AZ_BATCH_NODE_SHARED_DIR/log; cat $AZ_BATCH_JOB_PREP_DIR/stdout.txt'";
      await bench.run("prepared", { id, commandLine });
      expect(await bench.file("prepared", id)).toBe("ready\n");
    }
    expect(await code(addTask("prepared", sleeper("jobpreparation")))).toEqual([
      409,
      "TaskIdSameAsJobPreparationTask",
    ]);
    await client.post("/jobs/prepared/terminate");
    await jobIs("prepared", "completed");
    const status = await get("/jobs/prepared/jobpreparationandreleasetaskstatus");
    expect(status.value).toMatchObject([
      {
        jobPreparationTaskExecutionInfo: {
          state: "completed",
          exitCode: 0,
          result: "success",
          retryCount: 0,
        },
        jobReleaseTaskExecutionInfo: { state: "completed", exitCode: 0, result: "success" },
      },
    ]);
    const node = at(status, "value", 0, "nodeId");
    expect((await client.get(`/pools/pool/nodes/${String(node)}/files/shared%2Flog`)).text).toBe(
      "p\nt\nt\nr\n",
    );
  });

  test("that fails keeps tasks away from the node", async () => {
    await bench.addJob("unprepared", { jobPreparationTask: { commandLine: "false" } });
    await addTask("unprepared", { id: "task", commandLine: "true" });
    const status = await until(async () => {
      const found = await get("/jobs/unprepared/jobpreparationandreleasetaskstatus");
      return at(found, "value", 0, "jobPreparationTaskExecutionInfo", "state") === "completed" && found;
    });
    expect(at(status, "value", 0, "jobPreparationTaskExecutionInfo", "exitCode")).toBe(1);
    await bench.addJob("unaffected");
    await bench.run("unaffected", { id: "task", commandLine: "true" });
    expect((await task("unprepared", "task")).state).toBe("active");
  });

  test("that takes long does not keep a task that has to leave", async () => {
    await bench.addJob("leaving", { jobPreparationTask: { commandLine: "sleep 60" } });
    await addTask("leaving", { id: "task", commandLine: "true" });
    await bench.inState("leaving", "task", "preparing");
    await client.post("/jobs/leaving/disable", { disableTasks: "requeue" });
    await jobIs("leaving", "disabled");
    expect((await task("leaving", "task")).state).toBe("active");
  });

  test("are not told of by a job that has neither", async () => {
    await bench.addJob("neither");
    expect(await code(client.get("/jobs/neither/jobpreparationandreleasetaskstatus"))).toEqual([
      409,
      "JobPreparationTaskOrReleaseTaskNotSpecified",
    ]);
  });
});

describe("a job manager", () => {
  test("is tried again as often as the job said when it came", async () => {
    const jobManagerTask = { id: "manager", commandLine: "true", constraints: { maxWallClockTime: "PT1H" } };
    const constraints = { maxTaskRetryCount: 5 };
    await client.post("/jobs", { id: "retries", poolInfo: { poolId: "none" }, constraints, jobManagerTask });
    await client.send("PATCH", "/jobs/retries", { body: { constraints: { maxTaskRetryCount: 0 } } });
    expect(await job("retries")).toMatchObject({
      constraints: { maxTaskRetryCount: 0 },
      jobManagerTask: { constraints: { maxWallClockTime: "PT1H", maxTaskRetryCount: 5 } },
    });
    const task = (await get("/jobs/retries/tasks/manager")) as TestJson;
    expect(task.constraints).toMatchObject({ maxTaskRetryCount: 5 });
    await client.delete("/jobs/retries");
  });

  test("runs alone on its node, adds tasks with its token, and ends the job when it ends", async () => {
    const request = [
      `const [path, method, body] = process.argv.slice(1);`,
      `fetch(process.env.AZ_BATCH_ACCOUNT_URL + path + "?api-version=2022-10-01.16.0", { method, body,`,
      `  headers: { authorization: "Bearer " + process.env.AZ_BATCH_AUTHENTICATION_TOKEN, "content-type": "application/json" } })`,
      `  .then((answer) => { console.log(answer.status); });`,
    ].join("");
    const node = process.execPath;
    const commandLine = [
      `/bin/sh -c '${node} -e "$SCRIPT" /jobs/managed/tasks POST "$TASK";`,
      `${node} -e "$SCRIPT" /jobs/managed GET; ${node} -e "$SCRIPT" /jobs GET; ${node} -e "$SCRIPT" /jobs/managed2 GET'`,
    ].join(" ");
    await bench.addJob("managed", {
      jobManagerTask: {
        id: "manager",
        commandLine,
        environmentSettings: [
          { name: "SCRIPT", value: request },
          { name: "TASK", value: JSON.stringify({ id: "child", commandLine: "true" }) },
        ],
        authenticationTokenSettings: { access: ["job"] },
      },
    });
    const ended = await jobIs("managed", "completed");
    expect(ended.executionInfo).toMatchObject({ terminateReason: "JMComplete" });
    expect(ended.jobManagerTask).toMatchObject({
      killJobOnCompletion: true,
      runExclusive: true,
      requiredSlots: 1,
    });
    expect(await bench.file("managed", "manager")).toBe("201\n200\n403\n403\n");
    expect((await task("managed", "child")).id).toBe("child");
  });
});

describe("an auto pool", () => {
  test("lives as long as its job", async () => {
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    const poolInfo = {
      autoPoolSpecification: {
        autoPoolIdPrefix: "auto",
        poolLifetimeOption: "Job",
        pool: { vmSize: "A1", virtualMachineConfiguration, targetDedicatedNodes: 1 },
      },
    };
    await client.post("/jobs", { id: "autojob", poolInfo });
    const found = await job("autojob");
    expect(found.poolInfo).toMatchObject({
      autoPoolSpecification: {
        poolLifetimeOption: "job",
        keepAlive: false,
        pool: { vmSize: "a1", taskSlotsPerNode: 1 },
      },
    });
    const poolId = String(at(found, "executionInfo", "poolId"));
    expect(poolId).toMatch(/^auto_[0-9A-F]{8}-[0-9A-F-]{27}$/);
    const auto = poolInfo.autoPoolSpecification;
    const put = (autoPoolSpecification: object) =>
      code(client.send("PUT", "/jobs/autojob", { body: { poolInfo: { autoPoolSpecification } } }));
    expect(await put(at(found, "poolInfo", "autoPoolSpecification") as object)).toEqual([200, undefined]);
    expect(await put({ ...auto, keepAlive: true })).toEqual([200, undefined]);
    expect(await put({ ...auto, keepAlive: false })).toEqual([200, undefined]);
    const other = { ...auto, pool: { ...auto.pool, vmSize: "a2" } };
    expect(await put(other)).toEqual([409, "OperationInvalidForCurrentState"]);
    await addTask("autojob", { id: "task", commandLine: "true" });
    await bench.inState("autojob", "task", "completed");
    await client.post("/jobs/autojob/terminate");
    await jobIs("autojob", "completed");
    await until(async () => (await client.get(`/pools/${poolId}`)).status === 404);
  });

  test("goes when its job moves to another pool", async () => {
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    const pool = { vmSize: "a1", virtualMachineConfiguration };
    const poolInfo = { autoPoolSpecification: { poolLifetimeOption: "job", pool } };
    await client.post("/jobs", { id: "moving-away", poolInfo });
    const poolId = String(at(await job("moving-away"), "executionInfo", "poolId"));
    await client.post("/jobs/moving-away/disable", { disableTasks: "wait" });
    await jobIs("moving-away", "disabled");
    const body = { poolInfo: { poolId: "pool" } };
    expect((await client.send("PATCH", "/jobs/moving-away", { body })).status).toBe(200);
    expect(await job("moving-away")).toMatchObject({ poolInfo: { poolId: "pool" } });
    await until(async () => (await client.get(`/pools/${poolId}`)).status === 404);
  });

  test("that cannot be made completes the job with the reason", async () => {
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    const pool = {
      vmSize: "a1",
      virtualMachineConfiguration,
      enableAutoScale: true,
      autoScaleFormula: "$x = ;",
    };
    const poolInfo = { autoPoolSpecification: { poolLifetimeOption: "job", pool } };
    await client.post("/jobs", { id: "nopooljob", poolInfo });
    expect(await job("nopooljob")).toMatchObject({
      state: "completed",
      executionInfo: {
        schedulingError: {
          category: "UserError",
          code: "InvalidAutoScaleFormulaInAutoPool",
          details: [{ name: "Reason", value: expect.stringContaining("Line 1, Col 6: unexpected ';'") }],
        },
      },
    });
  });

  test("that names an unknown certificate tells which", async () => {
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    const certificateReferences = [{ thumbprint: "0123456789ABCDEF", thumbprintAlgorithm: "sha1" }];
    const pool = { vmSize: "a1", virtualMachineConfiguration, certificateReferences };
    const autoPoolSpecification = { autoPoolIdPrefix: "auto", poolLifetimeOption: "job", pool };
    await client.post("/jobs", { id: "nocertificate", poolInfo: { autoPoolSpecification } });
    expect(await job("nocertificate")).toMatchObject({
      state: "completed",
      previousState: "active",
      executionInfo: {
        poolId: expect.stringMatching(/^auto_[0-9A-F-]{36}$/),
        schedulingError: {
          category: "UserError",
          code: "InvalidCertificatesInAutoPool",
          message: "One or more certificates specified for the pool are invalid",
          details: [{ name: "sha1-0123456789abcdef", value: "The specified certificate does not exist." }],
        },
      },
    });
  });
});

describe("a task", () => {
  test("that has failed can be reactivated, one that succeeded cannot", async () => {
    await bench.addJob("again");
    const commandLine = "/bin/sh -c 'test -e done || { touch done; exit 1; }'";
    await bench.run("again", { id: "flaky", commandLine });
    const { eTag } = await task("again", "flaky");
    const reactivated = await client.post("/jobs/again/tasks/flaky/reactivate");
    expect(reactivated.status).toBe(204);
    expect(reactivated.headers.get("etag")).not.toBe(eTag);
    expect(reactivated.headers.get("dataserviceid")).toBeNull();
    await until(async () => at(await task("again", "flaky"), "state") === "completed");
    await bench.run("again", { id: "fine", commandLine: "true" });
    expect(await code(client.post("/jobs/again/tasks/fine/reactivate"))).toEqual([409, "TaskSucceeded"]);
    await addTask("again", sleeper("running"));
    expect(await code(client.post("/jobs/again/tasks/running/reactivate"))).toEqual([
      409,
      "TaskNotCompleted",
    ]);
    await client.post("/jobs/again/tasks/running/terminate");
    expect(await code(client.post("/jobs/again/tasks/running/terminate"))).toEqual([409, "TaskCompleted"]);
  });

  test("keeps its tag while it runs, and changes it with its constraints", async () => {
    await bench.addJob("tags");
    await addTask("tags", {
      id: "task",
      commandLine: "sleep 0.2",
      constraints: { maxWallClockTime: "PT60S" },
    });
    const added = await task("tags", "task");
    expect(added.constraints).toMatchObject({
      maxWallClockTime: "PT1M",
      retentionTime: "P7D",
      maxTaskRetryCount: 0,
    });
    const put = await client.send("PUT", "/jobs/tags/tasks/task", {
      body: { constraints: { maxTaskRetryCount: 4 } },
    });
    expect(put.headers.get("etag")).not.toBe(added.eTag);
    const done = await bench.inState("tags", "task", "completed");
    expect(done.eTag).toBe(put.headers.get("etag"));
    expect(done.constraints).toMatchObject({ maxTaskRetryCount: 4 });
    expect(await code(client.send("PUT", "/jobs/tags/tasks/task", { body: {} }))).toEqual([
      409,
      "TaskCompleted",
    ]);
  });

  test("without a number of its own is retried as often as its job says, also after a PUT", async () => {
    await bench.addJob("retrying", { constraints: { maxTaskRetryCount: 2 } });
    await addTask("retrying", sleeper("task", { constraints: { maxTaskRetryCount: 5 } }));
    expect((await client.send("PUT", "/jobs/retrying/tasks/task", { body: {} })).status).toBe(200);
    expect((await task("retrying", "task")).constraints).toEqual({
      maxWallClockTime: "P10675199DT2H48M5.4775807S",
      retentionTime: "P7D",
      maxTaskRetryCount: 2,
    });
    await client.post("/jobs/retrying/tasks/task/terminate");
  });

  test("tells when its latest retry started running", async () => {
    await bench.addJob("retried", { constraints: { maxTaskRetryCount: 1 } });
    const done = await bench.run("retried", { id: "task", commandLine: "false" });
    expect(done.executionInfo).toMatchObject({
      retryCount: 1,
      lastRetryTime: at(done, "executionInfo", "startTime"),
    });
  });

  test("whose exit code is listed follows the entry, whatever becomes of its uploads", async () => {
    await bench.addJob("listed", {
      usesTaskDependencies: true,
      onTaskFailure: "performexitoptionsjobaction",
    });
    const outputFiles = [
      {
        filePattern: "nothing.txt",
        destination: { container: { containerUrl: "http://127.0.0.1:9/none" } },
        uploadOptions: { uploadCondition: "taskcompletion" },
      },
    ];
    const exitConditions = {
      exitCodes: [{ code: 0, exitOptions: {} }],
      fileUploadError: { jobAction: "terminate", dependencyAction: "block" },
    };
    await addTask("listed", { id: "after", commandLine: "true", dependsOn: { taskIds: ["first"] } });
    const first = await bench.run("listed", {
      id: "first",
      commandLine: "true",
      outputFiles,
      exitConditions,
    });
    expect(first.executionInfo).toMatchObject({
      exitCode: 0,
      result: "failure",
      failureInfo: { code: "FileUploadMiscError" },
    });
    await bench.inState("listed", "after", "completed");
    expect((await job("listed")).state).toBe("active");
  });

  test("has defaults in what it says of its user and its instances", async () => {
    await client.post("/jobs", { id: "defaults", poolInfo: { poolId: "none" } });
    const multiInstanceSettings = { coordinationCommandLine: "true" };
    await addTask("defaults", { id: "task", commandLine: "true", userIdentity: {}, multiInstanceSettings });
    expect(await task("defaults", "task")).toMatchObject({
      userIdentity: { autoUser: { scope: "pool", elevationLevel: "nonadmin" } },
      multiInstanceSettings: { numberOfInstances: 1, coordinationCommandLine: "true" },
    });
  });

  test("loses its files when its retention time is over", async () => {
    await bench.addJob("forgetful");
    await bench.run("forgetful", {
      id: "task",
      commandLine: "true",
      constraints: { retentionTime: "PT0.2S" },
    });
    const gone = await until(async () => {
      const answer = await client.get("/jobs/forgetful/tasks/task/files/stdout.txt");
      return answer.status === 409 && answer.json.code;
    });
    expect(gone).toBe("TaskFilesCleanedup");
  });

  test("that was never on a node has no files", async () => {
    await bench.addJob("waiting", { usesTaskDependencies: true });
    await addTask("waiting", sleeper("task", { dependsOn: { taskIds: ["none"] } }));
    expect(await code(client.get("/jobs/waiting/tasks/task/files"))).toEqual([409, "TaskFilesUnavailable"]);
    await client.post("/jobs/waiting/tasks/task/terminate");
    expect(await task("waiting", "task")).toMatchObject({
      state: "completed",
      executionInfo: {
        result: "failure",
        failureInfo: { code: "TaskEnded" },
        retryCount: 0,
        requeueCount: 0,
      },
    });
  });

  test("shows no further instances when it has none", async () => {
    await bench.addJob("single");
    await addTask("single", { id: "task", commandLine: "true" });
    expect(await get("/jobs/single/tasks/task/subtasksinfo")).toEqual({
      "odata.metadata": `${bench.emulator.batchUrl}/$metadata#subtaskinfo`,
      value: [],
    });
  });
});

describe("a collection of tasks", () => {
  test("has a result for each task", async () => {
    await bench.addJob("collected");
    const value = [sleeper("good"), sleeper("good"), sleeper("bad id!"), { id: "nothing" }];
    const { status, json, headers } = await client.post("/jobs/collected/addtaskcollection", { value });
    expect(status).toBe(200);
    const told = String(at(json.value, 1, "error", "message", "value")).split("\n");
    expect(told).toEqual([
      "The specified task already exists.",
      `RequestId:${headers.get("request-id")}`,
      expect.stringMatching(/^Time:.+Z$/),
    ]);
    expect(json.value).toMatchObject([
      { status: "Success", taskId: "good", location: `${bench.emulator.batchUrl}/jobs/collected/tasks/good` },
      { status: "ClientError", taskId: "good", error: { code: "TaskExists" } },
      { status: "ClientError", taskId: "bad id!", error: { code: "InvalidPropertyValue" } },
      { status: "ClientError", taskId: "nothing", error: { code: "MissingRequiredProperty" } },
    ]);
    await client.delete("/jobs/collected");
  });

  test("is refused as a whole when it cannot be read, or is too long or too large", async () => {
    await bench.addJob("refused");
    const add = (value: unknown) => code(client.post("/jobs/refused/addtaskcollection", { value }));
    expect(await add([sleeper("a"), { ...sleeper("b"), nonsense: 1 }])).toEqual([400, "InvalidRequestBody"]);
    expect(await add("tasks")).toEqual([400, "InvalidRequestBody"]);
    const many = Array.from({ length: 101 }, (_, index) => sleeper(`t${index}`));
    expect(await add(many)).toEqual([400, "InvalidPropertyValue"]);
    const environmentSettings = [{ name: "LARGE", value: "x".repeat(1024 * 1024) }];
    expect(await add([sleeper("a", { environmentSettings })])).toEqual([413, "RequestBodyTooLarge"]);
    expect((await get("/jobs/refused/tasks")).value).toEqual([]);
  });
});

describe("a multi-instance task", () => {
  test("coordinates its instances on several nodes, which find each other", async () => {
    const { virtualMachineConfiguration } = (await get("/pools/pool")) as TestJson;
    await client.post("/pools", {
      id: "cluster",
      vmSize: "a1",
      virtualMachineConfiguration,
      targetDedicatedNodes: 3,
      enableInterNodeCommunication: true,
    });
    await client.post("/jobs", { id: "mpi", poolInfo: { poolId: "cluster" } });
    await addTask("mpi", {
      id: "task",
      commandLine:
        "/bin/sh -c 'env | grep -E \"^(AZ_BATCH_(HOST|NODE)_LIST|AZ_BATCH_IS|CCP)\" | sort; cat coordinated'",
      multiInstanceSettings: {
        numberOfInstances: 3,
        coordinationCommandLine:
          "/bin/sh -c 'echo $AZ_BATCH_IS_CURRENT_NODE_MASTER > coordinated; sleep 60 &'",
      },
    });
    await bench.inState("mpi", "task", "completed");
    const output = await bench.file("mpi", "task");
    expect(output).toMatch(/^AZ_BATCH_HOST_LIST=127\.\S+,127\.\S+,127\.\S+$/m);
    expect(output).toMatch(/^AZ_BATCH_NODE_LIST=127\.\S+;127\.\S+;127\.\S+$/m);
    expect(output).toMatch(/^CCP_NODES=3 127\.\S+ \d+ 127\.\S+ \d+ 127\.\S+ \d+$/m);
    expect(output).toMatch(/true\n$/);
    const subtasks = (await get("/jobs/mpi/tasks/task/subtasksinfo")).value as TestJson[];
    expect(subtasks).toMatchObject([
      { id: 1, state: "completed", exitCode: 0, result: "success" },
      { id: 2, state: "completed", exitCode: 0, result: "success" },
    ]);
    const root = String(at(subtasks[0], "nodeInfo", "taskRootDirectory"));
    expect(root).toBe("workitems/mpi/job-1/task/1");
    const nodeId = String(at(subtasks[0], "nodeInfo", "nodeId"));
    const file = await client.get(
      `/pools/cluster/nodes/${nodeId}/files/${encodeURIComponent(`${root}/wd/coordinated`)}`,
    );
    expect(file.text).toBe("false\n");
    await client.delete("/jobs/mpi/tasks/task");
    const left = await client.get(`/pools/cluster/nodes/${nodeId}/files`, {
      recursive: "true",
      $filter: "startswith(name,'workitems/mpi')",
    });
    expect((left.json.value as TestJson[]).map(({ name }) => name)).toEqual([
      "workitems/mpi",
      "workitems/mpi/job-1",
    ]);
  });

  test("fails when its coordination does, and waits for ever on a pool without communication", async () => {
    const multiInstanceSettings = { numberOfInstances: 2, coordinationCommandLine: "false" };
    await client.post("/jobs", { id: "mpi2", poolInfo: { poolId: "cluster" } });
    await bench.run("mpi2", { id: "task", commandLine: "true", multiInstanceSettings });
    expect((await task("mpi2", "task")).executionInfo).toMatchObject({ result: "failure", exitCode: 1 });
    await bench.addJob("alone");
    await addTask("alone", { id: "waits", commandLine: "true", multiInstanceSettings });
    await bench.run("alone", { id: "runs", commandLine: "true" });
    expect((await task("alone", "waits")).state).toBe("active");
  });
});

test("only the emulator's own tokens open a job, and no other bearer token", async () => {
  const headers = { authorization: "Bearer abc.def.ghi" };
  const answer = await fetch(`${bench.emulator.batchUrl}/jobs?api-version=2022-10-01.16.0`, { headers });
  expect(answer.status).toBe(401);
});
