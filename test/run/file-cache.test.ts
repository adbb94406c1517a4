import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type RunProgress, runParallel } from "../../src/index.js";

let folder: string;
let large: string;
const cache = `cache-${process.pid}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "file-cache-"));
  large = join(folder, "large.bin");
  writeFileSync(large, randomBytes(3 * 2 ** 20));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The size of the run's file on the node, and the bytes that were uploaded. */
async function run(
  options: { cache?: boolean | string },
  path = large,
): Promise<{ size: number; up: number }> {
  let last: RunProgress | undefined;
  const progress = (now: RunProgress) => {
    last = now;
  };
  const [size] = await runParallel(
    [1],
    async (_, ctx) => (await (await import("node:fs/promises")).stat(`${ctx.workDir}/large.bin`)).size,
    { files: [{ path, as: "large.bin" }], progress, ...options },
  );
  return { size: size as number, up: last?.bytes.up ?? 0 };
}

describe("a cache of files", () => {
  it("has a file uploaded once for all runs, until it changes", async () => {
    const size = 3 * 2 ** 20;
    const first = await run({ cache });
    expect(first.size).toBe(size);
    expect(first.up).toBeGreaterThan(size);
    const second = await run({ cache });
    expect(second.size).toBe(size);
    expect(second.up).toBeLessThan(size / 2);
    expect((await run({})).up).toBeGreaterThan(size);
    appendFileSync(large, "more");
    const changed = await run({ cache });
    expect(changed.size).toBe(size + 4);
    expect(changed.up).toBeGreaterThan(size);
  });

  it("keeps a file that is larger than a string can be", async () => {
    const size = 513 * 2 ** 20;
    const huge = join(folder, "huge.bin");
    writeFileSync(huge, "");
    truncateSync(huge, size);
    expect((await run({ cache }, huge)).size).toBe(size);
    const again = await run({ cache }, huge);
    expect(again.size).toBe(size);
    expect(again.up).toBeLessThan(size / 2);
  });

  it("is swept by the age of its files' last use", async () => {
    await run({ cache });
    const batch = connect();
    const young = await batch.sweep({ olderThan: "1h" });
    expect(young.cached).toEqual([]);
    // A file is old as soon as the clock has moved on.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const told = await batch.sweep({ olderThan: "1s", dryRun: true });
    expect(told.cached.length).toBeGreaterThanOrEqual(2);
    const { cached, failures } = await batch.sweep({ olderThan: "1s" });
    expect(cached).toEqual(told.cached);
    expect(failures).toEqual([]);
    expect((await run({ cache })).up).toBeGreaterThan(3 * 2 ** 20);
  });

  it.each(["No_Good", "ab", "a--b", 5, null])("is refused under the name %s", async (name) => {
    await expect(runParallel([1], (n) => n, { cache: name as string })).rejects.toMatchObject({
      option: "cache",
    });
  });
});
