import { describe, expect, it } from "vitest";
import { type Scenario, type SimulatedRun, simulate, USUAL } from "../../bench/simulator/simulate.js";
import type { OutcomeLog } from "../../src/run/outcome-log.js";

/** A hundredth of what the benchmark simulates, with as many items for each node. */
const SMALL: Scenario = { ...USUAL, items: 100_000, nodes: 10 };

/** Simulates a run and reads it; counts how often each item has an outcome. */
async function read(scenario: Scenario): Promise<{ run: SimulatedRun; outcomes: Uint8Array }> {
  const outcomes = new Uint8Array(scenario.items);
  const run = await simulate(scenario, {
    read: async (log: OutcomeLog) => {
      for await (const batch of log.asTheyComplete()) {
        for (const { index } of batch) outcomes[index] = (outcomes[index] as number) + 1;
      }
    },
  });
  return { run, outcomes };
}

const once = (count: number) => count === 1;

describe("a simulated run", () => {
  it("has one outcome for each item, near the ideal time, with few requests", async () => {
    const { run, outcomes } = await read(SMALL);
    expect(outcomes.every(once)).toBe(true);
    expect(run.makespan / run.ideal).toBeLessThan(1.05);
    // Besides those that read outcomes, and whatever the number of nodes: 1,000 of them do 500 such items meanwhile.
    const { getParts = 0 } = run.requests;
    expect(run.requestsInAll - getParts).toBeLessThan(2 * run.makespan);
    expect(run.requests.throttled).toBe(0);
  });

  it("does as well as one item a task where items are long", async () => {
    const long = { ...SMALL, items: 1000, mean: 60, sigma: 0.3 };
    const [auto, single] = [await simulate(long), await simulate({ ...long, chunkSize: 1 })];
    expect(auto.makespan / single.makespan).toBeLessThan(1.05);
  });

  it("sees the end of a task of ten minutes soon after", async () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const late = await Promise.all(
      seeds.map(async (seed) => {
        const run = await simulate({ ...SMALL, items: 600, nodes: 1, seed });
        return run.makespan - run.ideal;
      }),
    );
    // The task costs a second, and lists show its end up to two seconds late; what is asked at fixed times is late by more.
    const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
    expect(mean).toBeLessThan(3.5);
  });

  it("makes no request a task, and ends without a slow tail, with many short tasks", async () => {
    const run = await simulate({ ...SMALL, items: 20_000, nodes: 200, mean: 2, sigma: 0.3, chunkSize: 1 });
    expect(run.tasks).toBe(20_000);
    expect(run.requestsInAll).toBeLessThan(run.tasks / 4);
    // Each task costs a second besides its two.
    expect(run.makespan / run.ideal).toBeLessThan(1.5 * 1.1);
  });

  it("is the same each time", async () => {
    const scenario = { ...SMALL, items: 20_000 };
    const [one, other] = [await simulate(scenario), await simulate(scenario)];
    expect({ ...one, log: undefined }).toEqual({ ...other, log: undefined });
  });

  it("ends well where the input does not say how much it is", async () => {
    const { run, outcomes } = await read({ ...SMALL, known: false });
    expect(outcomes.every(once)).toBe(true);
    expect(run.makespan / run.ideal).toBeLessThan(1.1);
  });

  it("loses nothing and repeats nothing where Spot nodes are taken away", async () => {
    const { run, outcomes } = await read({ ...SMALL, evictionsPerHour: 2, replacement: 60 });
    expect(run.evictions).toBeGreaterThan(10);
    expect(outcomes.every(once)).toBe(true);
    expect(run.makespan / run.ideal).toBeLessThan(1.3);
  });

  it("waits where the service is too busy", async () => {
    const scenario = { ...SMALL, items: 20_000, nodes: 100, requestsPerSecond: 1, mean: 0.2 };
    const { run, outcomes } = await read(scenario);
    expect(run.requests.throttled).toBeGreaterThan(0);
    expect(outcomes.every(once)).toBe(true);
  });
});
