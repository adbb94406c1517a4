import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { at, SignedClient, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec } from "../support/workbench.js";

let emulator: Emulator;
let client: SignedClient;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new SignedClient(emulator);
});
afterAll(() => emulator.close());

const pool = async (id: string): Promise<TestJson> => (await client.get(`/pools/${id}`)).json;
const enable = (id: string, body: object) => client.post(`/pools/${id}/enableautoscale`, body);

/** The values that variables of a formula have, by `evaluateautoscale` of the pool `pool`. */
async function valuesOf(watch: SignedClient, formula: string): Promise<Record<string, string>> {
  const { json } = await watch.post("/pools/pool/evaluateautoscale", { autoScaleFormula: formula });
  const pairs = String(json.results)
    .split(";")
    .map((pair) => pair.split("=") as [string, string]);
  return Object.fromEntries(pairs);
}

describe("automatic scaling", () => {
  test("evaluates at once, sets the targets, and again at its interval", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    await watch.post("/pools", poolSpec("pool"));
    const formula = "$TargetDedicatedNodes = min(3, $CurrentDedicatedNodes + 1); $own = 1";
    const enabled = await watch.post("/pools/pool/enableautoscale", {
      autoScaleFormula: formula,
      autoScaleEvaluationInterval: "PT05M00S",
    });
    expect(enabled.status).toBe(200);
    const first = (await watch.get("/pools/pool")).json;
    expect(first).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: formula,
      autoScaleEvaluationInterval: "PT5M",
      targetDedicatedNodes: 1,
      autoScaleRun: {
        results: "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;$own=1",
      },
    });
    expect((await watch.post("/pools/pool/resize", { targetDedicatedNodes: 1 })).status).toBe(409);
    await until(async () => (await watch.get("/pools/pool")).json.currentDedicatedNodes === 3);
    const { eTag } = (await watch.get("/pools/pool")).json;
    expect((await watch.post("/pools/pool/disableautoscale")).headers.get("etag")).toBe(eTag);
    const after = (await watch.get("/pools/pool")).json;
    expect(after.enableAutoScale).toBe(false);
    expect(after).not.toHaveProperty("autoScaleFormula");
    expect(after).not.toHaveProperty("autoScaleRun");
    await fast.close();
  });

  test("sees the tasks that wait", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    const scale = { enableAutoScale: true, autoScaleEvaluationInterval: "PT5M" };
    const formula = "$TargetDedicatedNodes = max(0, $PendingTasks.GetSample(1));";
    await watch.post("/pools", poolSpec("pool", { ...scale, autoScaleFormula: formula }));
    await watch.post("/jobs", { id: "job", poolInfo: { poolId: "pool" } });
    const tasks = ["a", "b"].map((id) => ({ id, commandLine: "true" }));
    await watch.post("/jobs/job/addtaskcollection", { value: tasks });
    await until(
      async () => at((await watch.get("/jobs/job/taskcounts")).json, "taskCounts", "completed") === 2,
    );
    await until(async () => (await watch.get("/pools/pool")).json.currentDedicatedNodes === 0);
    await fast.close();
  });

  test("refuses formulas that cannot be read, and tells of those that fail", async () => {
    await client.post("/pools", poolSpec("formulas"));
    const enable = (autoScaleFormula: string) =>
      client.post("/pools/formulas/enableautoscale", { autoScaleFormula });
    expect((await enable("$TargetDedicatedNodes = ")).json.code).toBe("AutoScalingFormulaSyntaxError");
    expect((await enable(`$a = 1;${" ".repeat(8192)}`)).json.code).toBe("AutoScalingFormulaTooLong");
    expect(
      (await client.post("/pools/formulas/evaluateautoscale", { autoScaleFormula: "$a = 1" })).status,
    ).toBe(409);
    expect((await enable("$TargetDedicatedNodes = 0")).status).toBe(200);
    expect((await enable("$TargetDedicatedNodes = 0")).json.code).toBe("TooManyEnableAutoScaleRequests");
    const failing = await client.post("/pools/formulas/evaluateautoscale", {
      autoScaleFormula: "$x = $something_useless;",
    });
    expect([failing.status, at(failing.json, "error", "code")]).toEqual([
      200,
      "AutoScalingFormulaEvaluationError",
    ]);
    expect(failing.json.results).toBe(
      "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    );
  });

  test("gives one moment to all that an evaluation changes", async () => {
    const slow = await startEmulator({ speed: 0.02 });
    const watch = new SignedClient(slow);
    const autoScaleFormula = "$TargetDedicatedNodes = 1";
    await watch.post("/pools", poolSpec("pool", { enableAutoScale: true, autoScaleFormula }));
    const created = (await watch.get("/pools/pool")).json;
    expect(created).toMatchObject({
      allocationState: "resizing",
      autoScaleEvaluationInterval: "PT15M",
      targetDedicatedNodes: 1,
      lastModified: created.creationTime,
      allocationStateTransitionTime: created.creationTime,
      autoScaleRun: { timestamp: created.creationTime },
    });
    await slow.close();

    await client.post("/pools", poolSpec("moment"));
    await until(async () => (await pool("moment")).allocationState === "steady");
    const { headers } = await enable("moment", { autoScaleFormula });
    const enabled = await pool("moment");
    expect(enabled.eTag).toBe(headers.get("etag"));
    expect(at(enabled, "autoScaleRun", "timestamp")).toBe(enabled.lastModified);
    await client.delete("/pools/moment");
  });

  test("waits for the first sizing of a new pool, also of one that scales itself", async () => {
    const autoScaleFormula = "$TargetDedicatedNodes = 1";
    await client.post("/pools", poolSpec("young", { enableAutoScale: true, autoScaleFormula }));
    const next = { autoScaleFormula: "$TargetDedicatedNodes = 2" };
    expect((await enable("young", next)).status).toBe(200);
    // Asked too often: whether the pool is being resized by then does not matter.
    expect((await enable("young", next)).json.code).toBe("TooManyEnableAutoScaleRequests");
    await client.delete("/pools/young");
  });

  test("is not enabled on a pool that is deleted while the request waits for its first sizing", async () => {
    const slow = await startEmulator({ speed: 0.02 });
    const watch = new SignedClient(slow);
    await watch.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1 }));
    const enabling = watch.post("/pools/pool/enableautoscale", { autoScaleFormula: "a = 1" });
    expect((await watch.delete("/pools/pool")).status).toBe(202);
    expect((await enabling).json.code).toMatch(/^Pool(BeingDeleted|NotFound)$/);
    await slow.close();
  });

  test("takes a formula, an interval or both, from 5 minutes to 168 hours", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    await watch.post("/pools", poolSpec("pool"));
    const change = (body: object) =>
      until(async () => {
        const { status, json } = await watch.post("/pools/pool/enableautoscale", body);
        return ![409, 503].includes(status) && { status, json };
      });
    const described = async () => {
      const { autoScaleFormula, autoScaleEvaluationInterval } = (await watch.get("/pools/pool")).json;
      return [autoScaleFormula, autoScaleEvaluationInterval];
    };

    for (const body of [{}, { autoScaleEvaluationInterval: "PT5M" }]) {
      expect(await change(body)).toMatchObject({ status: 400, json: { code: "MissingRequiredProperty" } });
    }
    expect((await change({ autoScaleFormula: "a = 1" })).status).toBe(200);
    expect(await described()).toEqual(["a = 1", "PT15M"]);
    expect(await change({})).toMatchObject({ status: 400, json: { code: "MissingRequiredProperty" } });
    expect((await change({ autoScaleEvaluationInterval: "PT168H" })).status).toBe(200);
    expect(await described()).toEqual(["a = 1", "P7D"]);
    expect((await change({ autoScaleFormula: "a = 2" })).status).toBe(200);
    expect(await described()).toEqual(["a = 2", "P7D"]);

    for (const autoScaleEvaluationInterval of ["PT4M59S", "PT0S", "-PT5M", "PT168H0.001S", "P8D"]) {
      const refused = { status: 400, json: { code: "InvalidPropertyValue" } };
      expect(await change({ autoScaleEvaluationInterval })).toMatchObject(refused);
      const scale = { enableAutoScale: true, autoScaleFormula: "a = 1", autoScaleEvaluationInterval };
      expect(await watch.post("/pools", poolSpec("other", scale))).toMatchObject(refused);
    }
    expect((await change({ autoScaleEvaluationInterval: "5 minutes" })).status).toBe(400);
    expect(await described()).toEqual(["a = 2", "P7D"]);
    await fast.close();
  });

  test("keeps to its schedule when only the formula changes", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    const scale = { enableAutoScale: true, autoScaleFormula: "a = 1", autoScaleEvaluationInterval: "PT5M" };
    await watch.post("/pools", poolSpec("pool", scale));
    const requested = new Set<unknown>([(await watch.get("/pools/pool")).json.creationTime]);
    // Changes come faster than the interval passes, and yet the schedule gets its turn.
    await until(async () => {
      await watch.post("/pools/pool/enableautoscale", { autoScaleFormula: "a = 1" });
      const { autoScaleRun, lastModified } = (await watch.get("/pools/pool")).json;
      requested.add(lastModified);
      return !requested.has(at(autoScaleRun as TestJson, "timestamp"));
    });
    await fast.close();
  });

  test("is disabled as often as one likes, and then evaluates nothing", async () => {
    const autoScaleFormula = "$TargetDedicatedNodes = 0";
    await client.post("/pools", poolSpec("still", { enableAutoScale: true, autoScaleFormula }));
    for (const _ of [1, 2]) expect((await client.post("/pools/still/disableautoscale")).status).toBe(200);
    const evaluated = await client.post("/pools/still/evaluateautoscale", { autoScaleFormula });
    expect([evaluated.status, evaluated.json.code]).toEqual([409, "OperationNotValidOnPool"]);
    await until(async () => (await pool("still")).allocationState === "steady");
    expect((await client.post("/pools/still/resize", { targetDedicatedNodes: 0 })).status).toBe(202);
    expect((await client.post("/pools/none/evaluateautoscale", { autoScaleFormula })).status).toBe(404);
    expect((await enable("none", { autoScaleFormula })).json.code).toBe("PoolNotFound");
    const missing = await client.post("/pools/still/evaluateautoscale", {});
    expect([missing.status, missing.json.code]).toEqual([400, "MissingRequiredProperty"]);
  });

  test("lets tasks end before their nodes go, with taskcompletion", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    const autoScaleFormula = `$TargetDedicatedNodes = max(0, $RunningTasks.GetSample(1)) > 0 ? 0 : 1;
      $NodeDeallocationOption = taskcompletion;`;
    const scale = { enableAutoScale: true, autoScaleFormula, autoScaleEvaluationInterval: "PT5M" };
    await watch.post("/pools", poolSpec("pool", scale));
    await watch.post("/jobs", { id: "job", poolInfo: { poolId: "pool" } });
    const folder = await mkdtemp(join(tmpdir(), "autoscale-"));
    const commandLine = `/bin/sh -c 'until [ -e ${folder}/go ]; do sleep 0.05; done'`;
    await watch.post("/jobs/job/tasks", { id: "task", commandLine });
    await until(async () => (await watch.get("/pools/pool")).json.targetDedicatedNodes === 0);
    const leaving = (await watch.get("/pools/pool")).json;
    expect(leaving).toMatchObject({ allocationState: "resizing", currentDedicatedNodes: 1 });
    const [node] = (await watch.get("/pools/pool/nodes")).json.value as TestJson[];
    expect(node?.state).toBe("leavingpool");
    expect((await watch.get("/jobs/job/tasks/task")).json.state).toBe("running");
    await writeFile(join(folder, "go"), "");
    await until(async () => (await watch.get(`/pools/pool/nodes/${String(node?.id)}`)).status === 404);
    const task = (await watch.get("/jobs/job/tasks/task")).json;
    expect(task).toMatchObject({ state: "completed", executionInfo: { exitCode: 0, requeueCount: 0 } });
    await fast.close();
    await rm(folder, { recursive: true });
  });
});

describe("the samples of a pool", () => {
  test("count tasks by state: not those that wait for others, and each instance of a task", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    const autoScaleFormula = "$TargetDedicatedNodes = 1";
    await watch.post("/pools", poolSpec("pool", { enableAutoScale: true, autoScaleFormula }));
    const counts = `a = $ActiveTasks.GetSample(1); r = $RunningTasks.GetSample(1); p = $PendingTasks.GetSample(1);
      s = $SucceededTasks.GetSample(1); f = $FailedTasks.GetSample(1); n = $CurrentDedicatedNodes.GetSample(1);
      l = $CurrentLowPriorityNodes; u = $UsableNodeCount; t = $TaskSlotsPerNode; x = $PreemptedNodeCount;`;
    const become = (expected: Record<string, string>) =>
      until(async () => {
        const found = await valuesOf(watch, counts);
        return Object.entries(expected).every(([name, value]) => found[name] === value) && found;
      });

    await become({
      a: "[0]",
      r: "[0]",
      p: "[0]",
      s: "[0]",
      f: "[0]",
      n: "[1]",
      l: "0",
      u: "1",
      t: "1",
      x: "0",
    });
    await watch.post("/jobs", { id: "job", poolInfo: { poolId: "pool" }, usesTaskDependencies: true });
    await watch.post("/jobs/job/tasks", { id: "long", commandLine: "sleep 600" });
    await become({ a: "[0]", r: "[1]", p: "[1]" });
    const waiting = [
      { id: "good", commandLine: "true" },
      { id: "bad", commandLine: "false" },
      { id: "later", commandLine: "true", dependsOn: { taskIds: ["good"] } },
    ];
    await watch.post("/jobs/job/addtaskcollection", { value: waiting });
    await become({ a: "[2]", r: "[1]", p: "[3]", s: "[0]", f: "[0]" });
    const multiInstanceSettings = { numberOfInstances: 3, coordinationCommandLine: "true" };
    await watch.post("/jobs", { id: "mpi", poolInfo: { poolId: "pool" } });
    await watch.post("/jobs/mpi/tasks", { id: "mpi", commandLine: "true", multiInstanceSettings });
    await become({ a: "[5]", r: "[1]", p: "[6]" });
    await watch.delete("/jobs/mpi");
    await watch.post("/jobs/job/tasks/long/terminate");
    await become({ a: "[0]", r: "[0]", p: "[0]", s: "[2]", f: "[2]" });
    await fast.close();
  });

  test("tell of this computer's processors and memory where there are nodes", async () => {
    const fast = await startEmulator({ speed: 1000 });
    const watch = new SignedClient(fast);
    const formula =
      "$TargetDedicatedNodes = 1; c = $CPUPercent; m = $MemoryBytes; d = $DiskBytes.GetSample(1);";
    const autoScaleFormula = "$TargetDedicatedNodes = 1";
    await watch.post("/pools", poolSpec("pool", { enableAutoScale: true, autoScaleFormula }));
    const { c, m, d } = await until(async () => {
      const values = await valuesOf(watch, formula);
      return "c" in values && values;
    });
    expect(Number(c)).toBeGreaterThanOrEqual(0);
    expect(Number(c)).toBeLessThanOrEqual(1);
    expect(Number(m)).toBeGreaterThan(1);
    expect(Number(m)).toBeLessThan(totalmem() / 1024 / 1024);
    expect(d).toBe("[]");
    await fast.close();
  });

  test("are all there, also with a speed that no timer keeps", async () => {
    const fast = await startEmulator({ speed: 100_000 });
    const watch = new SignedClient(fast);
    const autoScaleFormula = "$TargetDedicatedNodes = 0";
    const scale = { enableAutoScale: true, autoScaleFormula, autoScaleEvaluationInterval: "PT168H" };
    await watch.post("/pools", poolSpec("pool", scale));
    await until(async () => {
      const { p } = await valuesOf(watch, "p = $PendingTasks.GetSamplePercent(10 * TimeInterval_Hour);");
      return Number(p) >= 95;
    });
    const { span, period } = await valuesOf(
      watch,
      "period = $PendingTasks.GetSamplePeriod(); span = time() - $PendingTasks.HistoryBeginTime() > period;",
    );
    expect([span, period]).toEqual(["1", "PT30S"]);
    await fast.close();
  });
});
