import { describe, expect, it } from "vitest";
import { ChunkSizer } from "../../src/run/chunk-sizer.js";

const conditions = {
  workers: 10,
  workersPerTask: 1,
  leastMilliseconds: 50,
  mostMilliseconds: 1000,
  guessedTasksPerSlot: 1,
};

describe("the size of a chunk", () => {
  it("is small as long as nothing is measured, and a small part of all", () => {
    const sizer = new ChunkSizer(conditions);
    expect(sizer.next(undefined)).toBe(4);
    expect(sizer.next(100_000)).toBe(16);
    expect(sizer.next(800)).toBe(5);
    expect(sizer.next(3)).toBe(1);
    expect(sizer.next(0)).toBe(1);
  });

  it("holds as much work as is worth a task", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(10, 1000);
    expect(sizer.next(undefined)).toBe(10);
    // Ten workers, with tasks of 20 seconds: one ends every two. A little less, as items are not quite short.
    expect(sizer.next(1_000_000)).toBe(198);
  });

  it("shrinks towards the end, but not below what is worth starting a task for", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(1000, 1000);
    expect(sizer.next(2000)).toBe(100);
    expect(sizer.next(100)).toBe(50);
  });

  it("grows step by step, as what was measured first may not be like the rest", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(4, 0);
    expect(sizer.next(undefined)).toBe(4 * 1024);
    sizer.measured(4 * 1024, 1);
    expect(sizer.next(undefined)).toBe(250_000);
  });

  it("has few tasks made while their size is a guess", () => {
    const sizer = new ChunkSizer(conditions);
    expect(sizer.tasksPerSlot(undefined)).toBe(1);
    sizer.measured(4, 0);
    expect(sizer.tasksPerSlot(undefined)).toBe(1);
    // All that is left may be tried at once.
    expect(sizer.tasksPerSlot(1000)).toBe(3);
    sizer.measured(4 * 1024, 1);
    expect(sizer.tasksPerSlot(undefined)).toBe(3);
  });

  it("is one item where items are long, however many workers there are", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 1000, mostMilliseconds: 30_000 });
    sizer.measured(1, 60_000);
    expect(sizer.next(100_000)).toBe(1);
    expect(sizer.next(undefined)).toBe(1);
  });

  it("does not follow single items that take long, or hardly any time, where many are measured one by one", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 1000, mostMilliseconds: 30_000 });
    const sizes: number[] = [];
    for (let n = 0; n < 4000; n++) {
      sizer.measured(1, n % 100 === 0 ? 50_000 : 500);
      if (n > 2000) sizes.push(sizer.next(10_000_000));
    }
    // All take 995 ms on average.
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1);
  });

  it("soon forgets that the first items were slow, where there are many others", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(10, 1000);
    sizer.measured(9990, 9990);
    expect(sizer.next(undefined)).toBeGreaterThan(900);
  });

  it("lets few tasks wait where they are long, as a large one might be started last", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 1000, mostMilliseconds: 30_000 });
    sizer.measured(1000, 1_000_000);
    expect(sizer.next(10_000_000)).toBe(1800);
    expect(sizer.tasksPerSlot(10_000_000)).toBe(1.125);
    expect(sizer.tasksPerSlot(20_000)).toBeCloseTo(1 + 60 / 67);
  });

  it("grows with the items that came, where nobody knows how many there are", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 100, mostMilliseconds: 30_000 });
    sizer.measured(100, 100_000);
    const sizes = Array.from({ length: 10_000 }, () => sizer.next(undefined));
    expect(sizes[0]).toBe(30);
    expect(sizes.at(-1)).toBe(180);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it("is all that remains where one task runs at a time, whose workers share its items", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 4, workersPerTask: 4 });
    expect(sizer.next(2000)).toBe(2000);
    expect(sizer.next(1_000_000)).toBe(250_000);
    expect(sizer.tasksPerSlot(1_000_000)).toBe(3);
    expect(sizer.next(undefined)).toBe(16);
  });

  it("shares fairly among tasks that have several processes", () => {
    const sizer = new ChunkSizer({ ...conditions, workers: 40, workersPerTask: 4 });
    sizer.measured(1000, 1000);
    expect(sizer.next(2000)).toBe(200);
  });

  it.each([
    ["tiny", () => 0.01],
    ["of a second", () => 1000],
    ["of a minute", () => 60_000],
    ["of one in a thousand that is long", (item: number) => (item % 1000 === 0 ? 600_000 : 10)],
  ])("leaves no item out and ends small, for items %s", (_, millisecondsOf) => {
    const sizer = new ChunkSizer(conditions);
    const all = 20_000;
    const sizes: number[] = [];
    for (let taken = 0; taken < all; taken += sizes.at(-1) as number) {
      const size = sizer.next(all - taken);
      sizes.push(size);
      const milliseconds = Array.from({ length: size }, (_none, n) => millisecondsOf(taken + n));
      sizer.measured(
        size,
        milliseconds.reduce((sum, one) => sum + one, 0),
      );
      expect(size).toBeGreaterThanOrEqual(1);
      expect(size).toBeLessThanOrEqual(
        Math.max(16, Math.ceil(all / 20), 1 + Math.ceil(50 / millisecondsOf(1))),
      );
    }
    expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(all);
  });

  it("counts the processes of a task", () => {
    const sizer = new ChunkSizer({ ...conditions, workersPerTask: 4 });
    sizer.measured(10, 1000);
    expect(sizer.next(undefined)).toBe(40);
  });
});
