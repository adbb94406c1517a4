import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchIterator } from "../../src/run/batch-iterator.js";

async function* batchesOf<T>(batches: readonly (readonly T[])[], onEnd: () => void = () => undefined) {
  try {
    for (const batch of batches) yield batch;
  } finally {
    onEnd();
  }
}
const same = <T>(value: T) => value;

describe("a batch iterator", () => {
  it("gives all of the batches in order, also to those who do not wait for one another", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat())),
        fc.integer({ min: 1, max: 4 }),
        async (batches, asking) => {
          const iterator = new BatchIterator(batchesOf(batches), same);
          const got: number[] = [];
          for (let done = false; !done; ) {
            const asked = await Promise.all(Array.from({ length: asking }, () => iterator.next()));
            for (const one of asked) {
              if (one.done === true) done = true;
              else got.push(one.value);
            }
          }
          expect(got).toEqual(batches.flat());
          expect(await iterator.next()).toEqual({ value: undefined, done: true });
        },
      ),
    );
  });

  it("ends the batches where its reader leaves early", async () => {
    let ended = 0;
    for await (const value of new BatchIterator(
      batchesOf([[1, 2], [3]], () => ended++),
      same,
    )) {
      if (value === 2) break;
    }
    expect(ended).toBe(1);
  });

  it("ends with the error of what it makes, or of its end, and has no more then", async () => {
    let ended = 0;
    const wrong = (value: number) => {
      if (value === 2) throw new Error("two");
      return value;
    };
    const iterator = new BatchIterator(
      batchesOf([[1, 2, 3]], () => ended++),
      wrong,
    );
    expect(await iterator.next()).toEqual({ value: 1, done: false });
    await expect(iterator.next()).rejects.toThrow("two");
    expect(ended).toBe(1);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });

    const cut = new BatchIterator(batchesOf([[1]]), same, () => {
      throw new Error("cut short");
    });
    expect(await cut.next()).toEqual({ value: 1, done: false });
    await expect(cut.next()).rejects.toThrow("cut short");
  });
});
