import { describe, expect, it } from "vitest";
import { ChunkSizer } from "../../src/run/chunk-sizer.js";

const conditions = { workers: 10, workersPerTask: 1, leastMilliseconds: 50, mostMilliseconds: 1000 };

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
    expect(sizer.next(undefined)).toBe(4 * 256);
    sizer.measured(4 * 256, 1);
    expect(sizer.next(undefined)).toBe(50_000);
  });

  it("counts the processes of a task", () => {
    const sizer = new ChunkSizer({ ...conditions, workersPerTask: 4 });
    sizer.measured(10, 1000);
    expect(sizer.next(undefined)).toBe(40);
  });
});
