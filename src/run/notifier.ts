/** Wakes everyone who waits, as often as something happened. */
export class Notifier {
  #wake: () => void = () => {};
  #next = this.#arm();

  /** Resolves at the next {@link notify}. */
  wait(): Promise<void> {
    return this.#next;
  }

  notify(): void {
    const wake = this.#wake;
    this.#next = this.#arm();
    wake();
  }

  #arm(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
