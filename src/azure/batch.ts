import { type Clock, systemClock } from "../clock.js";
import { ServiceError } from "../errors/index.js";
import type { BatchAccount } from "./account.js";
import { addTasks, requestLimit } from "./add-tasks.js";
import { DEFAULT_API_VERSION } from "./api-version.js";
import { readFile } from "./batch-files.js";
import { repeating, type Send } from "./batch-requests.js";
import {
  create,
  end,
  find,
  jobPath,
  type ListQuery,
  list,
  poolPath,
  query,
  taskPath,
} from "./batch-resources.js";
import { type BatchWire, openBatchWire } from "./batch-wire.js";
import { accountOperations } from "./operations/account.js";
import { fileOperations } from "./operations/files.js";
import { jobScheduleOperations } from "./operations/job-schedules.js";
import { jobOperations } from "./operations/jobs.js";
import { nodeOperations } from "./operations/nodes.js";
import { poolOperations } from "./operations/pools.js";
import { taskOperations } from "./operations/tasks.js";
import type {
  BatchPort,
  CallOptions,
  JobState,
  NodeState,
  PoolState,
  PreparationState,
  TaskState,
} from "./ports.js";
import { environmentProxy, type ProxyChoice } from "./proxy.js";
import { type RetryPolicy, usualRetries } from "./retry.js";
import { withAllDigits } from "./service-time.js";

export interface BatchPortOptions {
  /**
   * Requests of {@link BatchPort.addTasks} in flight at most, of all callers together that name no number of their own.
   * Default 16; there are fewer while the service is too busy for as many.
   */
  readonly concurrency?: number;
  readonly retries?: RetryPolicy;
  readonly clock?: Clock;
}

/** How requests travel; each has a default. */
export interface BatchAccountOptions extends BatchPortOptions {
  /** Default {@link DEFAULT_API_VERSION}. */
  readonly apiVersion?: string;
  /** Default: what the environment says. */
  readonly proxy?: ProxyChoice;
}

/** The port to a Batch account. No request is made. */
export function createBatchPort(
  account: BatchAccount,
  { apiVersion = DEFAULT_API_VERSION, proxy = environmentProxy, ...options }: BatchAccountOptions = {},
): BatchPort {
  return batchPort(account.url, openBatchWire(account, { apiVersion, proxy }), options);
}

/** The port to whatever is at the other end of a wire. */
export function batchPort(
  url: string,
  wire: BatchWire,
  { concurrency = 16, retries = usualRetries, clock = systemClock }: BatchPortOptions = {},
): BatchPort {
  const reading: { clockAhead?: number } = {};
  const send = repeating(readingClock(wire, reading), retries, clock);
  const limit = requestLimit(concurrency);

  return {
    url,
    account: accountOperations(send),
    pools: poolOperations(send),
    nodes: nodeOperations(send),
    jobs: jobOperations(send),
    jobSchedules: jobScheduleOperations(send),
    tasks: taskOperations(send),
    files: fileOperations(send),

    checkAccess: async (options) => {
      const target = `/jobs?${query({ select: ["id"], maxresults: 1 })}`;
      try {
        await send({ operation: "let this client in", method: "GET", target }, options);
        return { ...reading };
      } catch (error) {
        const refused = error instanceof ServiceError && [401, 403].includes(error.statusCode ?? 0);
        if (refused) return { ...reading, refusal: error };
        throw error;
      }
    },

    createPool: (pool, options) =>
      create(send, { what: "pool", at: "/pools", exists: "PoolExists" }, pool, options),

    getPool: (poolId, options) =>
      find<PoolState>(send, `get pool ${poolId}`, poolPath(poolId), POOL_STATE, options),

    deletePool: (poolId, options) =>
      end(send, { operation: `delete pool ${poolId}`, method: "DELETE", target: poolPath(poolId) }, options),

    listNodes: (poolId, options) =>
      list<NodeState>(
        send,
        `list the nodes of pool ${poolId}`,
        `${poolPath(poolId)}/nodes`,
        { select: NODE_STATE },
        options,
      ),

    createJob: (job, options) =>
      create(send, { what: "job", at: "/jobs", exists: "JobExists" }, job, options),

    getJob: (jobId, options) => find<JobState>(send, `get job ${jobId}`, jobPath(jobId), JOB_STATE, options),

    endJobWhenTasksComplete: async (jobId, options) => {
      const operation = `let job ${jobId} end with its tasks`;
      const body = JSON.stringify({ onAllTasksComplete: "terminatejob" });
      await send({ operation, method: "PATCH", target: jobPath(jobId), body }, options);
    },

    terminateJob: (jobId, reason, options) =>
      end(
        send,
        {
          operation: `terminate job ${jobId}`,
          method: "POST",
          target: `${jobPath(jobId)}/terminate`,
          body: JSON.stringify({ terminateReason: reason }),
        },
        options,
      ),

    deleteJob: (jobId, options) =>
      end(send, { operation: `delete job ${jobId}`, method: "DELETE", target: jobPath(jobId) }, options),

    addTasks: (jobId, tasks, options = {}) =>
      addTasks({ send, concurrency, limit, retries, clock }, jobId, tasks, options),

    listTasks: (jobId, query, options) => listTasks(send, jobId, query, options),

    terminateTask: (jobId, taskId, options) =>
      end(
        send,
        {
          operation: `terminate task ${taskId} of job ${jobId}`,
          method: "POST",
          target: `${taskPath(jobId, taskId)}/terminate`,
        },
        options,
      ),

    listPreparations: (jobId, options) => listPreparations(send, jobId, options),

    getTaskFile: (jobId, taskId, path, options = {}) => readFile(send, { jobId, taskId }, path, options),

    getNodeFile: (poolId, nodeId, path, options = {}) => readFile(send, { poolId, nodeId }, path, options),

    close: () => wire.close(),
  };
}

/** Takes note of how far this computer's clock is ahead of the service's, as each answer shows it. */
function readingClock(wire: BatchWire, reading: { clockAhead?: number }): BatchWire {
  return {
    ...wire,
    async send(request, signal) {
      const answer = await wire.send(request, signal);
      const time = Date.parse(answer.headers.get("date") ?? "");
      if (!Number.isNaN(time)) reading.clockAhead = Date.now() - time;
      return answer;
    },
  };
}

/* What the states in ports.ts hold: asked for by name, so that answers stay small. */
const POOL_STATE = [
  "id",
  "state",
  "allocationState",
  "vmSize",
  "virtualMachineConfiguration",
  "cloudServiceConfiguration",
  "taskSlotsPerNode",
  "targetDedicatedNodes",
  "targetLowPriorityNodes",
  "currentDedicatedNodes",
  "currentLowPriorityNodes",
  "enableAutoScale",
  "resizeErrors",
  "autoScaleRun",
];
const NODE_STATE = ["id", "state", "startTaskInfo", "errors"];
const JOB_STATE = ["id", "state", "executionInfo"];
const PREPARATION_STATE = ["nodeId", "jobPreparationTaskExecutionInfo"];

async function* listTasks(
  send: Send,
  jobId: string,
  query: ListQuery,
  options: CallOptions | undefined,
): AsyncGenerator<TaskState, void, undefined> {
  const operation = `list the tasks of job ${jobId}`;
  for await (const task of list<TaskState>(send, operation, `${jobPath(jobId)}/tasks`, query, options)) {
    const { stateTransitionTime: time } = task;
    // Absent where it was not selected.
    yield time === undefined ? task : { ...task, stateTransitionTime: withAllDigits(time) };
  }
}

async function* listPreparations(
  send: Send,
  jobId: string,
  options: CallOptions | undefined,
): AsyncGenerator<PreparationState, void, undefined> {
  try {
    yield* list<PreparationState>(
      send,
      `list the preparations of job ${jobId}`,
      `${jobPath(jobId)}/jobpreparationandreleasetaskstatus`,
      { select: PREPARATION_STATE },
      options,
    );
  } catch (error) {
    const none = ["JobPreparationTaskNotSpecified", "JobPreparationTaskOrReleaseTaskNotSpecified"];
    if (!(error instanceof ServiceError && none.includes(error.code))) throw error;
  }
}
