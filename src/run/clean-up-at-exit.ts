/**
 * Runs whose storage nobody read to the end, and files of which may still be wanted: what is left of them when the process
 * has nothing else to do is taken away then.
 */
class CleanUpAtExit {
  readonly #waiting = new Map<object, () => Promise<void>>();

  add(run: object, cleanUp: () => Promise<void>): void {
    if (this.#waiting.size === 0) process.on("beforeExit", this.#cleanUpAll);
    this.#waiting.set(run, cleanUp);
  }

  remove(run: object): void {
    this.#waiting.delete(run);
    if (this.#waiting.size === 0) process.off("beforeExit", this.#cleanUpAll);
  }

  readonly #cleanUpAll = (): void => {
    for (const cleanUp of this.#waiting.values()) void cleanUp();
  };
}

export const cleanUpAtExit = new CleanUpAtExit();
