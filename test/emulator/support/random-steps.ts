import fc from "fast-check";
import { routeTable } from "../../../src/emulator/operations/route-table.js";
import { poolSpec } from "./workbench.js";

// Random requests, sensible and senseless, about a few pools, jobs, tasks and schedules.

/** A request; `{0}` in it stands for the id of its pool's first node, `{1}` for the second one's. */
export interface Step {
  method: string;
  path: string;
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

const poolId = fc.constantFrom("p1", "P1", "p2", "cluster");
const jobId = fc.constantFrom("j1", "j1", "j2", "J2", "mpi", "mpi", "s1:job-1");
const taskId = fc.constantFrom("t1", "t2", "T2", "3");
const scheduleId = fc.constantFrom("s1", "S1", "s2");
const nodePath = fc
  .tuple(poolId, fc.constantFrom("{0}", "{1}"))
  .map(([pool, node]) => `/pools/${pool}/nodes/${node}`);
const deallocation = fc.constantFrom("requeue", "terminate", "taskcompletion");
/** The exit code of a task that finds another run of itself in its folder. */
export const ranTwiceAtOnce = 99;
const commandLine = fc.constantFrom(
  "true",
  "false",
  "sleep 0.3",
  "no-such-program",
  "/bin/sh -c 'exit 3'",
  `/bin/sh -c 'flock -n -E ${ranTwiceAtOnce} lock sleep 0.2; test $? != ${ranTwiceAtOnce} || exit ${ranTwiceAtOnce}'`,
);

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
    multiInstanceSettings: fc.record({
      numberOfInstances: fc.constantFrom(1, 2),
      coordinationCommandLine: fc.constantFrom("true", "false", "/bin/sh -c 'sleep 60 &'"),
    }),
  },
  { requiredKeys: ["id", "commandLine"] },
);

const jobSpecification = {
  poolInfo: fc.record({ poolId }),
  priority: fc.integer({ min: -5, max: 5 }),
  usesTaskDependencies: fc.boolean(),
  maxParallelTasks: fc.constantFrom(-1, 1),
  allowTaskPreemption: fc.boolean(),
  onTaskFailure: fc.constantFrom("noaction", "performexitoptionsjobaction"),
  jobPreparationTask: fc.record({ commandLine: fc.constantFrom("true", "sleep 0.05") }),
};

const job = fc.record(
  {
    id: jobId.filter((id) => !id.includes(":")),
    ...jobSpecification,
    onAllTasksComplete: fc.constantFrom("noaction", "terminatejob"),
  },
  { requiredKeys: ["id", "poolInfo"] },
);

// A minute is the shortest recurrence; the emulator's speed makes it a fraction of a second.
const schedule = fc.record({
  id: scheduleId,
  schedule: fc.record(
    {
      recurrenceInterval: fc.constantFrom("PT1M", "P1D"),
      startWindow: fc.constantFrom("PT1M", "PT2M"),
      doNotRunAfter: fc.constant("2099-01-01T00:00:00Z"),
    },
    { requiredKeys: [] },
  ),
  jobSpecification: fc.record(
    {
      ...jobSpecification,
      jobManagerTask: fc.record({
        id: fc.constant("manager"),
        commandLine: fc.constantFrom("true", "false", "sleep 0.05"),
      }),
    },
    { requiredKeys: ["poolInfo"] },
  ),
});

const pool = fc
  .record({ id: poolId, nodes: fc.integer({ min: 0, max: 2 }), spot: fc.integer({ min: 0, max: 1 }) })
  .map(({ id, nodes, spot }) => poolBody(id, nodes, spot));

/** A pool of two slots a node, or the one whose nodes talk to each other, of one. */
export function poolBody(id: string, nodes: number, spot = 0): object {
  const own = id === "cluster" ? { enableInterNodeCommunication: true } : { taskSlotsPerNode: 2 };
  return poolSpec(id, { ...own, targetDedicatedNodes: nodes, targetLowPriorityNodes: spot });
}

const post = <T>(path: fc.Arbitrary<string>, body?: fc.Arbitrary<T>): fc.Arbitrary<Step> =>
  body === undefined
    ? path.map((at) => ({ method: "POST", path: at }))
    : fc.tuple(path, body).map(([at, value]) => ({ method: "POST", path: at, body: value }));
const onPool = (action: string): fc.Arbitrary<string> => poolId.map((id) => `/pools/${id}${action}`);
const onJob = (action: string): fc.Arbitrary<string> => jobId.map((id) => `/jobs/${id}${action}`);
const onSchedule = (action: string): fc.Arbitrary<string> =>
  scheduleId.map((id) => `/jobschedules/${id}${action}`);
const onNode = (action: string): fc.Arbitrary<string> => nodePath.map((path) => `${path}${action}`);
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
  {
    weight: 1,
    arbitrary: withMethod("PATCH", onJob(""), fc.constant({ onAllTasksComplete: "terminatejob" })),
  },
  {
    weight: 1,
    arbitrary: post(
      onPool("/enableautoscale"),
      fc.record({
        autoScaleFormula: fc.constantFrom(
          "$TargetDedicatedNodes = 1",
          "$TargetDedicatedNodes = min(2, $PendingTasks)",
          "$TargetLowPriorityNodes = 1; $NodeDeallocationOption = taskcompletion",
          "$TargetDedicatedNodes = avg($ActiveTasks.GetSample(1))",
        ),
        autoScaleEvaluationInterval: fc.constant("PT5M"),
      }),
    ),
  },
  { weight: 1, arbitrary: post(onPool("/disableautoscale")) },
  {
    weight: 1,
    arbitrary: post(
      onPool("/removenodes"),
      fc.record({ nodeList: fc.constant(["{0}"]), nodeDeallocationOption: deallocation }),
    ),
  },
  { weight: 2, arbitrary: post(onNode("/reboot"), fc.record({ nodeRebootOption: deallocation })) },
  { weight: 1, arbitrary: post(onNode("/preempt")) },
  {
    weight: 1,
    arbitrary: post(onNode("/disablescheduling"), fc.record({ nodeDisableSchedulingOption: deallocation })),
  },
  { weight: 1, arbitrary: post(onNode("/enablescheduling")) },
  { weight: 2, arbitrary: post(fc.constant("/jobschedules"), schedule) },
  { weight: 1, arbitrary: post(onSchedule("/disable")) },
  { weight: 1, arbitrary: post(onSchedule("/enable")) },
  { weight: 1, arbitrary: post(onSchedule("/terminate")) },
  { weight: 1, arbitrary: withMethod("DELETE", onSchedule("")) },
);

// Any operation there is, with any JSON for a body and made-up headers.
const senseless: fc.Arbitrary<Step> = fc
  .record({
    operation: fc.constantFrom(...routeTable),
    ids: fc.tuple(poolId, jobId, taskId, scheduleId),
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
      .replace(":jobScheduleId", ids[3])
      .replace(":jobId", ids[1])
      .replace(":taskId", ids[2])
      .replace("(:certificate)", "(thumbprintAlgorithm=sha1,thumbprint=00)")
      .replace(/:\w+|\*/g, "unknown"),
    query,
    ...(operation.method === "GET" || operation.method === "HEAD" ? {} : { body }),
    ...(ifMatch === undefined ? {} : { headers: { "if-match": ifMatch } }),
  }));

// What follows closely on something else, before the first has come to its end.
const inHaste: fc.Arbitrary<Step[]> = fc.oneof(
  fc.tuple(jobId, taskId).map(([j, t]) => {
    const path = `/jobs/${j}/tasks/${t}`;
    const again = [
      { method: "POST", path: `${path}/terminate` },
      { method: "POST", path: `${path}/reactivate` },
    ];
    return [...again, ...again];
  }),
  fc.tuple(jobId, task).map(([j, body]) => [
    { method: "DELETE", path: `/jobs/${j}/tasks/${body.id}` },
    { method: "POST", path: `/jobs/${j}/tasks`, body },
  ]),
  fc
    .tuple(jobId, fc.constantFrom("requeue", "terminate", "wait"), fc.boolean())
    .map(([j, disableTasks, twice]) => {
      const disable = { method: "POST", path: `/jobs/${j}/disable`, body: { disableTasks } };
      return [disable, { method: "POST", path: `/jobs/${j}/enable` }, ...(twice ? [disable] : [])];
    }),
  fc.tuple(nodePath, fc.constantFrom("reboot", "preempt", "disablescheduling")).map(([path, action]) => [
    { method: "POST", path: `${path}/${action}` },
    { method: "POST", path: `${path}/enablescheduling` },
  ]),
  fc.array(sensible, { minLength: 2, maxLength: 4 }),
);

/** Moves, each of requests that follow one another at once. */
export const moves: fc.Arbitrary<Step[][]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: sensible.map((step) => [step]) },
    { weight: 4, arbitrary: inHaste },
    { weight: 1, arbitrary: senseless.map((step) => [step]) },
  ),
  { minLength: 10, maxLength: 40 },
);

// Most random requests are about things that do not exist, so every sequence begins with some that do.
const crowd = (body: object): object[] =>
  ["t1", "t2", "3"].map((id) => ({ id, commandLine: "sleep 0.3", ...body }));
export const beginning: Step[] = [
  { method: "POST", path: "/pools", body: poolBody("p1", 1) },
  { method: "POST", path: "/pools", body: poolBody("cluster", 2) },
  {
    method: "POST",
    path: "/jobs",
    body: { id: "j1", poolInfo: { poolId: "p1" }, usesTaskDependencies: true },
  },
  { method: "POST", path: "/jobs", body: { id: "mpi", poolInfo: { poolId: "cluster" } } },
  { method: "POST", path: "/jobs/j1/addtaskcollection", body: { value: crowd({}) } },
  {
    method: "POST",
    path: "/jobs/mpi/addtaskcollection",
    body: {
      value: crowd({ multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: "true" } }),
    },
  },
];
