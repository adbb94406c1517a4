/** Where the outcomes of a part are. */
export interface PartEntry {
  readonly kind: "part";
  /** The number of the chunk whose task stored it, and the part's number. */
  readonly chunk: number;
  readonly part: number;
  /** The index of the chunk's first item. */
  readonly start: number;
  readonly node: string;
  /** Whether an item of it failed. */
  readonly failures: boolean;
}

/**
 * Entries in the order in which they came. A run of ten million long items has hundreds of thousands of parts: as columns of
 * numbers they take a few bytes each, and not the hundreds that as many objects would.
 */
export class EntryTable<Other extends { readonly kind: string }> {
  #chunks = new Uint32Array(64);
  #parts = new Uint32Array(64);
  #starts = new Float64Array(64);
  /** The place of the node in {@link #nodes}, twice, and one more where an item failed. */
  #nodesAndFailures = new Uint32Array(64);
  readonly #nodes: string[] = [];
  readonly #placeOfNode = new Map<string, number>();
  readonly #others = new Map<number, Other>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds an entry, and gives its place. */
  push(entry: PartEntry | Other): number {
    const place = this.#length++;
    if (place === this.#chunks.length) this.#grow();
    if (isPart(entry)) {
      this.#chunks[place] = entry.chunk;
      this.#parts[place] = entry.part;
      this.#starts[place] = entry.start;
      this.#nodesAndFailures[place] = 2 * this.#noteNode(entry.node) + (entry.failures ? 1 : 0);
    } else this.#others.set(place, entry);
    return place;
  }

  at(place: number): PartEntry | Other {
    const other = this.#others.get(place);
    if (other !== undefined) return other;
    const nodeAndFailures = this.#nodesAndFailures[place] as number;
    return {
      kind: "part",
      chunk: this.#chunks[place] as number,
      part: this.#parts[place] as number,
      start: this.#starts[place] as number,
      node: this.#nodes[nodeAndFailures >>> 1] as string,
      failures: nodeAndFailures % 2 === 1,
    };
  }

  /** Those that are no parts. */
  others(): Iterable<Other> {
    return this.#others.values();
  }

  #noteNode(node: string): number {
    const known = this.#placeOfNode.get(node);
    if (known !== undefined) return known;
    this.#nodes.push(node);
    this.#placeOfNode.set(node, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }

  #grow(): void {
    const size = 2 * this.#length;
    this.#chunks = copied(this.#chunks, new Uint32Array(size));
    this.#parts = copied(this.#parts, new Uint32Array(size));
    this.#starts = copied(this.#starts, new Float64Array(size));
    this.#nodesAndFailures = copied(this.#nodesAndFailures, new Uint32Array(size));
  }
}

function isPart(entry: { readonly kind: string }): entry is PartEntry {
  return entry.kind === "part";
}

function copied<Column extends Uint32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
