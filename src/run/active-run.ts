import type { Client } from "../client/client.js";
import type { ItemError } from "../errors/index.js";
import { InvalidArgumentError, RunFailedError } from "../errors/index.js";
import { type Batch, BatchIterator } from "./batch-iterator.js";
import type { ItemLogs, ItemOutcome, Run, RunProgress } from "./run.js";
import { RunLife } from "./run-life.js";
import type { RunOptions } from "./run-options.js";

const ERRORS_SHOWN = 100;

/** A run as its caller holds it: the ways to read it. What happens is the business of {@link RunLife}. */
export class ActiveRun<R> implements Run<R> {
  readonly [Symbol.toStringTag] = "Run";
  readonly #life: RunLife;
  #outcomes: Promise<ItemOutcome<R>[]> | undefined;
  #values: Promise<R[]> | undefined;

  constructor(
    items: Iterable<unknown> | AsyncIterable<unknown>,
    work: unknown,
    options: RunOptions<unknown>,
    client?: Client,
  ) {
    this.#life = new RunLife(items, work, options, client);
  }

  get id(): string {
    return this.#life.id;
  }

  then<V = R[], E = never>(
    onFulfilled?: ((values: R[]) => V | PromiseLike<V>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<V | E> {
    this.#values ??= this.#allValues();
    return this.#values.then(onFulfilled, onRejected);
  }

  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<R[] | E> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R[]> {
    return this.then().finally(onFinally);
  }

  settled(): Promise<ItemOutcome<R>[]> {
    this.#outcomes ??= this.#allOutcomes();
    return this.#outcomes;
  }

  [Symbol.asyncIterator](): AsyncGenerator<ItemOutcome<R>, void, undefined> {
    return new BatchIterator(this.#outcomesAsTheyComplete(), (outcome) => outcome);
  }

  results(): AsyncGenerator<R, void, undefined> {
    const outcomes = this.#life.read((log) => log.inInputOrder()) as AsyncGenerator<Batch<ItemOutcome<R>>>;
    const take = (outcome: ItemOutcome<R>) => {
      if (outcome.status === "rejected") throw this.#failure([outcome.reason], 1);
      return outcome.value;
    };
    return new BatchIterator(outcomes, take, () => {
      if (this.#life.inputCutShort) throw this.#failure([], 0);
    });
  }

  onProgress(listener: (progress: RunProgress) => void): () => void {
    if (typeof listener !== "function") {
      throw new InvalidArgumentError("A listener of a run's progress must be a function.", {
        option: "listener",
      });
    }
    return this.#life.progress.listen(listener);
  }

  logs(index: number): Promise<ItemLogs> {
    return this.#life.logs(index);
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#life.cancel(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life.dispose();
  }

  async #allOutcomes(): Promise<ItemOutcome<R>[]> {
    const outcomes: ItemOutcome<R>[] = [];
    for await (const batch of this.#outcomesAsTheyComplete()) {
      for (const outcome of batch) outcomes[outcome.index] = outcome;
    }
    return outcomes;
  }

  #outcomesAsTheyComplete(): AsyncGenerator<Batch<ItemOutcome<R>>, void, undefined> {
    return this.#life.read((log) => log.asTheyComplete()) as AsyncGenerator<Batch<ItemOutcome<R>>>;
  }

  async #allValues(): Promise<R[]> {
    const outcomes = await this.settled();
    const errors: ItemError[] = [];
    let failed = 0;
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      failed += 1;
      if (errors.length < ERRORS_SHOWN) errors.push(outcome.reason);
    }
    if (failed > 0 || this.#life.inputCutShort) throw this.#failure(errors, failed);
    return outcomes.map((outcome) => (outcome as Extract<ItemOutcome<R>, { status: "fulfilled" }>).value);
  }

  #failure(errors: ItemError[], failed: number): RunFailedError {
    const cause = this.#life.stopCause;
    // What made the others pointless says more than one of those that never ran.
    const first = errors.find(({ code }) => code !== "Cancelled") ?? errors[0];
    const message =
      first === undefined
        ? `The run "${this.id}" ${cause?.kind === "deadline" ? "passed its deadline" : "was cancelled"} before its input ended.`
        : `${failed === 1 ? "An item" : `${failed} items`} of the run "${this.id}" failed. Item ${first.index}: ${first.message}`;
    const code =
      cause?.kind === "cancelled"
        ? "Cancelled"
        : cause?.kind === "deadline"
          ? "DeadlineExceeded"
          : "ItemsFailed";
    const reason = cause?.kind === "cancelled" ? cause.reason : undefined;
    return new RunFailedError(message, { code, runId: this.id, errors, failed, cause: reason });
  }
}
