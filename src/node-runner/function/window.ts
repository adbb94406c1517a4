import { RICH } from "../../protocol/codec.js";
import type { JsonPrimitive } from "../../protocol/plain-json.js";
import { type FromWorker, formatFromWorker } from "./channel.js";

// As it is before the user's code can replace it.
const { stringify } = JSON;

/** What an item that had nothing to say but its value has come to: a value to be encoded with others, or an encoded one. */
export type Ended = JsonPrimitive | { readonly payload: string };

/** What a value that has no length takes as text, about. */
const CHARACTERS_OF_SHORT = 8;

/**
 * Attempts that are made in one go and told of together. A line for each costs more than a tiny item does, so nothing is said
 * until all have ended, or something happens of which one must know whose it is.
 */
export class Window {
  readonly #write: (lines: string) => void;
  /** Lines that wait to be written. */
  #lines = "";
  /** The values of a series: those that are encoded, and those after them that are not yet. */
  #encoded: string[] = [];
  #primitives: JsonPrimitive[] = [];
  #count = 0;
  #milliseconds = 0;
  #last: Ended | undefined;
  #lastMilliseconds = 0;
  #characters = 0;
  #told = false;
  /** Whether an item is running just now. */
  isRunning = false;
  /** Attempts that have begun, and of which nothing is told. */
  begun = 0;

  constructor(write: (lines: string) => void, count: number) {
    this.#write = write;
    write(formatFromWorker({ kind: "window", count }));
  }

  /** Whether all that has ended was told, so that what happens now belongs to the one item that is left. */
  get isTold(): boolean {
    return this.#told;
  }

  /** Characters of the values that wait. */
  get characters(): number {
    return this.#characters;
  }

  begin(): void {
    this.isRunning = true;
    this.begun += 1;
  }

  /** The item that ran has ended well. */
  end(ended: Ended, milliseconds: number): void {
    this.isRunning = false;
    this.#keepLast();
    this.#last = ended;
    this.#lastMilliseconds = milliseconds;
    this.#characters += lengthOf(ended);
  }

  /**
   * Tells what has ended before the item that runs, or else before the last one: something is about to happen that is that
   * item's.
   */
  tell(): void {
    if (this.#told) return;
    this.#told = true;
    if (this.isRunning) this.#keepLast();
    this.#closeSeries();
    this.#flush(1);
    this.begun = 1;
  }

  /** Tells all that has ended. */
  close(): void {
    this.#keepLast();
    this.#closeSeries();
    this.#flush(0);
    this.begun = 0;
  }

  #keepLast(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    if (isEncoded(last) && last.payload.startsWith(RICH)) {
      this.#closeSeries();
      const [milliseconds, payload] = [this.#lastMilliseconds, last.payload];
      this.#say({ kind: "end", status: "fulfilled", files: undefined, last: false, payload, milliseconds });
      return;
    }
    if (isEncoded(last)) {
      this.#encodePrimitives();
      this.#encoded.push(last.payload);
    } else this.#primitives.push(last);
    this.#count += 1;
    this.#milliseconds += this.#lastMilliseconds;
  }

  #encodePrimitives(): void {
    if (this.#primitives.length === 0) return;
    this.#encoded.push(stringify(this.#primitives).slice(1, -1));
    this.#primitives = [];
  }

  #closeSeries(): void {
    if (this.#count === 0) return;
    this.#encodePrimitives();
    const milliseconds = Math.round(this.#milliseconds * 1000) / 1000;
    const payload = `[${this.#encoded.join(",")}]`;
    this.#say({ kind: "series", count: this.#count, milliseconds, payload });
    this.#encoded = [];
    this.#count = 0;
    this.#milliseconds = 0;
  }

  #say(message: FromWorker): void {
    this.#lines += formatFromWorker(message);
  }

  #flush(count: number): void {
    this.#say({ kind: "window", count });
    this.#write(this.#lines);
    this.#lines = "";
  }
}

function isEncoded(ended: Ended): ended is { readonly payload: string } {
  return typeof ended === "object" && ended !== null;
}

function lengthOf(ended: Ended): number {
  if (isEncoded(ended)) return ended.payload.length;
  return typeof ended === "string" ? ended.length : CHARACTERS_OF_SHORT;
}
