/** How much of a stream is kept: half from its beginning, half from its end. */
const KEPT = 64 * 1024;
const HALF = KEPT / 2;

/** The beginning and the end of a stream of any length, in characters. */
export class BoundedText {
  #head = "";
  #tail = "";
  #length = 0;

  add(text: string): void {
    this.#length += text.length;
    const room = HALF - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    if (text.length <= room) return;
    this.#tail += text.slice(Math.max(0, room));
    // Cut seldom: each cut copies.
    if (this.#tail.length > KEPT) this.#tail = this.#tail.slice(-HALF);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** What is kept, with a line in between that says how much is not. */
  toString(): string {
    const tail = this.#tail.slice(-HALF);
    const left = this.#length - this.#head.length - tail.length;
    return left === 0 ? this.#head + tail : `${this.#head}\n[… ${left} characters left out …]\n${tail}`;
  }

  /** The last characters. */
  end(length: number): string {
    return (this.#head + this.#tail).slice(-length);
  }
}
