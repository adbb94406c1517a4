/*
 * How many items a task gets.
 *
 * The rule is factoring (Hummel, Schonberg, Flynn: "Factoring: a method for scheduling parallel loops", CACM 35(8), 1992),
 * with a task a chunk: each gets the remaining items divided by twice the number of workers, so that chunks shrink as the end
 * comes near and all workers end together. As Batch keeps no order, a large chunk may be started after small ones that were
 * made long after it, and then the run ends late: so only as many wait as may be needed before more can be added. Bounds
 * from the time that items took keep chunks reasonable:
 *
 * - no less than is worth starting a task for;
 * - no less than a small part of what a worker does in the whole run: smaller ones would even out nothing more;
 * - no more than saves anything: in tasks of half a minute the cost of a task is a few percent, and where there are many
 *   workers, their tasks shall be so long that the run as a whole does not end one more often than every two seconds, as
 *   far as items are short: long ones are a task each, as nothing is saved by holding several in one;
 * - no more than a multiple of what was measured.
 *
 * Where the number of items is not known, as many may come as came already; a chunk is a small part of those. Before
 * anything is measured chunks are small, to find out. Where one task runs at a time there is nothing to even out between
 * tasks, as a task's workers share its items one by one: a chunk is all that remains.
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
const MOST_ITEMS = 250_000;
/** How much larger than any measured chunk the next one may be. */
const MOST_GROWTH = 1024;
/** What an item costs that costs nothing: it is encoded, brought over and back, and decoded. */
const LEAST_MILLISECONDS_PER_ITEM = 0.002;
/**
 * The average is of the items measured last, so many for each that can run at once and some more: of fewer, one that takes
 * long would say too much, and of more, the first ones, which are slow.
 */
const AVERAGED = { each: 4, more: 32 };
/** Tasks that wait shall keep a slot busy for so long, in milliseconds; as many for each slot at least, and at most. */
const WAITING_WORK = 60_000;
const WAITING_TASKS = { least: 0.125, most: 2 };
/** A chunk is the remaining items divided by so many times the tasks that run at once. */
const SHARES = 2;
/** The same as long as nothing is measured: items may be long. */
const FIRST_SHARES = 16;
/** No chunk need be smaller than a task's share of all items divided by this. */
const SMALLEST_SHARES = 150;
/** Where the number of items is unknown: a chunk is those made so far, divided by so many times the tasks at once. */
const SHARES_OF_PAST = 16;
/** How far apart the tasks of a run end at least, in milliseconds, when they are as large as they may be. */
const BETWEEN_TASKS = 2000;
/** The longer items are, the less that matters; it does not where they take so many milliseconds. */
const LONG_ITEM = 10_000;

/** Measures items, and says how many the next chunk shall hold. */
export class ChunkSizer {
  readonly #conditions: SizingConditions;
  readonly #tasksAtOnce: number;
  #millisecondsPerItem: number | undefined;
  #largestMeasured = 1;
  #measuredItems = 0;
  /** Items in all, as far as chunks of them were asked for, or there are to be. */
  #all = 0;

  constructor(conditions: SizingConditions) {
    this.#conditions = conditions;
    this.#tasksAtOnce = Math.max(1, Math.floor(conditions.workers / conditions.workersPerTask));
  }

  /** Takes note of `items` that took `milliseconds` in all, of one chunk. */
  measured(items: number, milliseconds: number): void {
    if (items === 0) return;
    const each = milliseconds / items;
    this.#measuredItems += items;
    const averaged = AVERAGED.each * this.#conditions.workers + AVERAGED.more;
    const weight = Math.max(items / (items + averaged), items / this.#measuredItems);
    this.#millisecondsPerItem = (this.#millisecondsPerItem ?? each) * (1 - weight) + each * weight;
    this.#largestMeasured = Math.max(this.#largestMeasured, items);
  }

  /** How many items the next chunk shall hold, with `remaining` items to go (undefined: who knows). */
  next(remaining: number | undefined): number {
    const size = Math.min(this.#wanted(remaining), this.#most(remaining));
    this.#all = remaining === undefined ? this.#all + size : Math.max(this.#all, remaining);
    return size;
  }

  /** How many tasks shall be under way or waiting for each slot. */
  tasksPerSlot(remaining: number | undefined): number {
    const isGuess =
      !this.#takesAll(remaining) &&
      (this.#millisecondsPerItem === undefined || this.#wanted(remaining) > this.#most(remaining));
    if (isGuess) return this.#conditions.guessedTasksPerSlot;
    const each = Math.max(this.#millisecondsPerItem ?? 0, LEAST_MILLISECONDS_PER_ITEM);
    const milliseconds = (this.#wanted(remaining) * each) / this.#conditions.workersPerTask;
    const waiting = Math.max(WAITING_TASKS.least, Math.min(WAITING_WORK / milliseconds, WAITING_TASKS.most));
    return 1 + waiting;
  }

  /** What is best, as far as one knows. */
  #wanted(remaining: number | undefined): number {
    const items = remaining === undefined ? this.#wantedOfUnknown() : this.#wantedOf(remaining);
    return Math.max(1, Math.min(items, MOST_ITEMS, remaining ?? MOST_ITEMS));
  }

  #wantedOf(remaining: number): number {
    if (this.#takesAll(remaining)) return remaining;
    const { workersPerTask, leastMilliseconds } = this.#conditions;
    if (this.#millisecondsPerItem === undefined) {
      const few = Math.ceil(remaining / (FIRST_SHARES * this.#tasksAtOnce));
      return Math.min(few, FIRST_ITEMS_PER_WORKER.known * workersPerTask);
    }
    const fair = Math.ceil(remaining / (SHARES * this.#tasksAtOnce));
    const most = this.#itemsInLongest();
    const smallestShare = Math.ceil(this.#all / (SMALLEST_SHARES * this.#tasksAtOnce));
    const least = Math.max(this.#itemsIn(leastMilliseconds), Math.min(smallestShare, most));
    return Math.max(Math.min(fair, most), least);
  }

  #wantedOfUnknown(): number {
    const { workersPerTask, mostMilliseconds } = this.#conditions;
    if (this.#millisecondsPerItem === undefined) return FIRST_ITEMS_PER_WORKER.unknown * workersPerTask;
    const past = Math.ceil(this.#all / (SHARES_OF_PAST * this.#tasksAtOnce));
    return Math.max(this.#itemsIn(mostMilliseconds), Math.min(past, this.#itemsInLongest()));
  }

  /** What may be tried, after what was measured. */
  #most(remaining: number | undefined): number {
    if (this.#millisecondsPerItem === undefined || this.#takesAll(remaining)) return MOST_ITEMS;
    return this.#largestMeasured * MOST_GROWTH;
  }

  #takesAll(remaining: number | undefined): boolean {
    return remaining !== undefined && this.#tasksAtOnce === 1;
  }

  #itemsInLongest(): number {
    const isShort = Math.max(0, 1 - (this.#millisecondsPerItem ?? 0) / LONG_ITEM);
    const forTheClient = this.#tasksAtOnce * BETWEEN_TASKS * isShort;
    return this.#itemsIn(Math.max(this.#conditions.mostMilliseconds, forTheClient));
  }

  /** How many items a task's workers do in so long. */
  #itemsIn(milliseconds: number): number {
    const each = Math.max(this.#millisecondsPerItem ?? 0, LEAST_MILLISECONDS_PER_ITEM);
    return Math.ceil((milliseconds * this.#conditions.workersPerTask) / each);
  }
}
