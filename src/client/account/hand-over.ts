/** Hands values from those that make them to the one that reads them: who gives waits until it is taken. */
export class HandOver<T> {
  readonly #offered: { readonly value: T; readonly taken: () => void }[] = [];
  #wake: () => void = () => {};
  #ended = false;

  /** Resolves when the value was taken, or nobody will. */
  give(value: T): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((taken) => {
      this.#offered.push({ value, taken });
      this.#wake();
    });
  }

  /** Nothing more is given, or taken. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The values, until the end and none is left. */
  async *values(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const next = this.#offered.shift();
        if (next !== undefined) {
          next.taken();
          yield next.value;
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((wake) => {
            this.#wake = wake;
          });
        }
      }
    } finally {
      this.#ended = true;
      for (const { taken } of this.#offered.splice(0)) taken();
    }
  }
}
