import { InvalidArgumentError, type ItemError, type RunFailedError } from "../errors/index.js";
import { type Batch, BatchIterator } from "./batch-iterator.js";
import { checkListener } from "./check-listener.js";
import { downloadFiles } from "./download.js";
import type { Life } from "./life.js";
import type { MapOptions, MapWork, ReduceOptions } from "./pipeline/compose-options.js";
import { MapLife } from "./pipeline/map-life.js";
import type { Reduction } from "./pipeline/reduction.js";
import { ActiveReduction } from "./pipeline/reduction-life.js";
import type { ItemLogs, ItemOutcome, Run, RunProgress } from "./run.js";
import { ERRORS_SHOWN, runFailed } from "./run-failed.js";

/** A run as its caller holds it: the ways to read it. What happens is the business of its {@link Life}. */
export class ActiveRun<R> implements Run<R> {
  readonly [Symbol.toStringTag] = "Run";
  readonly #life: Life;
  #outcomes: Promise<ItemOutcome<R>[]> | undefined;
  #values: Promise<R[]> | undefined;

  constructor(life: Life) {
    this.#life = life;
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
    checkListener(listener);
    return this.#life.progress.listen(listener);
  }

  map<U, S = undefined>(work: MapWork<R, U, S>, options: MapOptions<S> = {}): Run<U> {
    return new ActiveRun<U>(new MapLife(this.#life, work, options as MapOptions<unknown>));
  }

  reduce(fold: (a: R, b: R) => R | Promise<R>, options: ReduceOptions<R> = {}): Reduction<R> {
    return new ActiveReduction<R>(this.#life, fold, options as ReduceOptions<unknown>);
  }

  logs(index: number): Promise<ItemLogs> {
    return this.#life.logs(index);
  }

  async download(folder: string): Promise<string[]> {
    if (typeof folder === "string" && folder !== "") return downloadFiles(this, folder);
    throw new InvalidArgumentError("A run's files are downloaded to a folder, which is given by its path.", {
      option: "folder",
    });
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
    return runFailed(this.id, this.#life.stopCause, errors, failed);
  }
}
