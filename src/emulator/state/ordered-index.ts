import sortedBTree from "sorted-btree";

// A CommonJS module whose class is its property `default`: Node gives the module, some test runners and bundlers the class.
const BTree = ("default" in sortedBTree ? sortedBTree.default : sortedBTree) as typeof sortedBTree.default;

const withoutCase = (id: string): string => id.toLowerCase();

/**
 * Entities by id: found in logarithmic time, listed in id order from any id on, so that a page of a list costs the same
 * wherever it starts and paging survives changes. Ids keep their case and are compared without it, unless `keyOf` makes
 * another key of them.
 */
export class OrderedIndex<T> {
  private readonly tree = new BTree<string, T>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));

  constructor(private readonly keyOf: (id: string) => string = withoutCase) {}

  get size(): number {
    return this.tree.size;
  }

  get(id: string): T | undefined {
    return this.tree.get(this.keyOf(id));
  }

  has(id: string): boolean {
    return this.tree.has(this.keyOf(id));
  }

  /** Adds or replaces; tells whether the id was new. */
  set(id: string, entity: T): boolean {
    return this.tree.set(this.keyOf(id), entity);
  }

  delete(id: string): boolean {
    return this.tree.delete(this.keyOf(id));
  }

  clear(): void {
    this.tree.clear();
  }

  values(): IterableIterator<T> {
    return this.tree.values();
  }

  /** Pairs of key and entity in order, from the first key that is not before `key`. */
  entriesFrom(key: string | undefined): IterableIterator<[string, T]> {
    return this.tree.entries(key);
  }
}
