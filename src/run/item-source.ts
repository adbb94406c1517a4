import type { PreparedWork, UploadFile } from "../work/prepared-work.js";
import { encodeValue } from "./encode-value.js";

/** Items in the form in which they travel, a line each. */
export interface EncodedItems {
  readonly start: number;
  readonly lines: readonly string[];
}

/** How much of an array is checked and held before anything is created. */
const LOOKAHEAD_CHARACTERS = 16 * 1024 * 1024;
/** How long a chunk of unknown size waits for a further item of a slow input before it goes as it is. */
const PATIENCE_MILLISECONDS = 50;

const WAIT = Symbol("wait");

/** The run's input: pulled item by item as chunks are made, encoded, counted. */
export class ItemSource {
  /** How many items there are, where the input says. */
  readonly total: number | undefined;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #work: PreparedWork;
  readonly #upload: UploadFile;
  #ahead: string[] = [];
  #aheadFrom = 0;
  #pulled = 0;
  #taken = 0;
  #ended = false;
  #pending: Promise<IteratorResult<unknown>> | undefined;

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, work: PreparedWork, upload: UploadFile) {
    this.total = knownSize(items);
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
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
    return this.#ended && this.#aheadFrom === this.#ahead.length;
  }

  /**
   * Encodes what can be known of the input before the run creates anything: all of an array (up to a bound), else the
   * first item.
   */
  async lookAhead(): Promise<void> {
    let characters = 0;
    const items = this.total ?? 1;
    while (this.#pulled < items && characters < LOOKAHEAD_CHARACTERS) {
      const line = await this.#pull();
      if (line === undefined) return;
      this.#ahead.push(line);
      characters += line.length;
    }
    // Where the last item is known to be the last, there is no need to ask for one more.
    if (this.total !== undefined && this.#pulled === this.total) this.#ended = true;
  }

  /**
   * The next items: at most `count`, of about `characters` at most. With `impatient`, what is there when a slow input makes
   * wait. Empty at the end.
   */
  async take(count: number, characters: number, impatient: boolean): Promise<EncodedItems> {
    const start = this.#taken;
    const lines: string[] = [];
    for (let size = 0; lines.length < count && size < characters; ) {
      const line = this.#fromAhead() ?? (await this.#pullFor(impatient && lines.length > 0));
      if (line === undefined || line === WAIT) break;
      lines.push(line);
      size += line.length + 1;
    }
    this.#taken += lines.length;
    return { start, lines };
  }

  /** Tells the input that no more is wanted. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // An input that is just making an item cannot be interrupted, and is not waited for.
    const closed = this.#iterator.return?.();
    if (this.#pending === undefined) await closed;
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
    if (!(next instanceof Promise)) return this.#encodeNext(next);
    const result = await withinPatience(next);
    if (result === WAIT) {
      this.#pending = next;
      return WAIT;
    }
    return this.#encodeNext(result);
  }

  async #pull(): Promise<string | undefined> {
    if (this.#ended) return undefined;
    const next = this.#next();
    return this.#encodeNext(next instanceof Promise ? await next : next);
  }

  #next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending ?? this.#iterator.next();
  }

  async #encodeNext(result: IteratorResult<unknown>): Promise<string | undefined> {
    if (result.done === true) {
      this.#ended = true;
      return undefined;
    }
    const index = this.#pulled++;
    const wire = this.#work.toWire(result.value, index, this.#upload);
    return encodeValue(wire instanceof Promise ? await wire : wire, `Item ${index}`, index);
  }
}

function knownSize(items: object): number | undefined {
  if (Array.isArray(items) || ArrayBuffer.isView(items)) return (items as unknown[]).length;
  if (items instanceof Set || items instanceof Map) return items.size;
  return undefined;
}

function withinPatience<T>(promise: Promise<T>): Promise<T | typeof WAIT> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(WAIT), PATIENCE_MILLISECONDS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
