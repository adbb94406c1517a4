interface Link<T> {
  readonly entity: T;
  older: Link<T> | undefined;
  newer: Link<T> | undefined;
}

/** Entities in the order of their latest change: noting a change costs the same however many there are. */
export class ChangeOrder<T> {
  private readonly links = new Map<T, Link<T>>();
  private newest: Link<T> | undefined;

  /** Notes that an entity changed just now; also adds it. */
  touch(entity: T): void {
    this.delete(entity);
    const link: Link<T> = { entity, older: this.newest, newer: undefined };
    if (this.newest !== undefined) this.newest.newer = link;
    this.newest = link;
    this.links.set(entity, link);
  }

  delete(entity: T): void {
    const link = this.links.get(entity);
    if (link === undefined) return;
    if (link.older !== undefined) link.older.newer = link.newer;
    if (link.newer !== undefined) link.newer.older = link.older;
    else this.newest = link.older;
    this.links.delete(entity);
  }

  *newestFirst(): Generator<T> {
    for (let link = this.newest; link !== undefined; link = link.older) yield link.entity;
  }
}
