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
  it("is small as long as nothing is measured, and no more than a fair share", () => {
    const sizer = new ChunkSizer(conditions);
    expect(sizer.next(undefined)).toBe(4);
    expect(sizer.next(100_000)).toBe(16);
    expect(sizer.next(100)).toBe(5);
    expect(sizer.next(3)).toBe(1);
    expect(sizer.next(0)).toBe(1);
  });

  it("holds as much work as is worth a task", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(10, 1000);
    expect(sizer.next(undefined)).toBe(10);
    expect(sizer.next(1_000_000)).toBe(10);
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
    expect(sizer.next(undefined)).toBe(150_000);
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

  it("soon forgets that the first items were slow, where there are many others", () => {
    const sizer = new ChunkSizer(conditions);
    sizer.measured(10, 1000);
    sizer.measured(9990, 9990);
    expect(sizer.next(undefined)).toBeGreaterThan(900);
  });

  it("counts the processes of a task", () => {
    const sizer = new ChunkSizer({ ...conditions, workersPerTask: 4 });
    sizer.measured(10, 1000);
    expect(sizer.next(undefined)).toBe(40);
  });
});
