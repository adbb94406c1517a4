import { type Clock, systemClock } from "../clock.js";
import { ServiceError } from "../errors/index.js";
import type { BatchAccount } from "./account.js";
import { addTasks, requestLimit } from "./add-tasks.js";
import { DEFAULT_API_VERSION } from "./api-version.js";
import { readFile } from "./batch-files.js";
import { contentOf, repeating, type Send } from "./batch-requests.js";
import { type BatchWire, openBatchWire } from "./batch-wire.js";
import { CREATION_ID, newCreationId } from "./creation-id.js";
import type { MetadataItem } from "./parameters/index.js";
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

/** The port to a Batch account. The client library is loaded here; no request is made. */
export async function createBatchPort(
  account: BatchAccount,
  { apiVersion = DEFAULT_API_VERSION, proxy = environmentProxy, ...options }: BatchAccountOptions = {},
): Promise<BatchPort> {
  return batchPort(account.url, await openBatchWire(account, { apiVersion, proxy }), options);
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

    getTaskFile: (jobId, taskId, path, options = {}) =>
      readFile(
        send,
        {
          operation: `read ${path} of task ${taskId} of job ${jobId}`,
          target: `${taskPath(jobId, taskId)}/files/${encodeURIComponent(path)}`,
        },
        options,
      ),

    getNodeFile: (poolId, nodeId, path, options = {}) =>
      readFile(
        send,
        {
          operation: `read ${path} of node ${nodeId} of pool ${poolId}`,
          target: `${poolPath(poolId)}/nodes/${encodeURIComponent(nodeId)}/files/${encodeURIComponent(path)}`,
        },
        options,
      ),

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

const poolPath = (poolId: string) => `/pools/${encodeURIComponent(poolId)}`;
const jobPath = (jobId: string) => `/jobs/${encodeURIComponent(jobId)}`;
const taskPath = (jobId: string, taskId: string) => `${jobPath(jobId)}/tasks/${encodeURIComponent(taskId)}`;

/* What the states in ports.ts hold: asked for by name, so that answers stay small. */
const POOL_STATE = [
  "id",
  "state",
  "allocationState",
  "vmSize",
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

/** Makes a pool or a job. One that exists is fine if this very call made it and the answer was lost on the way. */
async function create(
  send: Send,
  { what, at, exists }: { what: "pool" | "job"; at: string; exists: string },
  parameter: { readonly id: string; readonly metadata?: readonly MetadataItem[] },
  options: CallOptions | undefined,
): Promise<void> {
  const mark = { name: CREATION_ID, value: newCreationId() };
  const body = JSON.stringify({ ...parameter, metadata: [...(parameter.metadata ?? []), mark] });
  try {
    await send({ operation: `add ${what} ${parameter.id}`, method: "POST", target: at, body }, options);
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === exists)) throw error;
    const target = `${at}/${encodeURIComponent(parameter.id)}`;
    const operation = `get ${what} ${parameter.id}`;
    const found = await find<{ metadata?: MetadataItem[] }>(send, operation, target, ["metadata"], options);
    if (!found?.metadata?.some(({ name, value }) => name === mark.name && value === mark.value)) throw error;
  }
}

async function find<T>(
  send: Send,
  operation: string,
  path: string,
  select: readonly string[],
  options: CallOptions | undefined,
): Promise<T | undefined> {
  try {
    const answer = await send({ operation, method: "GET", target: `${path}?${query({ select })}` }, options);
    return contentOf<T>(answer, operation);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether the service says so; a 404 of something else on the way has no such code. */
function isNotFound(error: unknown): boolean {
  return error instanceof ServiceError && error.statusCode === 404 && error.code.endsWith("NotFound");
}

/** What ending something may find: that it has ended, is ending, or is gone. */
const ended = new Set([
  "JobCompleted",
  "JobBeingTerminated",
  "JobBeingDeleted",
  "TaskCompleted",
  "PoolBeingDeleted",
]);

async function end(
  send: Send,
  request: Parameters<Send>[0],
  options: CallOptions | undefined,
): Promise<void> {
  try {
    await send(request, options);
  } catch (error) {
    const fine = isNotFound(error) || (error instanceof ServiceError && ended.has(error.code));
    if (!fine) throw error;
  }
}

interface ListQuery {
  readonly filter?: string;
  readonly select?: readonly string[];
}

async function* list<T>(
  send: Send,
  operation: string,
  path: string,
  { filter, select }: ListQuery,
  options: CallOptions | undefined,
): AsyncGenerator<T, void, undefined> {
  let target: string | undefined = `${path}?${query({ filter, select, maxresults: 1000 })}`;
  while (target !== undefined) {
    const answer = await send({ operation, method: "GET", target }, options);
    const page = contentOf<{ value: T[]; "odata.nextLink"?: string }>(answer, operation);
    yield* page.value;
    target = page["odata.nextLink"] && belowAccount(page["odata.nextLink"]);
  }
}

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

/** The link without its host, as the signature must not go to another one, and without the version: each request has it. */
function belowAccount(nextLink: string): string {
  return nextLink
    .replace(/^https?:\/\/[^/]+/i, "")
    .replace(/([?&])api-version=[^&]*&?/, "$1")
    .replace(/[?&]$/, "");
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

function query({ filter, select, maxresults }: ListQuery & { maxresults?: number }): string {
  const parts = [];
  if (maxresults !== undefined) parts.push(`maxresults=${maxresults}`);
  if (filter !== undefined) parts.push(`$filter=${encodeURIComponent(filter)}`);
  if (select !== undefined) parts.push(`$select=${encodeURIComponent(select.join(","))}`);
  return parts.join("&");
}
