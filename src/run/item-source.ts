import { InvalidArgumentError } from "../errors/index.js";
import type { PreparedWork, UploadFile } from "../work/prepared-work.js";
import { encodeValue } from "./encode-value.js";

type Items = Iterable<unknown> | AsyncIterable<unknown>;

/** Items in the form in which they travel. */
export interface EncodedItems {
  readonly start: number;
  readonly count: number;
  /** A line of each; the last one without its end. */
  readonly text: string;
}

/** So many lines are made one text, so that a large chunk is not held as single lines. */
const LINES_TOGETHER = 1024;

/** How much of an array is checked and held before anything is created, and what a line takes besides its characters. */
const LOOKAHEAD_BYTES = 16 * 1024 * 1024;
const BYTES_PER_LINE = 32;
/** How long a chunk of unknown size waits for a further item of a slow input before it goes as it is. */
const PATIENCE_MILLISECONDS = 50;

/** What there is of an input that must be waited for. */
const LATER = Symbol("later");

/** What {@link within} gives where it has to wait longer. */
export const WAIT = Symbol("wait");

/** The run's input: pulled item by item as chunks are made, encoded, counted. */
export class ItemSource {
  /** How many items there are, where the input says. */
  readonly total: number | undefined;
  readonly #isSync: boolean;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #work: PreparedWork;
  readonly #upload: UploadFile;
  #ahead: string[] = [];
  #aheadFrom = 0;
  #pulled = 0;
  #taken = 0;
  #ended = false;
  #cutShort = false;
  /** Whether somebody waits for items. */
  #taking = false;
  /** Whether the input is just making an item. */
  #asking = false;
  #pending: PromiseLike<IteratorResult<unknown>> | undefined;

  constructor(items: Items, work: PreparedWork, upload: UploadFile) {
    this.total = knownSize(items);
    this.#isSync = (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] == null;
    this.#iterator = iteratorOf(items);
    this.#work = work;
    this.#upload = upload;
  }

  /** Items given out so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Items asked of the input so far: those given out, and some more. */
  get pulled(): number {
    return this.#pulled;
  }

  /** Whether every item was given out. */
  get exhausted(): boolean {
    return this.#ended && !this.#taking && this.#aheadFrom === this.#ahead.length;
  }

  /** Whether the input was closed before it said that it has no more items. */
  get cutShort(): boolean {
    return this.#cutShort;
  }

  /**
   * Encodes what can be known of the input before the run creates anything: all of an array (up to a bound), else the
   * first item.
   */
  async lookAhead(): Promise<void> {
    let bytes = 0;
    const items = this.total ?? 1;
    while (this.#pulled < items && bytes < LOOKAHEAD_BYTES) {
      const line = await this.#pull();
      if (line === undefined) return;
      this.#ahead.push(line);
      bytes += line.length + BYTES_PER_LINE;
    }
    if (this.total === 0) this.#ended = true;
  }

  /**
   * The next items: at most `count`, of about `characters` at most. With `impatient`, what is there when a slow input makes
   * wait. Empty at the end.
   */
  async take(count: number, characters: number, impatient: boolean): Promise<EncodedItems> {
    this.#taking = true;
    try {
      const taken = await this.#takeText(count, characters, impatient);
      const start = this.#taken;
      this.#taken += taken.count;
      return { start, ...taken };
    } finally {
      this.#taking = false;
    }
  }

  /** Tells the input that no more is wanted. What it says to that changes nothing any more. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#cutShort = true;
    const closed = this.#return();
    // An input that is just making an item cannot be interrupted, and is not waited for.
    if (!this.#asking) await closed;
  }

  async #return(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // The run has its reason to end already.
    }
  }

  async #takeText(
    most: number,
    characters: number,
    impatient: boolean,
  ): Promise<Omit<EncodedItems, "start">> {
    const texts: string[] = [];
    let lines: string[] = [];
    let count = 0;
    for (let size = 0; count < most && size < characters; ) {
      const now = this.#fromAhead() ?? this.#pullNow();
      // Waiting for what is there would cost more than a small item does.
      const line = isThenable(now)
        ? await now
        : now === LATER
          ? await this.#pullFor(impatient && count > 0)
          : now;
      if (line === undefined || line === WAIT) break;
      size += line.length + 1;
      count += 1;
      if (lines.push(line) < LINES_TOGETHER) continue;
      texts.push(lines.join("\n"));
      lines = [];
    }
    if (lines.length > 0) texts.push(lines.join("\n"));
    return { count, text: texts.join("\n") };
  }

  #fromAhead(): string | undefined {
    if (this.#aheadFrom === this.#ahead.length) return undefined;
    const line = this.#ahead[this.#aheadFrom++];
    if (this.#aheadFrom === this.#ahead.length) {
      this.#ahead = [];
      this.#aheadFrom = 0;
    }
    return line;
  }

  async #pullFor(impatient: boolean): Promise<string | undefined | typeof WAIT> {
    if (!impatient || this.#ended) return this.#pull();
    const next = this.#next();
    if (!isThenable(next)) return this.#encodeNext(next);
    const result = await within(this.#answer(next), PATIENCE_MILLISECONDS);
    if (result === WAIT) {
      this.#pending = next;
      return WAIT;
    }
    return this.#encodeNext(result);
  }

  async #pull(): Promise<string | undefined> {
    if (this.#ended) return undefined;
    const next = this.#next();
    return this.#encodeNext(isThenable(next) ? await this.#answer(next) : next);
  }

  #next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>> {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending ?? this.#iterator.next();
  }

  async #answer(next: PromiseLike<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    this.#asking = true;
    try {
      return await next;
    } finally {
      this.#asking = false;
    }
  }

  /** The next item of an input that gives it at once; undefined at the end. */
  #pullNow(): string | undefined | Promise<string | undefined> | typeof LATER {
    if (!this.#isSync || this.#pending !== undefined) return LATER;
    if (this.#ended) return undefined;
    const next = this.#iterator.next();
    if (!isThenable(next)) return this.#encodeNext(next);
    this.#pending = next;
    return LATER;
  }

  #encodeNext(result: IteratorResult<unknown>): string | undefined | Promise<string> {
    if (typeof result !== "object" || result === null)
      throw notItems(`have an iterator that gives ${String(result)}, and not an object with a value`);
    if (result.done) {
      this.#ended = true;
      return undefined;
    }
    const index = this.#pulled++;
    // Where the last item is known to be the last, there is no need to ask for one more.
    if (this.#pulled === this.total) this.#ended = true;
    const wire = this.#work.toWire(result.value, index, this.#upload);
    if (!isThenable(wire)) return encodeValue(wire, index);
    return (async () => encodeValue(await wire, index))();
  }
}

/** As `for await` finds it: the asynchronous way first, where there is one. */
function iteratorOf(items: Items): Iterator<unknown> | AsyncIterator<unknown> {
  const iterator =
    (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator]?.() ??
    (items as Iterable<unknown>)[Symbol.iterator]();
  if (typeof (iterator as Partial<Iterator<unknown>> | undefined)?.next === "function") return iterator;
  throw notItems("have an iterator without a method next");
}

function notItems(says: string): InvalidArgumentError {
  return new InvalidArgumentError(`The items of runParallel ${says}.`, { option: "items" });
}

/** Not `instanceof Promise`: a library's own promises, and those of a notebook's context, are as good. */
function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function";
}

/** Only where the language's own iterator goes through it: a class of the user's may give more or fewer than it holds. */
function knownSize(items: Items): number | undefined {
  if ((items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] != null) return undefined;
  switch ((items as Iterable<unknown>)[Symbol.iterator]) {
    case Array.prototype[Symbol.iterator]:
    case Uint8Array.prototype[Symbol.iterator]:
      return (items as readonly unknown[]).length;
    case Set.prototype[Symbol.iterator]:
    case Map.prototype[Symbol.iterator]:
      return (items as ReadonlySet<unknown>).size;
    default:
      return undefined;
  }
}

/** What a promise gives, or {@link WAIT} where that takes longer. */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | typeof WAIT> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(WAIT), Math.max(0, milliseconds));
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
