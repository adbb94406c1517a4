import type { TaskParameter } from "../../azure/parameters/index.js";
import type { AddTaskResult, BatchPort } from "../../azure/ports.js";
import { HandOver } from "./hand-over.js";
import { PatientInput } from "./patient-input.js";

/** What a request takes. */
const MOST_TASKS = 100;
/** How long a request is filled from a slow input, in milliseconds, before it goes with what it has. */
const FILL_TIME = 100;

/** A task to submit, with what it was made for. */
export interface Submittable<Origin> {
  readonly task: TaskParameter;
  readonly origin: Origin;
}

/** What happens while tasks are submitted. */
export type SubmissionEvent<Origin> =
  /** An item that made no task. */
  | { readonly kind: "none"; readonly origin: Origin }
  /** What became of a task. */
  | { readonly kind: "result"; readonly origin: Origin; readonly result: AddTaskResult }
  /** A request failed as a whole, and what became of its tasks is not known. No more items are taken. */
  | {
      readonly kind: "request-failed";
      readonly tasks: readonly Submittable<Origin>[];
      readonly cause: unknown;
    }
  /** The iterable of items threw. What came before is submitted. */
  | { readonly kind: "items-failed"; readonly cause: unknown };

interface SubmissionParts<T, Origin> {
  readonly batch: Pick<BatchPort, "addTasks">;
  readonly jobId: string;
  readonly items: Iterable<T> | AsyncIterable<T>;
  /** Makes an item's task, or says of what item there is none. Never throws. */
  readonly take: (item: T) => Submittable<Origin> | { readonly origin: Origin };
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Submits a task for each item: so many requests at a time, each as full as the items come. Items are taken only when there is
 * room for them and their outcomes are read, so an endless input is fine. When the signal is aborted it ends, once the
 * requests under way have.
 */
export async function* submitTasks<T, Origin>(
  parts: SubmissionParts<T, Origin>,
): AsyncGenerator<SubmissionEvent<Origin>, void, undefined> {
  const { batch, jobId, items, take, concurrency, signal } = parts;
  const input = new PatientInput(items);
  const events = new HandOver<SubmissionEvent<Origin>>();
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });

  const nextOf = async (patience: number) => {
    try {
      return await input.next(patience, stop.signal);
    } catch (cause) {
      await events.give({ kind: "items-failed", cause });
      return { kind: "end" } as const;
    }
  };

  /** The tasks of the next request; none where there are no more. */
  const fill = async (): Promise<Submittable<Origin>[]> => {
    const tasks: Submittable<Origin>[] = [];
    let until = Number.POSITIVE_INFINITY;
    while (tasks.length < MOST_TASKS) {
      const next = await nextOf(until - performance.now());
      if (next.kind === "later") break;
      if (next.kind === "end") {
        abort();
        break;
      }
      const made = take(next.item);
      if (!("task" in made)) {
        await events.give({ kind: "none", origin: made.origin });
        continue;
      }
      if (tasks.length === 0) until = performance.now() + FILL_TIME;
      tasks.push(made);
    }
    return tasks;
  };

  const send = async (tasks: readonly Submittable<Origin>[]): Promise<void> => {
    const byId = new Map(tasks.map((entry) => [entry.task.id, entry.origin]));
    const parameters = tasks.map(({ task }) => task);
    try {
      // Should they not fit into one request, several go one after the other.
      const results = await batch.addTasks(jobId, parameters, { concurrency: 1, ...(signal && { signal }) });
      for (const result of results) {
        const origin = byId.get(result.taskId) as Origin;
        await events.give({ kind: "result", origin, result });
      }
    } catch (cause) {
      abort();
      await events.give({ kind: "request-failed", tasks, cause });
    }
  };

  const lane = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const tasks = await input.inTurn(fill);
      if (tasks.length > 0 && signal?.aborted !== true) await send(tasks);
    }
  };

  const lanes = Promise.all(Array.from({ length: concurrency }, lane)).then(() => events.end());
  try {
    yield* events.values();
  } finally {
    // Whoever reads no more gets no request after that.
    abort();
    events.end();
    await lanes;
    await input.close();
    signal?.removeEventListener("abort", abort);
  }
}
