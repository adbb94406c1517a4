import { expect } from "vitest";
import { ranTwiceAtOnce, type Step } from "./random-steps.js";
import { at, type SignedClient, type TestAnswer, type TestJson } from "./signed-client.js";

// What has to hold of everything that the emulator shows, whatever was sent to it.

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
  schedule: {
    active: ["disabled", "terminating", "completed", "deleting"],
    disabled: ["active", "terminating", "deleting"],
    terminating: ["completed", "deleting"],
    completed: ["deleting"],
    deleting: [],
  },
};

export interface Snapshot {
  pools: { pool: TestJson; nodes: TestJson[] }[];
  jobs: { job: TestJson; tasks: TestJson[]; counts: TestJson }[];
  schedules: TestJson[];
}

/** All there is. What goes while it is looked at is left out. */
export async function look(client: SignedClient): Promise<Snapshot> {
  const pools: Snapshot["pools"] = [];
  for (const pool of (await client.get("/pools")).json.value as TestJson[]) {
    const list = await client.get(`/pools/${String(pool.id)}/nodes`);
    if (list.status === 200) pools.push({ pool, nodes: list.json.value as TestJson[] });
  }
  const schedules = (await client.get("/jobschedules")).json.value as TestJson[];
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
  return { pools, jobs, schedules };
}

export function checkAnswer(step: Step, answer: TestAnswer): void {
  const described = `${step.method} ${step.path} ${JSON.stringify(step.body)} → ${answer.status} ${answer.text}`;
  // The service has this one in the class of its own errors.
  if (answer.json.code !== "TooManyEnableAutoScaleRequests")
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
  const info = found.executionInfo as TestJson;
  expect(info.endTime !== undefined).toBe(found.state === "completed");
  if (found.state !== "completed") expect(info.terminateReason).toBeUndefined();
  for (const one of tasks) checkTask(found, one);
  // What no task is begun in has none that runs.
  if (found.state === "disabled" || found.state === "completed") {
    expect(tasks.map((one) => one.state)).not.toContain("running");
    expect(tasks.map((one) => one.state)).not.toContain("preparing");
  }
  if (Number(found.maxParallelTasks) > 0) {
    const begun = tasks.filter((one) => one.state === "preparing" || one.state === "running");
    expect(begun.length).toBeLessThanOrEqual(Number(found.maxParallelTasks));
  }
}

function checkTask(job: TestJson, one: TestJson): void {
  const described = JSON.stringify(one);
  checkTransition("task", one);
  const info = one.executionInfo as TestJson;
  const completed = one.state === "completed";
  expect([info.endTime !== undefined, info.result !== undefined]).toEqual([completed, completed]);
  expect(info.exitCode, described).not.toBe(ranTwiceAtOnce);
  if (completed) {
    expect(info.result).toBe(info.failureInfo === undefined ? "success" : "failure");
    expect(info.endTime).toBe(one.stateTransitionTime);
    if (info.startTime !== undefined) expect(sortable(info.startTime) <= sortable(info.endTime)).toBe(true);
  } else {
    expect([info.exitCode, info.failureInfo], described).toEqual([undefined, undefined]);
  }
  if (one.state === "running") {
    expect(info.startTime, described).toBe(one.stateTransitionTime);
    expect(isSameId(at(one, "nodeInfo", "poolId"), at(job, "executionInfo", "poolId")), described).toBe(true);
  }
  if (one.state === "preparing") expect(job.jobPreparationTask, described).toBeDefined();
  // A retry counts once it is due, and has its time when it starts.
  if (Number(info.retryCount) === 0) expect(info.lastRetryTime, described).toBeUndefined();
  else if (one.state === "running") expect(info.lastRetryTime, described).toBeDefined();
  expect(info.lastRequeueTime !== undefined, described).toBe(Number(info.requeueCount) > 0);
}

const takesTasks = new Set(["idle", "running", "offline"]);
const knownNodeStates = new Set([
  ...takesTasks,
  "creating",
  "starting",
  "waitingforstarttask",
  "starttaskfailed",
  "rebooting",
  "leavingpool",
  "preempted",
]);

function checkNodes(before: Snapshot["pools"][number] | undefined, after: Snapshot["pools"][number]): void {
  const slots = Number(after.pool.taskSlotsPerNode);
  for (const node of after.nodes) {
    const described = JSON.stringify(node);
    const state = String(node.state);
    const tasks = Number(node.runningTasksCount);
    const taken = Number(node.runningTaskSlotsCount);
    expect(knownNodeStates, described).toContain(state);
    expect(taken, described).toBeLessThanOrEqual(slots);
    expect(taken, described).toBeGreaterThanOrEqual(tasks);
    expect(Number(node.totalTasksSucceeded), described).toBeLessThanOrEqual(Number(node.totalTasksRun));
    if (state === "running") expect(tasks, described).toBeGreaterThan(0);
    if (state === "idle" || state === "offline") expect(tasks, described).toBe(0);
    if (state === "idle") expect(node.schedulingState, described).toBe("enabled");
    if (state === "offline") expect(node.schedulingState, described).toBe("disabled");
    if (state === "creating" || state === "starting") expect(tasks, described).toBe(0);
    const earlier = before?.nodes.find((other) => other.id === node.id);
    if (earlier === undefined) continue;
    if (earlier.state === "leavingpool") expect(state, described).toBe("leavingpool");
    expect(sortable(earlier.stateTransitionTime) <= sortable(node.stateTransitionTime), described).toBe(true);
  }
}

function checkSchedule(found: TestJson, jobs: Snapshot["jobs"]): void {
  checkTransition("schedule", found);
  const info = found.executionInfo as TestJson;
  const described = JSON.stringify(found);
  expect(info.endTime !== undefined, described).toBe(found.state === "completed");
  // A disabled one still tells when its next job would come.
  if (found.state !== "active" && found.state !== "disabled")
    expect(info.nextRunTime, described).toBeUndefined();
  const prefix = `${String(found.id).toLowerCase()}:job-`;
  const own = jobs.filter(({ job }) => String(job.id).toLowerCase().startsWith(prefix));
  const active = own.filter(({ job }) => job.state !== "completed" && job.state !== "deleting");
  expect(active.length, described).toBeLessThanOrEqual(1);
  if (found.state === "completed") expect(active, described).toEqual([]);
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
  schedule: ["executionInfo"],
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
export function checkTaskChange(step: Step, answer: TestAnswer, before: Snapshot): void {
  const [, jobName, taskName] = /^\/jobs\/([\w:-]+)\/tasks\/(\w+)(?:\/\w+)?$/.exec(step.path) ?? [];
  const tag = answer.headers.get("etag");
  if (step.method === "GET" || step.method === "HEAD" || tag === null || taskName === undefined) return;
  const earlier = before.jobs
    .find((entry) => isSameId(entry.job.id, jobName))
    ?.tasks.find((one) => isSameId(one.id, taskName));
  expect(tag, JSON.stringify(step)).not.toBe(earlier?.eTag);
}

export const isSameId = (id: unknown, other: unknown): boolean =>
  String(id).toLowerCase() === String(other).toLowerCase();

/** Remembers which tasks may count as satisfied, and finds none that ran before the tasks it depends on. */
export class Satisfied {
  private readonly keys = new Set<string>();

  check(before: Snapshot, after: Snapshot): void {
    for (const { job: found, tasks } of after.jobs) {
      const key = (id: unknown): string => `${String(found.creationTime)} ${String(id).toLowerCase()}`;
      const earlier = before.jobs.find((entry) => entry.job.creationTime === found.creationTime)?.tasks ?? [];
      // One that is gone may have succeeded before it went.
      for (const one of earlier) {
        if (!tasks.some((other) => other.creationTime === one.creationTime)) this.keys.add(key(one.id));
      }
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

export function checkAll(before: Snapshot, after: Snapshot): void {
  for (const entry of after.pools) {
    const earlier = before.pools.find((other) => other.pool.creationTime === entry.pool.creationTime);
    checkTag("pool", earlier?.pool, entry.pool);
    expect(["active", "deleting"]).toContain(entry.pool.state);
    expect(["steady", "resizing", "stopping"]).toContain(entry.pool.allocationState);
    if (entry.pool.allocationState !== "steady") expect(entry.pool.resizeErrors).toBeUndefined();
    checkNodes(earlier, entry);
  }
  for (const entry of after.jobs) {
    const earlier = before.jobs.find((other) => other.job.id === entry.job.id);
    checkCounts(entry);
    checkStates(entry);
    checkTag("job", earlier?.job, entry.job);
    for (const one of entry.tasks) {
      const was = earlier?.tasks.find((other) => other.id === one.id);
      checkTag("task", was, one);
      checkOrder(was, one);
    }
  }
  for (const found of after.schedules) {
    const earlier = before.schedules.find((other) => other.id === found.id);
    checkTag("schedule", earlier, found);
    checkOrder(earlier, found);
    checkSchedule(found, after.jobs);
  }
}

// Between two looks an entity may pass several states, but never goes back in time, nor changes without a new time.
function checkOrder(before: TestJson | undefined, after: TestJson): void {
  if (before === undefined || before.creationTime !== after.creationTime) return;
  const described = `${JSON.stringify(before)}\n${JSON.stringify(after)}`;
  const [earlier, later] = [sortable(before.stateTransitionTime), sortable(after.stateTransitionTime)];
  expect(earlier <= later, described).toBe(true);
  if (earlier === later) expect(after.state, described).toBe(before.state);
  else if (after.previousStateTransitionTime !== undefined)
    expect(earlier <= sortable(after.previousStateTransitionTime), described).toBe(true);
}
