import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { runParallel } from "../../src/index.js";

it("finds each of 5,000 outcomes once and in order, with random failures, async work and retries", async () => {
  // What happens to an item follows from its number alone, so that the expectation can be computed here as well.
  const items = Array.from({ length: 5000 }, (_, index) => ({ index, random: (index * 2654435761) % 1000 }));
  const seen: number[] = [];
  const run = runParallel(
    items,
    async ({ index, random }, ctx) => {
      if (random < 300) await new Promise((resolve) => setTimeout(resolve, random % 3));
      if (random % 10 === 0) throw new Error(`never ${index}`);
      if (random % 10 === 1 && ctx.attempt < 3) throw new Error(`not yet ${index}`);
      return { index, attempt: ctx.attempt };
    },
    { retries: 2 },
  );
  for await (const { index } of run) seen.push(index);
  expect(seen.sort((a, b) => a - b)).toEqual(items.map(({ index }) => index));

  const outcomes = await run.settled();
  expect(outcomes).toHaveLength(5000);
  for (const { index, random } of items) {
    const outcome = outcomes[index];
    expect(outcome?.index).toBe(index);
    if (random % 10 === 0) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { index, attempt: 3, code: "FunctionFailed" },
      });
      continue;
    }
    expect(outcome).toMatchObject({
      status: "fulfilled",
      value: { index, attempt: random % 10 === 1 ? 3 : 1 },
    });
  }
});

it("takes few large items, and gives large results", async () => {
  const items = [1, 2, 3].map((n) => new Uint8Array(7 * 1024 * 1024).fill(n));
  const results = await runParallel(items, (bytes) => [bytes[0], bytes]);
  expect(results.map(([first]) => first)).toEqual([1, 2, 3]);
  expect(
    results.every(
      ([, bytes], index) => Buffer.compare(bytes as Uint8Array, items[index] as Uint8Array) === 0,
    ),
  ).toBe(true);
});

it("streams a million items through a heap that could not hold them", { timeout: 180_000 }, async () => {
  const program = `
    import { runParallel } from "azure-batch-parallel";
    function* items() { for (let n = 0; n < 1_000_000; n++) yield n; }
    let [count, sum] = [0, 0];
    for await (const result of runParallel(items(), (n) => n + 1).results()) { count++; sum += result; }
    console.log(count, sum);
  `;
  const options = ["--max-old-space-size=64", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(stdout).toBe("1000000 500000500000\n");
});
