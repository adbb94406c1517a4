/** So many items in a row, over so many milliseconds, earn trust. */
const ITEMS = 32;
const MILLISECONDS = 10;
/** Longer items gain nothing by being made in one go. */
const QUICK_MILLISECONDS = 1;

/**
 * Whether items may be made in one go: those before were quick, synchronous and silent. Then what a crash, a late error or a
 * line of output belongs to hardly ever has to be found out.
 */
export class Trust {
  #items = 0;
  #since = performance.now();
  #isGone = false;

  /** An item has ended as items do that are made in one go, in this time; or else in another way. */
  ended(milliseconds: number | undefined): void {
    if (milliseconds !== undefined && milliseconds < QUICK_MILLISECONDS) {
      this.#items += 1;
      return;
    }
    // A single slow one may be a pause of the whole computer.
    this.#items = milliseconds === undefined ? 0 : Math.min(this.#items, ITEMS / 2);
    if (milliseconds === undefined) this.#since = performance.now();
  }

  /** From now on no item is trusted. */
  lose(): void {
    this.#isGone = true;
  }

  get isThere(): boolean {
    return !this.#isGone && this.#items >= ITEMS && performance.now() - this.#since >= MILLISECONDS;
  }
}
