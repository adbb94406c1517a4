import type { RootChunk, UpstreamInput } from "../chunk.js";
import type { Extent } from "../submitter.js";

/** How a run makes its chunks of those of the run before, which come in input order. */
export interface Grouping {
  /** The next chunk made of the first ones of `waiting`, which it takes out; `ended` says that no more come. */
  next(waiting: WaitingRoot[], ended: boolean): Extent | undefined;
}

/** A chunk of the run before, from the item `from` on. */
export interface WaitingRoot {
  readonly root: RootChunk;
  from: number;
}

/**
 * One item for each item of the run before, under the same index. A chunk is mostly one of the run before; it is divided
 * where that holds far more items than a task should.
 */
export function oneForOne(size: () => number): Grouping {
  return {
    next(waiting) {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const { root, from } = first;
      const left = root.start + root.count - from;
      const most = Math.max(1, size());
      const count = left > 2 * most ? most : left;
      if (count === left) waiting.shift();
      else first.from += count;
      return { start: from, count, input: { kind: "outcomes", roots: [root], from, count } };
    },
  };
}

/** One item for `fanIn` chunks of the run before, or for fewer at the end. */
export function oneForSeveral(
  fanIn: number,
  fold: { readonly nested: boolean; readonly skipFailed: boolean },
): Grouping {
  let made = 0;
  return {
    next(waiting, ended) {
      if (waiting.length === 0 || (waiting.length < fanIn && !ended)) return undefined;
      const roots = waiting.splice(0, fanIn).map(({ root }) => root);
      const start = made++;
      const from = roots[0]?.start ?? 0;
      const count = roots.reduce((sum, root) => sum + root.count, 0);
      const input: UpstreamInput = {
        kind: "outcomes",
        roots,
        from,
        count,
        fold: { ...fold, first: start === 0 && !fold.nested, lost: [] },
      };
      return { start, count: 1, input };
    },
  };
}
