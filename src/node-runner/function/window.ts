import { type FromWorker, formatFromWorker } from "./channel.js";

/** What became of an item that had nothing to say but its value. */
interface Ended {
  readonly payload: string;
  readonly milliseconds: number;
}

/** An encoded value that is plain JSON, and may stand in an array with others. */
function isPlain({ payload }: Ended): boolean {
  return !payload.startsWith("~");
}

/**
 * Attempts that are made in one go and told of together. A line for each costs more than a tiny item does, so nothing is said
 * until all have ended, or something happens of which one must know whose it is.
 */
export class Window {
  readonly #write: (lines: string) => void;
  /** Lines that wait to be written. */
  #lines = "";
  #values: string[] = [];
  #milliseconds = 0;
  #last: Ended | undefined;
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
  end(payload: string, milliseconds: number): void {
    this.isRunning = false;
    this.#keepLast();
    this.#last = { payload, milliseconds };
    this.#characters += payload.length;
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
    if (!isPlain(last)) {
      this.#closeSeries();
      this.#say({ kind: "end", status: "fulfilled", files: undefined, last: false, ...last });
      return;
    }
    this.#values.push(last.payload);
    this.#milliseconds += last.milliseconds;
  }

  #closeSeries(): void {
    if (this.#values.length === 0) return;
    const milliseconds = Math.round(this.#milliseconds * 1000) / 1000;
    const payload = `[${this.#values.join(",")}]`;
    this.#say({ kind: "series", count: this.#values.length, milliseconds, payload });
    this.#values = [];
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
