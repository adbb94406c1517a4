/** A chunk's encoded items in one text, a line of each: as many single texts would take longer to make than tiny items to run. */
export class ItemLines {
  readonly #text: string;
  /** Where each line ends. */
  readonly #ends: Uint32Array;

  /** @param text - the last line comes without its end */
  constructor(text: string, count: number) {
    this.#text = text;
    this.#ends = lineEnds(text, count);
  }

  /** The lines of single texts. */
  static of(items: readonly string[]): ItemLines {
    return new ItemLines(items.join("\n"), items.length);
  }

  get count(): number {
    return this.#ends.length;
  }

  /** Neighbours' lines. */
  between(from: number, to: number): string {
    return from === to ? "" : this.#text.slice(this.#startOf(from), this.#ends[to - 1]);
  }

  /** How many characters neighbours' lines have, with their ends. */
  characters(from: number, to: number): number {
    return this.#startOf(to) - this.#startOf(from);
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] as number) + 1;
  }
}

function lineEnds(text: string, count: number): Uint32Array {
  const ends = new Uint32Array(count);
  let end = -1;
  for (let line = 0; line < count; line++) {
    const next = text.indexOf("\n", end + 1);
    const isLast = line === count - 1;
    if (isLast !== next < 0) throw wrongCount(text, count);
    end = isLast ? text.length : next;
    ends[line] = end;
  }
  if (count === 0 && text !== "") throw wrongCount(text, count);
  return ends;
}

function wrongCount(text: string, count: number): Error {
  const found = text === "" ? 0 : text.split("\n").length;
  return new Error(`The chunk should hold ${count} items, and holds ${found}.`);
}
