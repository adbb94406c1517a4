/*
 * How many items a task gets.
 *
 * The rule is factoring (Hummel, Schonberg, Flynn: "Factoring: a method for scheduling parallel loops", CACM 35(8), 1992):
 * a chunk is the remaining items divided by twice the number of workers, so that chunks shrink as the end comes near and
 * all workers end together. As a task costs something to start, a chunk holds no fewer items than are worth starting one
 * for, and no more than are worth it many times over; both are measured from the items that have ended. Before anything is
 * measured chunks are small, to find out.
 */

/** What the sizes follow from. */
export interface SizingConditions {
  /** Items that can run at once on the pool when all its nodes are there. */
  readonly workers: number;
  /** Processes of a task. */
  readonly workersPerTask: number;
  /** Milliseconds of work below which a task is not worth starting, near the end too. */
  readonly leastMilliseconds: number;
  /** Milliseconds of work beyond which a larger task saves nothing worth having. */
  readonly mostMilliseconds: number;
}

/** A first chunk of an input of unknown length, which may be one of few long items; and of a known one. */
const FIRST_ITEMS_PER_WORKER = { unknown: 4, known: 16 };
const MOST_ITEMS = 50_000;
/** How much larger than any measured chunk the next one may be. */
const MOST_GROWTH = 256;
/** Shorter items cannot be told from one another. */
const LEAST_MILLISECONDS_PER_ITEM = 0.001;
/** The weight of a new measurement in the average. */
const NEWEST = 0.3;

/** Measures items, and says how many the next chunk shall hold. */
export class ChunkSizer {
  readonly #conditions: SizingConditions;
  #millisecondsPerItem: number | undefined;
  #largestMeasured = 1;

  constructor(conditions: SizingConditions) {
    this.#conditions = conditions;
  }

  /** Takes note of `items` that took `milliseconds` in all, of one chunk. */
  measured(items: number, milliseconds: number): void {
    if (items === 0) return;
    const each = milliseconds / items;
    this.#millisecondsPerItem =
      this.#millisecondsPerItem === undefined
        ? each
        : this.#millisecondsPerItem * (1 - NEWEST) + each * NEWEST;
    this.#largestMeasured = Math.max(this.#largestMeasured, items);
  }

  /** How many items the next chunk shall hold, with `remaining` items to go (undefined: who knows). */
  next(remaining: number | undefined): number {
    const { workers, workersPerTask, leastMilliseconds, mostMilliseconds } = this.#conditions;
    const fair = remaining === undefined ? MOST_ITEMS : Math.ceil(remaining / (2 * workers));
    if (this.#millisecondsPerItem === undefined) {
      const first = FIRST_ITEMS_PER_WORKER[remaining === undefined ? "unknown" : "known"];
      return Math.max(1, Math.min(fair, first * workersPerTask));
    }
    const itemsIn = (milliseconds: number) =>
      Math.ceil(
        (milliseconds * workersPerTask) /
          Math.max(this.#millisecondsPerItem ?? 0, LEAST_MILLISECONDS_PER_ITEM),
      );
    const wanted = Math.max(Math.min(fair, itemsIn(mostMilliseconds)), itemsIn(leastMilliseconds));
    return Math.max(1, Math.min(wanted, this.#largestMeasured * MOST_GROWTH, MOST_ITEMS));
  }
}
