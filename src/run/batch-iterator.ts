/** Results that are there, to be gone through at once. */
export type Batch<T> = Iterable<T>;

/**
 * Gives what is in batches one by one. An async generator would do, but costs more for each result than the result itself: this
 * one waits between batches alone.
 */
export class BatchIterator<T, R> implements AsyncGenerator<R, void, undefined> {
  readonly #batches: AsyncGenerator<Batch<T>, void, undefined>;
  readonly #pick: (one: T) => R;
  readonly #atEnd: () => void;
  #batch: Iterator<T> | undefined;
  /** What waits for the next batch, or to end; whoever asks meanwhile comes after. */
  #turn: Promise<unknown> | undefined;
  #done = false;

  /** Where `pick` or `atEnd` throws, the one who asks gets the error, and there is no more. */
  constructor(
    batches: AsyncGenerator<Batch<T>, void, undefined>,
    pick: (one: T) => R,
    atEnd: () => void = () => undefined,
  ) {
    this.#batches = batches;
    this.#pick = pick;
    this.#atEnd = atEnd;
  }

  next(): Promise<IteratorResult<R, void>> {
    if (this.#turn !== undefined) return this.#afterOthers(() => this.#nextOfAny());
    try {
      const here = this.#nextHere();
      if (here !== undefined) return Promise.resolve(here);
    } catch (error) {
      return this.#afterOthers(() => this.#fail(error));
    }
    return this.#afterOthers(() => this.#nextOfAny());
  }

  return(): Promise<IteratorResult<R, void>> {
    return this.#afterOthers(() => this.#end());
  }

  throw(error: unknown): Promise<IteratorResult<R, void>> {
    return this.#afterOthers(() => this.#fail(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The next one of the batch that is there. */
  #nextHere(): IteratorResult<R, void> | undefined {
    const next = this.#batch?.next();
    if (next === undefined || next.done === true) return undefined;
    return { value: this.#pick(next.value), done: false };
  }

  async #nextOfAny(): Promise<IteratorResult<R, void>> {
    while (!this.#done) {
      try {
        const here = this.#nextHere();
        if (here !== undefined) return here;
      } catch (error) {
        return this.#fail(error);
      }
      const batch = await this.#batches.next();
      if (batch.done !== true) {
        this.#batch = batch.value[Symbol.iterator]();
        continue;
      }
      this.#stop();
      this.#atEnd();
    }
    return { value: undefined, done: true };
  }

  async #fail(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  async #end(): Promise<IteratorResult<R, void>> {
    this.#stop();
    await this.#batches.return();
    return { value: undefined, done: true };
  }

  #stop(): void {
    this.#done = true;
    this.#batch = undefined;
  }

  #afterOthers<V>(action: () => Promise<V>): Promise<V> {
    const before = this.#turn;
    const mine = before === undefined ? action() : before.then(action, action);
    const turn: Promise<void> = mine.then(
      () => this.#over(turn),
      () => this.#over(turn),
    );
    this.#turn = turn;
    return mine;
  }

  #over(turn: Promise<unknown>): void {
    if (this.#turn === turn) this.#turn = undefined;
  }
}
