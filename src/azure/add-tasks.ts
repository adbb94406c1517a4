// By this name: what a default import of an ES module is to CommonJS differs from bundler to bundler.
import { limitFunction } from "p-limit";
import { ServiceError } from "../errors/index.js";
import { type BatchErrorBody, batchMessage } from "./batch-error.js";
import { contentOf, type Send } from "./batch-requests.js";
import type { TaskParameter } from "./parameters/index.js";
import type { AddTaskResult, CallOptions } from "./ports.js";
import { delayAfter, pause, type RetryPolicy } from "./retry.js";

/** What the service takes in one collection. */
const MOST_TASKS = 100;
const MOST_BYTES = 1_000_000;

/** A task with its place in a request. */
interface Entry {
  readonly id: string;
  readonly json: string;
}

/** One task's result as the service writes it. */
interface TaskAddResult {
  readonly taskId: string;
  readonly status: string;
  readonly error?: BatchErrorBody;
}

/** Runs some requests at a time. */
export type RequestLimit = (add: () => Promise<AddTaskResult[]>) => Promise<AddTaskResult[]>;

export function requestLimit(concurrency: number): RequestLimit {
  return limitFunction((add: () => Promise<AddTaskResult[]>) => add(), { concurrency });
}

interface Collecting {
  readonly send: Send;
  /** Of all callers together that have none of their own. */
  readonly limit: RequestLimit;
  readonly retries: RetryPolicy;
}

export async function addTasks(
  { send, limit: shared, retries }: Collecting,
  jobId: string,
  tasks: readonly TaskParameter[],
  options: CallOptions & { concurrency?: number },
): Promise<AddTaskResult[]> {
  const limit = options.concurrency === undefined ? shared : requestLimit(options.concurrency);
  const failures: unknown[] = [];
  const added = await Promise.all(
    collections(tasks).map((entries) =>
      limit(async () => {
        if (failures.length > 0) return [];
        try {
          return await addCollection(send, retries, jobId, entries, options);
        } catch (error) {
          // What is on its way ends before the caller hears of it: nothing is added any more after this has thrown.
          failures.push(error);
          return [];
        }
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return added.flat();
}

function collections(tasks: readonly TaskParameter[]): Entry[][] {
  const made: Entry[][] = [];
  let current: Entry[] = [];
  let bytes = 0;
  for (const task of tasks) {
    const json = JSON.stringify(task);
    const size = Buffer.byteLength(json) + 1;
    if (current.length === 0 || current.length === MOST_TASKS || bytes + size > MOST_BYTES) {
      current = [];
      bytes = bodyOf([]).length;
      made.push(current);
    }
    current.push({ id: task.id, json });
    bytes += size;
  }
  return made;
}

function bodyOf(entries: readonly Entry[]): string {
  return `{"value":[${entries.map(({ json }) => json).join(",")}]}`;
}

/** Adds one collection; the tasks that the service could not add for its own reasons are sent again. */
async function addCollection(
  send: Send,
  retries: RetryPolicy,
  jobId: string,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<AddTaskResult[]> {
  const settled: AddTaskResult[] = [];
  let waiting = entries;
  for (let attempt = 1; ; attempt++) {
    const results = await post(send, jobId, waiting, options);
    if (results === "too large") {
      return [...settled, ...(await addHalves(send, retries, jobId, waiting, options))];
    }
    const unsettled: { entry: Entry; refusal: AddTaskResult }[] = [];
    for (const entry of waiting) {
      const result = results.get(entry.id.toLowerCase());
      const outcome = outcomeOf(entry.id, result);
      if (result !== undefined && result.status.toLowerCase() !== "servererror") settled.push(outcome);
      else unsettled.push({ entry, refusal: outcome });
    }
    if (unsettled.length === 0) return settled;
    if (attempt >= retries.attempts) return [...settled, ...unsettled.map(({ refusal }) => refusal)];
    await pause(delayAfter(attempt, retries), options.signal);
    waiting = unsettled.map(({ entry }) => entry);
  }
}

async function addHalves(
  send: Send,
  retries: RetryPolicy,
  jobId: string,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<AddTaskResult[]> {
  const [only, second] = entries;
  if (only !== undefined && second === undefined) {
    const message = `The task is too large for Azure Batch: ${Buffer.byteLength(only.json)} bytes.`;
    return [{ taskId: only.id, status: "refused", code: "RequestBodyTooLarge", message }];
  }
  const middle = Math.ceil(entries.length / 2);
  return [
    ...(await addCollection(send, retries, jobId, entries.slice(0, middle), options)),
    ...(await addCollection(send, retries, jobId, entries.slice(middle), options)),
  ];
}

/** The results by the task's id in lower case: ids are compared without case, and results come in any order. */
async function post(
  send: Send,
  jobId: string,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<Map<string, TaskAddResult> | "too large"> {
  const operation = `add ${entries.length} tasks to job ${jobId}`;
  try {
    const answer = await send(
      {
        operation,
        method: "POST",
        target: `/jobs/${encodeURIComponent(jobId)}/addtaskcollection`,
        body: bodyOf(entries),
      },
      options,
    );
    const { value } = contentOf<{ value: TaskAddResult[] }>(answer, operation);
    return new Map(value.map((result) => [result.taskId.toLowerCase(), result]));
  } catch (error) {
    if (error instanceof ServiceError && error.statusCode === 413) return "too large";
    throw error;
  }
}

function outcomeOf(taskId: string, result: TaskAddResult | undefined): AddTaskResult {
  if (result === undefined) {
    const message = "The service's answer does not tell what became of the task.";
    return { taskId, status: "refused", code: "NoResult", message };
  }
  if (result.status.toLowerCase() === "success") return { taskId, status: "added" };
  const code = result.error?.code ?? "Unknown";
  if (code === "TaskExists") return { taskId, status: "exists" };
  return { taskId, status: "refused", code, message: batchMessage(result.error ?? {}) };
}
