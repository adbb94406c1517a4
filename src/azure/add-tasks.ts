// By this name: what a default import of an ES module is to CommonJS differs from bundler to bundler.
import { limitFunction } from "p-limit";
import type { Clock } from "../clock.js";
import { ServiceError } from "../errors/index.js";
import { type BatchErrorBody, batchMessage } from "./batch-error.js";
import { contentOf, type Send } from "./batch-requests.js";
import { jobPath } from "./batch-resources.js";
import type { TaskParameter } from "./parameters/index.js";
import type { AddTaskResult, CallOptions } from "./ports.js";
import { delayAfter, type RetryPolicy } from "./retry.js";

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
export type RequestLimit = (add: () => Promise<void>) => Promise<void>;

export function requestLimit(concurrency: number): RequestLimit {
  return limitFunction((add: () => Promise<void>) => add(), { concurrency });
}

interface Collecting {
  readonly send: Send;
  /** Requests in flight of all callers together that have no number of their own. */
  readonly concurrency: number;
  readonly limit: RequestLimit;
  readonly retries: RetryPolicy;
  readonly clock: Clock;
}

export async function addTasks(
  adding: Collecting,
  jobId: string,
  tasks: readonly TaskParameter[],
  options: CallOptions & { concurrency?: number },
): Promise<AddTaskResult[]> {
  const { concurrency = adding.concurrency } = options;
  const limit = options.concurrency === undefined ? adding.limit : requestLimit(concurrency);
  const waiting = collections(tasks);
  const added: AddTaskResult[][] = [];
  const failures: unknown[] = [];
  let ended = false;
  const addNext = async () => {
    // What is on its way ends before the caller hears of an error: nothing is added any more after this has thrown.
    if (failures.length > 0) return;
    try {
      const { value: entries, done } = waiting.next();
      if (done) ended = true;
      else added.push(await addCollection(adding, jobId, entries, options));
    } catch (error) {
      failures.push(error);
    }
  };
  // Collections are made as requests can take them: the first are at the service while later ones become text.
  const lane = async () => {
    while (!ended && failures.length === 0) await limit(addNext);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return added.flat();
}

function* collections(tasks: readonly TaskParameter[]): Generator<readonly Entry[], undefined, undefined> {
  let current: Entry[] = [];
  let bytes = EMPTY_BODY;
  for (const task of tasks) {
    const json = JSON.stringify(task);
    const size = Buffer.byteLength(json) + 1;
    if (current.length === MOST_TASKS || (current.length > 0 && bytes + size > MOST_BYTES)) {
      yield current;
      current = [];
      bytes = EMPTY_BODY;
    }
    current.push({ id: task.id, json });
    bytes += size;
  }
  if (current.length > 0) yield current;
  return undefined;
}

const EMPTY_BODY = bodyOf([]).length;

function bodyOf(entries: readonly Entry[]): string {
  return `{"value":[${entries.map(({ json }) => json).join(",")}]}`;
}

/** Adds one collection; the tasks that the service could not add for its own reasons are sent again. */
async function addCollection(
  adding: Collecting,
  jobId: string,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<AddTaskResult[]> {
  const { send, retries, clock } = adding;
  const settled: AddTaskResult[] = [];
  let waiting = entries;
  for (let attempt = 1; ; attempt++) {
    const results = await post(send, jobId, waiting, options);
    if (results === "too large") {
      return [...settled, ...(await addHalves(adding, jobId, waiting, options))];
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
    await clock.delay(delayAfter(attempt, retries), options.signal);
    waiting = unsettled.map(({ entry }) => entry);
  }
}

async function addHalves(
  adding: Collecting,
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
    ...(await addCollection(adding, jobId, entries.slice(0, middle), options)),
    ...(await addCollection(adding, jobId, entries.slice(middle), options)),
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
        target: `${jobPath(jobId)}/addtaskcollection`,
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
