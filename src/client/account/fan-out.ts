import type { TaskParameter } from "../../azure/parameters/index.js";
import type { CallOptions } from "../../azure/ports.js";
import {
  FanOutError,
  type FanOutErrorCode,
  type FanOutSummary,
  InvalidArgumentError,
} from "../../errors/index.js";
import type { Client } from "../client.js";
import { type Buildable, built } from "./buildable.js";
import { SeenIds } from "./seen-ids.js";
import { type Submittable, submitTasks } from "./submit-tasks.js";

/** How a fan-out goes. */
export interface FanOutOptions extends CallOptions {
  /** Requests of up to 100 tasks under way at once, 1 to 256. Default: 8. */
  readonly concurrency?: number;
}

/** What became of the task of one item; `index` is the item's place among the items, from 0. */
export type TaskOutcome<T> = { readonly index: number; readonly item: T } & (
  | {
      /** The service took it; or it had the task already, and a repeated fan-out finds what it did before. */
      readonly status: "added" | "exists";
      readonly taskId: string;
    }
  | {
      /** There is no such task. */
      readonly status: "refused";
      /** The id, where the item made a task. */
      readonly taskId?: string;
      /** The service's code; `"InvalidTask"` where the item made none, `"DuplicateTaskId"` for the id of an earlier item. */
      readonly code: string;
      /** What is wrong with it. */
      readonly message: string;
      /** What making the task threw. */
      readonly cause?: unknown;
    }
  | {
      /** Its request got no answer, and the fan-out ends: the service may have the task. */
      readonly status: "unknown";
      readonly taskId: string;
    }
);

/**
 * The submission of many tasks: await it for a summary, or iterate it for the outcome of each task, in any order. It begins
 * with the one or the other, and can be iterated once. Nothing is kept of what was submitted but a few bytes an id.
 *
 * It rejects, and its iteration throws, with a FanOutError where it ends before its items do: not for a task that was refused.
 */
export interface FanOut<T> extends Promise<FanOutSummary>, AsyncIterable<TaskOutcome<T>> {
  /** The same as awaiting it: what became of all tasks. Once iterated, it settles when the iteration ends. */
  readonly summary: Promise<FanOutSummary>;
}

/** Submits a task for each item. */
export function fanOut<T>(
  client: Client,
  jobId: string,
  items: Iterable<T> | AsyncIterable<T>,
  toTask: (item: T, index: number) => Buildable<TaskParameter>,
  options: FanOutOptions,
): FanOut<T> {
  const { concurrency = 8 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw new InvalidArgumentError("The option concurrency must be a whole number from 1 to 256.", {
      option: "concurrency",
    });
  }
  return new Submission(client, jobId, items, toTask, { ...options, concurrency });
}

class Submission<T> implements FanOut<T> {
  readonly [Symbol.toStringTag] = "FanOut";
  readonly #outcomes: AsyncGenerator<TaskOutcome<T>, void, undefined>;
  readonly #summary: Promise<FanOutSummary>;
  #settle: { resolve(summary: FanOutSummary): void; reject(error: unknown): void } | undefined;
  #begun = false;

  constructor(
    client: Client,
    jobId: string,
    items: Iterable<T> | AsyncIterable<T>,
    toTask: (item: T, index: number) => Buildable<TaskParameter>,
    options: FanOutOptions & { readonly concurrency: number },
  ) {
    this.#summary = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who iterates is told by the iteration.
    this.#summary.catch(() => undefined);
    this.#outcomes = this.#submit(client, jobId, items, toTask, options);
  }

  get summary(): Promise<FanOutSummary> {
    if (!this.#begun) void this.#drain();
    return this.#summary;
  }

  [Symbol.asyncIterator](): AsyncGenerator<TaskOutcome<T>, void, undefined> {
    if (this.#begun) {
      throw new InvalidArgumentError("A fan-out is iterated once, and not after it was awaited.", {
        option: "fanOut",
      });
    }
    this.#begun = true;
    return this.#outcomes;
  }

  then<V = FanOutSummary, E = never>(
    onFulfilled?: ((summary: FanOutSummary) => V | PromiseLike<V>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<V | E> {
    return this.summary.then(onFulfilled, onRejected);
  }

  catch<E = never>(
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<FanOutSummary | E> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<FanOutSummary> {
    return this.summary.finally(onFinally);
  }

  async #drain(): Promise<void> {
    this.#begun = true;
    try {
      for await (const _ of this.#outcomes);
    } catch {
      // The summary has rejected with it.
    }
  }

  async *#submit(
    client: Client,
    jobId: string,
    items: Iterable<T> | AsyncIterable<T>,
    toTask: (item: T, index: number) => Buildable<TaskParameter>,
    { concurrency, signal }: FanOutOptions & { readonly concurrency: number },
  ): AsyncGenerator<TaskOutcome<T>, void, undefined> {
    const count = { items: 0, added: 0, exists: 0, refused: 0, unknown: 0 };
    const take = taker(toTask, () => count.items++);
    const told = (outcome: TaskOutcome<T>): TaskOutcome<T> => {
      count[outcome.status] += 1;
      return outcome;
    };
    let failure: Failure | undefined;
    let readAll = false;
    try {
      const { batch } = await client.connection();
      for await (const event of submitTasks({ batch, jobId, items, take, concurrency, signal })) {
        switch (event.kind) {
          case "none":
            yield told(event.origin.refusal as TaskOutcome<T>);
            break;
          case "result":
            yield told({ index: event.origin.index, item: event.origin.item, ...event.result });
            break;
          case "items-failed":
            failure ??= { code: "ItemsFailed", cause: event.cause };
            break;
          case "request-failed":
            failure ??= { code: "RequestFailed", cause: event.cause };
            for (const { task, origin } of event.tasks) {
              yield told({ index: origin.index, item: origin.item, taskId: task.id, status: "unknown" });
            }
        }
      }
      readAll = true;
    } catch (cause) {
      failure ??= { code: "RequestFailed", cause };
      readAll = true;
    } finally {
      // Who reads no more wants no more: what was submitted until then is all.
      if (!readAll) this.#settle?.resolve({ ...count });
    }
    if (signal?.aborted === true) failure = { code: "Aborted", cause: signal.reason };
    if (failure === undefined) return this.#settle?.resolve({ ...count });
    const error = fanOutError(jobId, failure, { ...count });
    this.#settle?.reject(error);
    throw error;
  }
}

interface Failure {
  readonly code: FanOutErrorCode;
  readonly cause: unknown;
}

/** An item with its place; and why it has no task, where it has none. */
interface Origin<T> {
  readonly index: number;
  readonly item: T;
  readonly refusal?: TaskOutcome<T>;
}

/** What makes tasks of items, and refuses those that make none or one that there is. */
function taker<T>(
  toTask: (item: T, index: number) => Buildable<TaskParameter>,
  nextIndex: () => number,
): (item: T) => Submittable<Origin<T>> | { readonly origin: Origin<T> } {
  const seen = new SeenIds();
  return (item) => {
    const index = nextIndex();
    const refused = (code: string, message: string, more: { taskId?: string; cause?: unknown } = {}) => ({
      origin: { index, item, refusal: { index, item, status: "refused", code, message, ...more } as const },
    });
    try {
      const task = built(toTask(item, index));
      if (typeof task?.id !== "string")
        return refused("InvalidTask", `Item ${index} made no task with an id.`);
      if (seen.add(task.id)) return { task, origin: { index, item } };
      const message = `Item ${index} made a task "${task.id}", as an item before it did.`;
      return refused("DuplicateTaskId", message, { taskId: task.id });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return refused("InvalidTask", `Item ${index} made no task: ${reason}`, { cause });
    }
  };
}

function fanOutError(jobId: string, { code, cause }: Failure, summary: FanOutSummary): FanOutError {
  const why = { Aborted: "was aborted", ItemsFailed: "could not read its items on", RequestFailed: "failed" }[
    code
  ];
  const reason = cause instanceof Error ? `: ${cause.message}` : ".";
  const { items, added, exists, refused, unknown } = summary;
  const open = unknown === 0 ? "" : `, ${unknown} may have been`;
  return new FanOutError(
    `The fan-out to job ${jobId} ${why}${reason} Of ${items} items' tasks ${added} were added, ${exists} were there, ` +
      `${refused} were refused${open}.`,
    { code, summary, cause },
  );
}
