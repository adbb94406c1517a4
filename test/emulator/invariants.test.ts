import fc from "fast-check";
import { expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/index.js";
import { routeTable } from "../../src/emulator/operations/route-table.js";
import { at, SignedClient, type TestAnswer, type TestJson } from "./support/signed-client.js";
import { until } from "./support/until.js";
import { poolSpec } from "./support/workbench.js";

// Random sequences of sensible and senseless requests, and what has to hold after each of them.

interface Step {
  method: string;
  path: string;
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

const poolId = fc.constantFrom("p1", "P1", "p2");
const jobId = fc.constantFrom("j1", "j2", "J2", "j3");
const taskId = fc.constantFrom("t1", "t2", "T2", "3", "4");
const deallocation = fc.constantFrom("requeue", "terminate", "taskcompletion");
const commandLine = fc.constantFrom("true", "false", "sleep 0.05", "no-such-program", "/bin/sh -c 'exit 3'");

const task = fc.record(
  {
    id: taskId,
    commandLine,
    requiredSlots: fc.constantFrom(1, 2),
    constraints: fc.record(
      { maxTaskRetryCount: fc.constantFrom(0, 1), maxWallClockTime: fc.constant("PT1S") },
      { requiredKeys: [] },
    ),
    dependsOn: fc.record({ taskIds: fc.array(taskId, { maxLength: 2 }) }),
  },
  { requiredKeys: ["id", "commandLine"] },
);

const job = fc.record(
  {
    id: jobId,
    poolInfo: fc.record({ poolId }),
    priority: fc.integer({ min: -5, max: 5 }),
    usesTaskDependencies: fc.boolean(),
    maxParallelTasks: fc.constantFrom(-1, 1),
    allowTaskPreemption: fc.boolean(),
    onTaskFailure: fc.constantFrom("noaction", "performexitoptionsjobaction"),
    jobPreparationTask: fc.record({ commandLine: fc.constant("true") }),
  },
  { requiredKeys: ["id", "poolInfo"] },
);

const pool = fc
  .record({ id: poolId, nodes: fc.integer({ min: 0, max: 2 }), spot: fc.integer({ min: 0, max: 1 }) })
  .map(({ id, nodes, spot }) => {
    return poolSpec(id, { taskSlotsPerNode: 2, targetDedicatedNodes: nodes, targetLowPriorityNodes: spot });
  });

const post = <T>(path: fc.Arbitrary<string>, body?: fc.Arbitrary<T>): fc.Arbitrary<Step> =>
  body === undefined
    ? path.map((at) => ({ method: "POST", path: at }))
    : fc.tuple(path, body).map(([at, value]) => ({ method: "POST", path: at, body: value }));
const onPool = (action: string): fc.Arbitrary<string> => poolId.map((id) => `/pools/${id}${action}`);
const onJob = (action: string): fc.Arbitrary<string> => jobId.map((id) => `/jobs/${id}${action}`);
const onTask = (action: string): fc.Arbitrary<string> =>
  fc.tuple(jobId, taskId).map(([j, t]) => `/jobs/${j}/tasks/${t}${action}`);
const withMethod = <T>(
  method: string,
  path: fc.Arbitrary<string>,
  body?: fc.Arbitrary<T>,
): fc.Arbitrary<Step> => post(path, body).map((step) => ({ ...step, method }));

const sensible: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: post(fc.constant("/pools"), pool) },
  { weight: 3, arbitrary: post(fc.constant("/jobs"), job) },
  { weight: 8, arbitrary: post(onJob("/tasks"), task) },
  {
    weight: 4,
    arbitrary: post(onJob("/addtaskcollection"), fc.record({ value: fc.array(task, { maxLength: 4 }) })),
  },
  { weight: 2, arbitrary: post(onTask("/terminate")) },
  { weight: 2, arbitrary: post(onTask("/reactivate")) },
  { weight: 1, arbitrary: withMethod("DELETE", onTask("")) },
  {
    weight: 1,
    arbitrary: withMethod("PUT", onTask(""), fc.constant({ constraints: { maxTaskRetryCount: 1 } })),
  },
  {
    weight: 2,
    arbitrary: post(
      onPool("/resize"),
      fc.record({
        targetDedicatedNodes: fc.integer({ min: 0, max: 2 }),
        targetLowPriorityNodes: fc.integer({ min: 0, max: 1 }),
        nodeDeallocationOption: deallocation,
      }),
    ),
  },
  { weight: 1, arbitrary: post(onPool("/stopresize")) },
  { weight: 1, arbitrary: withMethod("DELETE", onPool("")) },
  {
    weight: 1,
    arbitrary: withMethod("PATCH", onPool(""), fc.constant({ metadata: [{ name: "a", value: "b" }] })),
  },
  {
    weight: 1,
    arbitrary: withMethod("PATCH", onJob(""), fc.record({ priority: fc.integer({ min: -5, max: 5 }) })),
  },
  {
    weight: 1,
    arbitrary: post(
      onJob("/disable"),
      fc.record({ disableTasks: fc.constantFrom("requeue", "terminate", "wait") }),
    ),
  },
  { weight: 2, arbitrary: post(onJob("/enable")) },
  { weight: 1, arbitrary: post(onJob("/terminate")) },
  { weight: 1, arbitrary: withMethod("DELETE", onJob("")) },
);

// Any operation there is, with any JSON for a body and made-up headers.
const senseless: fc.Arbitrary<Step> = fc
  .record({
    operation: fc.constantFrom(...routeTable),
    ids: fc.tuple(poolId, jobId, taskId),
    body: fc.jsonValue({ maxDepth: 3 }),
    query: fc.dictionary(
      fc.constantFrom("maxresults", "$filter", "$select", "$expand", "recursive", "timeout", "$skiptoken"),
      fc.oneof(fc.string(), fc.constantFrom("1", "state eq 'active'", "id", "stats", "true")),
      { maxKeys: 2 },
    ),
    ifMatch: fc.option(fc.constantFrom("*", "0x8D7CD3C4DCF7680", 'W/"x"'), { nil: undefined }),
  })
  .map(({ operation, ids, body, query, ifMatch }) => ({
    method: operation.method,
    path: operation.path
      .replace(":poolId", ids[0])
      .replace(/:job(Schedule)?Id/, ids[1])
      .replace(":taskId", ids[2])
      .replace("(:certificate)", "(thumbprintAlgorithm=sha1,thumbprint=00)")
      .replace(/:\w+|\*/g, "unknown"),
    query,
    ...(operation.method === "GET" || operation.method === "HEAD" ? {} : { body }),
    ...(ifMatch === undefined ? {} : { headers: { "if-match": ifMatch } }),
  }));

const steps = fc.array(fc.oneof({ weight: 4, arbitrary: sensible }, { weight: 1, arbitrary: senseless }), {
  minLength: 10,
  maxLength: 40,
});

// Most random requests are about things that do not exist, so every sequence begins with something that does.
const beginning: Step[] = [
  { method: "POST", path: "/pools", body: poolSpec("p1", { taskSlotsPerNode: 2, targetDedicatedNodes: 1 }) },
  {
    method: "POST",
    path: "/jobs",
    body: { id: "j1", poolInfo: { poolId: "p1" }, usesTaskDependencies: true },
  },
  { method: "POST", path: "/jobs/j1/tasks", body: { id: "t1", commandLine: "sleep 0.05" } },
];

/** The transitions that the service's documentation draws. */
const legal: Record<string, Record<string, string[]>> = {
  job: {
    active: ["disabling", "terminating", "deleting"],
    disabling: ["disabled", "disabling", "enabling", "terminating", "deleting"],
    disabled: ["disabling", "enabling", "terminating", "deleting"],
    enabling: ["active", "terminating", "deleting"],
    terminating: ["completed", "deleting"],
    completed: ["deleting"],
    deleting: [],
  },
  task: {
    active: ["preparing", "running", "completed"],
    preparing: ["running", "active", "completed"],
    running: ["completed", "active"],
    completed: ["active"],
  },
};

interface Snapshot {
  pools: TestJson[];
  jobs: { job: TestJson; tasks: TestJson[]; counts: TestJson }[];
}

async function look(client: SignedClient): Promise<Snapshot> {
  const pools = (await client.get("/pools")).json.value as TestJson[];
  const jobs: Snapshot["jobs"] = [];
  for (const found of (await client.get("/jobs")).json.value as TestJson[]) {
    const list = await client.get(`/jobs/${String(found.id)}/tasks`);
    const counts = await client.get(`/jobs/${String(found.id)}/taskcounts`);
    if (list.status === 404 || counts.status === 404) continue;
    jobs.push({
      job: found,
      tasks: list.json.value as TestJson[],
      counts: counts.json.taskCounts as TestJson,
    });
  }
  return { pools, jobs };
}

function checkAnswer(step: Step, answer: TestAnswer): void {
  const described = `${step.method} ${step.path} ${JSON.stringify(step.body)} → ${answer.status} ${answer.text}`;
  expect(answer.status, described).toBeLessThan(500);
  if (answer.status >= 400 && step.method !== "HEAD")
    expect(answer.json.code, described).toEqual(expect.any(String));
}

function checkCounts({ tasks, counts }: Snapshot["jobs"][number]): void {
  expect(Number(counts.active) + Number(counts.running) + Number(counts.completed)).toBe(tasks.length);
  expect(Number(counts.succeeded) + Number(counts.failed)).toBe(counts.completed);
}

function checkStates({ job: found, tasks }: Snapshot["jobs"][number]): void {
  checkTransition("job", found);
  for (const one of tasks) {
    checkTransition("task", one);
    const info = one.executionInfo as TestJson;
    const completed = one.state === "completed";
    expect([info.endTime !== undefined, info.result !== undefined]).toEqual([completed, completed]);
    if (completed) expect(info.result).toBe(info.failureInfo === undefined ? "success" : "failure");
    if (one.state === "running") expect(one.nodeInfo).toBeDefined();
  }
}

function checkTransition(kind: string, entity: TestJson): void {
  if (entity.previousState === undefined) {
    expect(["active", "completed"]).toContain(entity.state);
    return;
  }
  expect(legal[kind]![String(entity.previousState)], JSON.stringify(entity)).toContain(entity.state);
  expect(sortable(entity.previousStateTransitionTime) <= sortable(entity.stateTransitionTime)).toBe(true);
}

// The service cuts trailing zeros of a fraction.
function sortable(time: unknown): string {
  const text = String(time).replace("Z", "");
  return (text.includes(".") ? text : `${text}.`).padEnd(27, "0");
}

// What changes without the entity's tag: for pools what happens to nodes, for tasks what happens on them. That the
// tag stays when automatic scaling is disabled was recorded.
const untagged: Record<string, string[]> = {
  pool: [
    "allocationState",
    "allocationStateTransitionTime",
    "currentDedicatedNodes",
    "currentLowPriorityNodes",
    "resizeErrors",
    "autoScaleRun",
    "enableAutoScale",
    "autoScaleFormula",
    "autoScaleEvaluationInterval",
  ],
  job: [],
  task: [
    "state",
    "stateTransitionTime",
    "previousState",
    "previousStateTransitionTime",
    "executionInfo",
    "nodeInfo",
  ],
};

function checkTag(kind: string, before: TestJson | undefined, after: TestJson): void {
  expect(String(after.eTag)).toMatch(/^0x[0-9A-F]+$/);
  if (before === undefined || before.creationTime !== after.creationTime) return;
  const tagged = (entity: TestJson): string =>
    JSON.stringify(
      Object.fromEntries(Object.entries(entity).filter(([name]) => !untagged[kind]!.includes(name))),
    );
  expect(before.eTag !== after.eTag, `${tagged(before)}\n${tagged(after)}`).toBe(
    tagged(before) !== tagged(after),
  );
}

/** A request that changed a task has given it another tag. */
function checkTaskChange(step: Step, answer: TestAnswer, before: Snapshot): void {
  const [, jobName, taskName] = /^\/jobs\/(\w+)\/tasks\/(\w+)(?:\/\w+)?$/.exec(step.path) ?? [];
  const tag = answer.headers.get("etag");
  if (step.method === "GET" || step.method === "HEAD" || tag === null || taskName === undefined) return;
  const earlier = before.jobs
    .find((entry) => isSameId(entry.job.id, jobName))
    ?.tasks.find((one) => isSameId(one.id, taskName));
  expect(tag, JSON.stringify(step)).not.toBe(earlier?.eTag);
}

const isSameId = (id: unknown, other: unknown): boolean =>
  String(id).toLowerCase() === String(other).toLowerCase();

/** Remembers which tasks may count as satisfied, and finds none that ran before the tasks it depends on. */
class Satisfied {
  private readonly keys = new Set<string>();

  check(before: Snapshot, after: Snapshot): void {
    for (const { job: found, tasks } of after.jobs) {
      const key = (id: unknown): string => `${String(found.creationTime)} ${String(id).toLowerCase()}`;
      const earlier = before.jobs.find((entry) => entry.job.creationTime === found.creationTime)?.tasks ?? [];
      // One that is gone may have succeeded before it went.
      for (const one of earlier) if (!tasks.some((other) => other.id === one.id)) this.keys.add(key(one.id));
      for (const one of tasks) {
        if (at(one, "executionInfo", "result") === "success") this.keys.add(key(one.id));
      }
      for (const one of tasks) {
        if (at(one, "executionInfo", "startTime") === undefined) continue;
        for (const id of (at(one, "dependsOn", "taskIds") ?? []) as unknown[]) {
          expect(this.keys.has(key(id)), `${JSON.stringify(one)} ran before ${String(id)}`).toBe(true);
        }
      }
    }
  }
}

function checkAll(before: Snapshot, after: Snapshot): void {
  for (const found of after.pools) {
    checkTag(
      "pool",
      before.pools.find((other) => other.id === found.id),
      found,
    );
    expect(["active", "deleting"]).toContain(found.state);
    expect(["steady", "resizing", "stopping"]).toContain(found.allocationState);
  }
  for (const entry of after.jobs) {
    const earlier = before.jobs.find((other) => other.job.id === entry.job.id);
    checkCounts(entry);
    checkStates(entry);
    checkTag("job", earlier?.job, entry.job);
    for (const one of entry.tasks) {
      checkTag(
        "task",
        earlier?.tasks.find((other) => other.id === one.id),
        one,
      );
    }
  }
}

/** Gives every job what it needs to get its tasks done, and waits until they are. */
async function finishEverything(client: SignedClient): Promise<void> {
  for (const id of ["p1", "p2"]) {
    await until(async () => (await client.get(`/pools/${id}`)).json.state !== "deleting");
    await client.post("/pools", poolSpec(id, { taskSlotsPerNode: 2, targetDedicatedNodes: 1 }));
    await until(async () => (await client.get(`/pools/${id}`)).json.allocationState === "steady");
    await client.post(`/pools/${id}/resize`, { targetDedicatedNodes: 1 });
  }
  const { jobs } = await look(client);
  for (const { job: found } of jobs) await client.post(`/jobs/${String(found.id)}/enable`);
  await until(async () => {
    const now = await look(client);
    return now.jobs.every((entry) => entry.job.state === "completed" || isDone(entry));
  });
}

// A task may wait for ever only for one that is not there, has failed, or waits itself for such a one.
function isDone({ job: found, tasks }: Snapshot["jobs"][number]): boolean {
  if (found.state !== "active") return false;
  const byId = new Map(tasks.map((one) => [String(one.id).toLowerCase(), one]));
  const satisfied = (id: unknown): boolean => {
    const other = byId.get(String(id).toLowerCase());
    return other?.state === "completed" && at(other, "executionInfo", "result") === "success";
  };
  return tasks.every((one) => {
    const ids = (at(one, "dependsOn", "taskIds") ?? []) as unknown[];
    return one.state === "completed" || (one.state === "active" && !ids.every(satisfied));
  });
}

test("whatever is sent, the invariants hold, every task ends, and everything can be deleted", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const emulator = await startEmulator();
      const client = new SignedClient(emulator);
      try {
        const satisfied = new Satisfied();
        let before = await look(client);
        for (const step of [...beginning, ...sequence]) {
          const { method, path, ...request } = step;
          const answer = await client.send(method, path, request);
          checkAnswer(step, answer);
          checkTaskChange(step, answer, before);
          const after = await look(client);
          checkAll(before, after);
          satisfied.check(before, after);
          before = after;
        }
        await finishEverything(client);
        const last = await look(client);
        checkAll(before, last);
        satisfied.check(before, last);
        for (const { job: found } of last.jobs) await client.delete(`/jobs/${String(found.id)}`);
        for (const found of last.pools) await client.delete(`/pools/${String(found.id)}`);
        await until(async () => {
          const { pools, jobs } = await look(client);
          return pools.length === 0 && jobs.length === 0;
        });
      } finally {
        await emulator.close();
      }
    }),
    { numRuns: Number(process.env.INVARIANT_RUNS ?? 15), interruptAfterTimeLimit: 200_000 },
  );
});
