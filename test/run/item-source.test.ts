import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/protocol/codec.js";
import { type EncodedItems, ItemSource } from "../../src/run/item-source.js";
import type { PreparedWork } from "../../src/work/prepared-work.js";

const identity: PreparedWork = {
  kind: "function",
  files: [],
  toWire: (item) => item,
  fromWire: (value) => value,
};
const source = (items: Iterable<unknown> | AsyncIterable<unknown>) =>
  new ItemSource(items, identity, async () => ({ blob: "" }));
const values = ({ count, text }: EncodedItems) => {
  const lines = count === 0 ? [] : text.split("\n");
  expect(lines).toHaveLength(count);
  return lines.map((line) => decode(line));
};

describe("an item source", () => {
  it("gives items in chunks, and knows an array's end without asking for more", async () => {
    const items = source([1, 2, 3]);
    expect(items.total).toBe(3);
    await items.lookAhead();
    const first = await items.take(2, 1000, false);
    expect([first.start, values(first)]).toEqual([0, [1, 2]]);
    expect(items.exhausted).toBe(false);
    const second = await items.take(2, 1000, false);
    expect([second.start, values(second)]).toEqual([2, [3]]);
    expect(items.exhausted).toBe(true);
    expect(items.taken).toBe(3);
  });

  it("pulls no more of an iterator than it was asked for, but the first item", async () => {
    let pulled = 0;
    const items = source(
      (function* () {
        for (;;) yield pulled++;
      })(),
    );
    await items.lookAhead();
    expect(pulled).toBe(1);
    await items.take(3, 1000, false);
    expect(pulled).toBe(3);
    await items.close();
    expect(items.exhausted).toBe(true);
  });

  it("gives large chunks whole", async () => {
    const items = source(Array.from({ length: 5000 }, (_, index) => index));
    expect(values(await items.take(4000, 1_000_000, false))).toEqual(
      Array.from({ length: 4000 }, (_, index) => index),
    );
    expect((await items.take(4000, 1_000_000, false)).start).toBe(4000);
  });

  it("ends a chunk at its bound of characters", async () => {
    const items = source(Array.from({ length: 10 }, () => "x".repeat(100)));
    expect((await items.take(10, 250, false)).count).toBe(3);
  });

  it("gives what is there when a slow input makes wait, and loses nothing", async () => {
    const items = source(
      (async function* () {
        yield 1;
        yield 2;
        await delay(200);
        yield 3;
      })(),
    );
    expect(values(await items.take(10, 1000, true))).toEqual([1, 2]);
    expect(values(await items.take(10, 1000, true))).toEqual([3]);
    expect(await items.take(10, 1000, true)).toEqual({ start: 3, count: 0, text: "" });
    expect(items.exhausted).toBe(true);
  });

  it("names the item that cannot travel, and where in it", async () => {
    await expect(source([1, { rows: [() => 1] }]).lookAhead()).rejects.toMatchObject({
      index: 1,
      path: ".rows[0]",
    });
  });

  it("knows the end also of an array that is too much to look at before", async () => {
    const items = source(["x".repeat(17 * 1024 * 1024), "y"]);
    await items.lookAhead();
    expect(items.pulled).toBe(1);
    await items.take(1, 1000, true);
    await items.take(1, 1000, true);
    expect(items.exhausted).toBe(true);
  });

  it("takes promises that are not this realm's", async () => {
    let n = 0;
    const thenable = () => ({
      then: (resolve: (result: IteratorResult<number>) => void) =>
        resolve(n < 3 ? { done: false, value: n++ } : { done: true, value: undefined }),
    });
    const items = source({ [Symbol.asyncIterator]: () => ({ next: thenable }) } as never);
    expect(values(await items.take(10, 1000, false))).toEqual([0, 1, 2]);
    expect(items.exhausted).toBe(true);
  });

  it("refuses what is no iterator", async () => {
    expect(() => source({ [Symbol.iterator]: () => 5 } as never)).toThrow(
      expect.objectContaining({ option: "items" }),
    );
    await expect(
      source({ [Symbol.iterator]: () => ({ next: () => 5 }) } as never).lookAhead(),
    ).rejects.toMatchObject({
      option: "items",
    });
  });

  it("is not exhausted while somebody waits for its last items", async () => {
    const items = source([1, 2]);
    await items.lookAhead();
    const last = items.take(10, 1000, false);
    expect(items.exhausted).toBe(false);
    await last;
    expect(items.exhausted).toBe(true);
    expect(items.cutShort).toBe(false);
  });

  it("does not mind what its input says to being closed", async () => {
    const items = source(
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: inputs do such things.
          throw new Error("closing failed");
        }
      })(),
    );
    await items.take(1, 1000, false);
    await items.close();
    expect(items.cutShort).toBe(true);
  });

  it("tells its input when no more is wanted", async () => {
    let closed = false;
    const items = source(
      (function* () {
        try {
          for (let n = 0; ; n++) yield n;
        } finally {
          closed = true;
        }
      })(),
    );
    await items.take(1, 1000, false);
    await items.close();
    expect(closed).toBe(true);
  });
});
