import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { at, SignedClient, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec } from "../support/workbench.js";

let emulator: Emulator;
let client: SignedClient;

// A minute of recurrence, the shortest there is, takes 100 milliseconds.
const speed = 600;

beforeAll(async () => {
  emulator = await startEmulator({ speed });
  client = new SignedClient(emulator);
  await client.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1 }));
});
afterAll(() => emulator.close());

const schedule = async (id: string): Promise<TestJson> => (await client.get(`/jobschedules/${id}`)).json;
const jobs = async (id: string): Promise<TestJson[]> =>
  (await client.get(`/jobschedules/${id}/jobs`)).json.value as TestJson[];
const add = (id: string, when: object, jobSpecification: object = {}) =>
  client.post("/jobschedules", {
    id,
    schedule: when,
    jobSpecification: { poolInfo: { poolId: "pool" }, ...jobSpecification },
  });
const scheduleIs = (id: string, state: string): Promise<TestJson> =>
  until(async () => {
    const found = await schedule(id);
    return found.state === state && found;
  });
const manager = (commandLine: string): object => ({ jobManagerTask: { id: "manager", commandLine } });

describe("a job schedule", () => {
  test("waits for its time, with the properties and defaults the service fills in", async () => {
    const doNotRunUntil = new Date(Date.now() + 3_600_000).toISOString();
    const added = await add("waiting", { doNotRunUntil, startWindow: "PT06M00S" });
    expect([added.status, added.headers.get("location")]).toEqual([
      201,
      `${emulator.batchUrl}/jobschedules/waiting`,
    ]);
    const found = await schedule("waiting");
    expect(found).toMatchObject({
      id: "waiting",
      state: "active",
      creationTime: found.lastModified,
      schedule: { startWindow: "PT6M" },
      jobSpecification: {
        priority: 0,
        maxParallelTasks: -1,
        allowTaskPreemption: false,
        usesTaskDependencies: false,
        onAllTasksComplete: "noaction",
        onTaskFailure: "noaction",
        constraints: { maxWallClockTime: "P10675199DT2H48M5.4775807S", maxTaskRetryCount: 0 },
        poolInfo: { poolId: "pool" },
      },
    });
    expect(Date.parse(String(at(found, "executionInfo", "nextRunTime")))).toBe(Date.parse(doNotRunUntil));
    expect(await jobs("waiting")).toEqual([]);
    expect((await client.send("HEAD", "/jobschedules/waiting")).status).toBe(200);
    expect((await client.send("HEAD", "/jobschedules/nothing")).status).toBe(404);
  });

  test("without recurrence makes one job, and is completed with it", async () => {
    await add("once", {}, manager("true"));
    const done = await scheduleIs("once", "completed");
    expect(done.executionInfo).toMatchObject({
      recentJob: { id: "once:job-1", url: `${emulator.batchUrl}/jobs/once:job-1` },
    });
    expect(at(done, "executionInfo", "endTime")).toBeDefined();
    expect((await jobs("once")).map((job) => [job.id, job.state])).toEqual([["once:job-1", "completed"]]);
    const task = (await client.get("/jobs/once%3Ajob-1/tasks/manager")).json;
    expect(at(task, "nodeInfo", "taskRootDirectory")).toBe("workitems/once/job-1/manager");
    expect((await client.post("/jobschedules/once/disable")).json.code).toBe("JobScheduleCompleted");
  });

  test("with recurrence makes jobs one after the other, until it is disabled", async () => {
    await add("often", { recurrenceInterval: "PT1M" }, manager("true"));
    await until(async () => (await jobs("often")).length >= 3);
    expect((await client.post("/jobschedules/often/disable")).status).toBe(204);
    expect((await client.post("/jobschedules/often/disable")).status).toBe(204);
    expect(await schedule("often")).toMatchObject({ state: "disabled", previousState: "active" });
    const count = (await jobs("often")).length;
    expect((await client.post("/jobschedules/often/enable")).status).toBe(204);
    await until(async () => (await jobs("often")).length > count);
    await client.delete("/jobschedules/often");
    await until(async () => (await client.get("/jobschedules/often")).status === 404);
    expect((await client.get("/jobs", { $filter: "startswith(id,'often')" })).json.value).toEqual([]);
  });

  test("never has two active jobs, and loses an occurrence whose window is over", async () => {
    await add("slow", { recurrenceInterval: "PT1M", startWindow: "PT1M" }, {});
    await until(async () => (await jobs("slow")).length === 1);
    await until(async () => {
      const next = Date.parse(String(at(await schedule("slow"), "executionInfo", "nextRunTime")));
      return next > Date.now() + 50;
    });
    expect((await jobs("slow")).length).toBe(1);
    await client.post("/jobs/slow%3Ajob-1/terminate");
    await until(async () => (await jobs("slow")).length === 2);
    await client.delete("/jobschedules/slow");
  });

  test("that is disabled tells when its next job would come, also after a change", async () => {
    const doNotRunUntil = "2100-01-01T00:00:00Z";
    await add("paused", { doNotRunUntil });
    await client.post("/jobschedules/paused/disable");
    expect((await schedule("paused")).executionInfo).toEqual({ nextRunTime: doNotRunUntil });
    const later = "2101-01-01T00:00:00Z";
    const body = { schedule: { doNotRunUntil: later } };
    expect((await client.send("PATCH", "/jobschedules/paused", { body })).status).toBe(200);
    expect((await schedule("paused")).executionInfo).toEqual({ nextRunTime: later });
    await client.post("/jobschedules/paused/enable");
    expect(await schedule("paused")).toMatchObject({
      state: "active",
      executionInfo: { nextRunTime: later },
    });
  });

  test("ends when its last time has come, with its job where that still runs", async () => {
    const doNotRunAfter = new Date(Date.now() + 200).toISOString();
    await add("dated", { doNotRunAfter, recurrenceInterval: "P300D" });
    await add("late", { doNotRunUntil: "2100-01-01T00:00:00Z", doNotRunAfter });
    expect((await schedule("late")).executionInfo).not.toHaveProperty("nextRunTime");
    const endTime = String(at(await scheduleIs("late", "completed"), "executionInfo", "endTime"));
    expect(Date.parse(endTime)).toBeGreaterThanOrEqual(Date.parse(doNotRunAfter));
    expect(await schedule("dated")).toMatchObject({ state: "active" });
    expect((await client.post("/jobs/dated%3Ajob-1/terminate")).status).toBe(202);
    await scheduleIs("dated", "completed");
    expect(await jobs("dated")).toHaveLength(1);
  });

  test("that is terminated ends its job", async () => {
    await add("ended", { recurrenceInterval: "P1D" }, manager("sleep 60"));
    await until(async () => (await jobs("ended"))[0]?.state === "active");
    expect((await client.post("/jobschedules/ended/terminate")).status).toBe(202);
    await scheduleIs("ended", "completed");
    const [job] = await jobs("ended");
    expect(job).toMatchObject({
      state: "completed",
      executionInfo: { terminateReason: "TerminateJobSchedule" },
    });
  });

  test("whose job is being terminated already waits for it", async () => {
    await add("twice", { recurrenceInterval: "P1D" }, manager("sleep 60"));
    await until(async () => (await jobs("twice"))[0]?.state === "active");
    await client.post("/jobs/twice%3Ajob-1/terminate", { terminateReason: "enough" });
    await client.post("/jobschedules/twice/terminate");
    await scheduleIs("twice", "completed");
    const [job] = await jobs("twice");
    expect(job).toMatchObject({
      previousState: "terminating",
      state: "completed",
      executionInfo: { terminateReason: "enough" },
    });
  });

  test("is completed when its last time is past and it has no active job, not before", async () => {
    const doNotRunAfter = new Date(Date.now() + 3_600_000).toISOString();
    await add("changed", { recurrenceInterval: "P30D", doNotRunAfter }, manager("true"));
    await until(async () => (await jobs("changed"))[0]?.state === "completed");
    const waiting = await schedule("changed");
    expect([waiting.state, at(waiting, "executionInfo", "nextRunTime")]).toEqual(["active", undefined]);
    const when = { recurrenceInterval: "P30D", doNotRunAfter: new Date().toISOString() };
    await client.send("PATCH", "/jobschedules/changed", { body: { schedule: when } });
    await scheduleIs("changed", "completed");
    expect(await jobs("changed")).toHaveLength(1);
  });

  test("is patched in what is given; jobs that exist stay as they are", async () => {
    await add("patched", { recurrenceInterval: "P1D" }, { priority: 7 });
    await until(async () => (await jobs("patched")).length === 1);
    const patched = await client.send("PATCH", "/jobschedules/patched", {
      body: { jobSpecification: { priority: 9, poolInfo: { poolId: "pool" } } },
    });
    expect(patched.status).toBe(200);
    expect(at(await schedule("patched"), "jobSpecification", "priority")).toBe(9);
    expect(at((await jobs("patched"))[0], "priority")).toBe(7);
    await client.delete("/jobschedules/patched");
  });

  test("shares its ids with jobs", async () => {
    await client.post("/jobs", { id: "shared", poolInfo: { poolId: "pool" } });
    expect((await add("shared", {})).json.code).toBe("JobWithSameIdExists");
    const job = { id: "WAITING", poolInfo: { poolId: "pool" } };
    expect((await client.post("/jobs", job)).json.code).toBe("JobScheduleWithSameIdExists");
    expect((await add("waiting", {})).json.code).toBe("JobScheduleExists");
  });

  test("that had an auto pool deletes it at its end, though its jobs use another one by then", async () => {
    const { id: _, ...pool } = poolSpec("x") as TestJson;
    const poolInfo = { autoPoolSpecification: { poolLifetimeOption: "jobschedule", pool } };
    await add("repooled", { recurrenceInterval: "P300D" }, { poolInfo });
    const [job] = await until(async () => {
      const found = await jobs("repooled");
      return found.length === 1 && found;
    });
    const body = { jobSpecification: { poolInfo: { poolId: "pool" } } };
    expect((await client.send("PATCH", "/jobschedules/repooled", { body })).status).toBe(200);
    await client.post("/jobschedules/repooled/terminate");
    await scheduleIs("repooled", "completed");
    const poolId = String(at(job, "executionInfo", "poolId"));
    await until(async () => (await client.get(`/pools/${poolId}`)).status === 404);
  });

  test("may share one auto pool among its jobs", async () => {
    const { id: _, ...pool } = poolSpec("x", { targetDedicatedNodes: 1 }) as TestJson;
    const poolInfo = { autoPoolSpecification: { poolLifetimeOption: "jobschedule", pool } };
    await add("pooled", { recurrenceInterval: "PT1M" }, { poolInfo, ...manager("true") });
    await until(async () => (await jobs("pooled")).length >= 2);
    await client.post("/jobschedules/pooled/terminate");
    await scheduleIs("pooled", "completed");
    const pools = new Set((await jobs("pooled")).map((job) => at(job, "executionInfo", "poolId")));
    expect(pools.size).toBe(1);
    await until(async () => (await client.get(`/pools/${String([...pools][0])}`)).status === 404);
  });
});
