/** What an input gave: an item, its end, or nothing within the time it was given. */
export type InputStep<T> =
  | { readonly kind: "item"; readonly item: T }
  | { readonly kind: "end" }
  | { readonly kind: "later" };

/** Items of an iterable, one after the other, for readers that do not wait for ever. */
export class PatientInput<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  /** The item that somebody waited for, and not long enough. */
  #next: Promise<IteratorResult<T>> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(items: Iterable<T> | AsyncIterable<T>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  }

  /** Runs readers one at a time. */
  inTurn<R>(read: () => Promise<R>): Promise<R> {
    const turn = this.#turn.then(read);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** The next item, if it comes within so many milliseconds and before the signal; throws what the iterable throws. */
  async next(patience: number, signal: AbortSignal): Promise<InputStep<T>> {
    if (signal.aborted) return { kind: "later" };
    // One at a time: an iterable that throws at once is as one that does later.
    this.#next ??= Promise.resolve().then(() => this.#iterator.next());
    const result = await within(this.#next, patience, signal);
    if (result === undefined) return { kind: "later" };
    this.#next = undefined;
    return result.done === true ? { kind: "end" } : { kind: "item", item: result.value };
  }

  /** Lets go of the iterable. One that is still making an item is told, and not waited for. */
  async close(): Promise<void> {
    const closing = Promise.resolve()
      .then(() => this.#iterator.return?.())
      .catch(() => undefined);
    this.#next?.catch(() => undefined);
    if (this.#next === undefined) await closing;
  }
}

/** What a promise gives in time, else undefined. No race: that would keep what ever won. */
function within<R>(promise: Promise<R>, milliseconds: number, signal: AbortSignal): Promise<R | undefined> {
  return new Promise((resolve, reject) => {
    const give = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
      resolve(undefined);
    };
    const timer = Number.isFinite(milliseconds) ? setTimeout(give, Math.max(0, milliseconds)) : undefined;
    signal.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
    });
  });
}
