import { RICH } from "../../protocol/codec.js";
import { type Attempt, type AttemptPlace, type AttemptsWithItems, attemptAt } from "../attempt.js";

// As it is before the user's code can replace it.
const { parse } = JSON;

/** Items of neighbours, decoded, whose first attempts may be made in one go. */
export interface Together {
  /** The attempt of the first of them. */
  readonly first: AttemptPlace;
  /** They are in `values`, from `from` on, so many. */
  readonly values: readonly unknown[];
  readonly from: number;
  readonly count: number;
}

/** The attempts that a worker holds, in the order in which it makes them. */
export class HeldAttempts {
  #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(attempts: AttemptsWithItems): void {
    this.#blocks.push(new Block(attempts));
    this.#length += attempts.run.count;
  }

  /** The next attempt; undefined where there is none. */
  first(): Attempt | undefined {
    return this.#blocks[0]?.first();
  }

  /** The next items, where they are plain JSON and may be made in one go: `most` of them at most. */
  together(most: number): Together | undefined {
    return this.#blocks[0]?.together(most);
  }

  /** Lets the next attempts go, of those that came together. */
  drop(count: number): void {
    const block = this.#blocks[0];
    if (block === undefined) return;
    this.#length -= count;
    block.drop(count);
    if (block.left === 0) this.#blocks.shift();
  }

  /** Lets all go, and says how many they were. */
  clear(): number {
    const count = this.#length;
    this.#blocks = [];
    this.#length = 0;
    return count;
  }
}

/** Attempts that came together. Their items stay one text, and those that are plain JSON are parsed many at once. */
class Block {
  readonly #attempts: AttemptsWithItems;
  #begun = 0;
  /** Where in the text the item at `#line` begins, which is the next one or one before. */
  #at = 0;
  #line = 0;
  /** Items that were parsed together, from that at `#valuesFrom` on. */
  #values: readonly unknown[] = [];
  #valuesFrom = 0;

  constructor(attempts: AttemptsWithItems) {
    this.#attempts = attempts;
  }

  get left(): number {
    return this.#attempts.run.count - this.#begun;
  }

  drop(count: number): void {
    this.#begun += count;
  }

  first(): Attempt {
    const { run, text } = this.#attempts;
    this.#findFirst();
    const end = text.indexOf("\n", this.#at);
    return { ...attemptAt(run, this.#begun), text: text.slice(this.#at, end < 0 ? text.length : end) };
  }

  together(most: number): Together | undefined {
    const { run } = this.#attempts;
    if (run.alone || run.attempt > 1) return undefined;
    if (this.#begun >= this.#valuesFrom + this.#values.length) this.#parse();
    const from = this.#begun - this.#valuesFrom;
    const count = Math.min(most, this.#values.length - from);
    return count === 0
      ? undefined
      : { first: attemptAt(run, this.#begun), values: this.#values, from, count };
  }

  /** Parses the next items, up to the first one that is more than JSON. */
  #parse(): void {
    const { text } = this.#attempts;
    this.#findFirst();
    this.#valuesFrom = this.#begun;
    const isRich = text.startsWith(RICH, this.#at);
    const rich = isRich ? this.#at : text.indexOf(`\n${RICH}`, this.#at);
    const plain = text.slice(this.#at, rich < 0 ? text.length : rich);
    this.#values = isRich ? [] : (parse(`[${plain.replace(/\n/g, ",")}]`) as unknown[]);
  }

  #findFirst(): void {
    for (; this.#line < this.#begun; this.#line++) this.#at = this.#attempts.text.indexOf("\n", this.#at) + 1;
  }
}
