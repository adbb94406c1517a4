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
  /** Tasks for each slot, under way or waiting, as long as their size is a guess. */
  readonly guessedTasksPerSlot: number;
}

/** A first chunk of an input of unknown length, which may be one of few long items; and of a known one. */
const FIRST_ITEMS_PER_WORKER = { unknown: 4, known: 16 };
const MOST_ITEMS = 150_000;
/** How much larger than any measured chunk the next one may be. */
const MOST_GROWTH = 1024;
/** What an item costs that costs nothing: it is encoded, brought over and back, and decoded. */
const LEAST_MILLISECONDS_PER_ITEM = 0.002;
/** The least weight of a new measurement in the average. It is larger where it is of many items: the first ones are slow. */
const NEWEST = 0.3;
/** Tasks for each slot, under way or waiting. */
const TASKS_PER_SLOT = 3;

/** Measures items, and says how many the next chunk shall hold. */
export class ChunkSizer {
  readonly #conditions: SizingConditions;
  #millisecondsPerItem: number | undefined;
  #largestMeasured = 1;
  #measuredItems = 0;

  constructor(conditions: SizingConditions) {
    this.#conditions = conditions;
  }

  /** Takes note of `items` that took `milliseconds` in all, of one chunk. */
  measured(items: number, milliseconds: number): void {
    if (items === 0) return;
    const each = milliseconds / items;
    this.#measuredItems += items;
    const weight = Math.max(NEWEST, items / this.#measuredItems);
    this.#millisecondsPerItem = (this.#millisecondsPerItem ?? each) * (1 - weight) + each * weight;
    this.#largestMeasured = Math.max(this.#largestMeasured, items);
  }

  /** How many items the next chunk shall hold, with `remaining` items to go (undefined: who knows). */
  next(remaining: number | undefined): number {
    return Math.min(this.#wanted(remaining), this.#most());
  }

  /** How many tasks shall be under way or waiting for each slot. */
  tasksPerSlot(remaining: number | undefined): number {
    const isGuess = this.#millisecondsPerItem === undefined || this.#wanted(remaining) > this.#most();
    return isGuess ? this.#conditions.guessedTasksPerSlot : TASKS_PER_SLOT;
  }

  /** What is best, as far as one knows. */
  #wanted(remaining: number | undefined): number {
    const { workers, workersPerTask, leastMilliseconds, mostMilliseconds } = this.#conditions;
    const fair = remaining === undefined ? MOST_ITEMS : Math.ceil(remaining / (2 * workers));
    if (this.#millisecondsPerItem === undefined) {
      const first = FIRST_ITEMS_PER_WORKER[remaining === undefined ? "unknown" : "known"];
      return Math.max(1, Math.min(fair, first * workersPerTask));
    }
    const each = Math.max(this.#millisecondsPerItem, LEAST_MILLISECONDS_PER_ITEM);
    const itemsIn = (milliseconds: number) => Math.ceil((milliseconds * workersPerTask) / each);
    const wanted = Math.max(Math.min(fair, itemsIn(mostMilliseconds)), itemsIn(leastMilliseconds));
    return Math.max(1, Math.min(wanted, MOST_ITEMS, remaining ?? MOST_ITEMS));
  }

  /** What may be tried, after what was measured. */
  #most(): number {
    if (this.#millisecondsPerItem === undefined) return MOST_ITEMS;
    return this.#largestMeasured * MOST_GROWTH;
  }
}
