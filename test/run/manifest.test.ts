import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ContainerPort } from "../../src/azure/ports.js";
import { createClient } from "../../src/client/client.js";
import { runParallel } from "../../src/index.js";
import { isOwned, type Manifest, own, readManifest, writeManifest } from "../../src/run/manifest.js";

const manifest: Manifest = {
  version: 1,
  runId: "r",
  createdAt: "2024-02-03T04:05:06.000Z",
  work: "function",
  deadline: 60_000,
  retries: 0,
  onError: "continue",
  keep: "never",
  tags: {},
};

async function newContainer(): Promise<ContainerPort> {
  const { storage } = await createClient().connection();
  const container = storage.container(`m-${randomUUID()}`);
  await container.create({});
  return container;
}

describe("the manifest of a run", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("says what the run is, under a lease while its client drives it", async () => {
    const before = Date.now();
    await using run = runParallel([1], (n) => n, {
      keep: "always",
      deadline: "PT2H",
      tags: { team: "a" },
      retries: 2,
    });
    const { storage } = await createClient().connection();
    const container = storage.container(run.id);
    // It is the run's owner until somebody has read the run.
    await vi.waitFor(async () => expect(await isOwned(container)).toBe(true), { timeout: 20_000 });
    await run;
    expect(await isOwned(container)).toBe(false);
    const found = await readManifest(container);
    expect(found).toEqual({
      ...manifest,
      runId: run.id,
      total: 1,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      deadline: 7_200_000,
      retries: 2,
      keep: "always",
      tags: { team: "a" },
    });
    expect(Math.abs(Date.parse(found?.createdAt ?? "") - before)).toBeLessThan(60_000);
    await container.delete();
  });

  it("has one owner at a time, who may give it up", async () => {
    const container = await newContainer();
    await writeManifest(container, manifest);
    expect(await isOwned(container)).toBe(false);
    const owner = await own(container);
    expect(await isOwned(container)).toBe(true);
    expect(await own(container)).toBeUndefined();
    await owner?.release();
    expect(await isOwned(container)).toBe(false);
    const next = await own(container);
    await next?.release();
    await container.delete();
  });

  it("is renewed for as long as its owner lives, and survives a renewal that fails", async () => {
    const renewals: number[] = [];
    const container = {
      ...(await newContainer()),
      lease: async () => ({
        renew: async () => {
          renewals.push(Date.now());
          if (renewals.length === 2) throw new Error("no answer");
        },
        release: async () => {},
      }),
    } satisfies ContainerPort;
    vi.useFakeTimers();
    const start = Date.now();
    const owner = await own(container);
    await vi.advanceTimersByTimeAsync(65_000);
    expect(renewals.map((time) => time - start)).toEqual([20_000, 40_000, 60_000]);
    await owner?.release();
    await vi.advanceTimersByTimeAsync(65_000);
    expect(renewals).toHaveLength(3);
  });

  it("is nobody's where there is no container or no manifest", async () => {
    const container = await newContainer();
    expect(await isOwned(container)).toBe(false);
    expect(await readManifest(container)).toBeUndefined();
    await container.put("manifest.json", '{"version":2}');
    await expect(readManifest(container)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("version 2"),
    });
    await container.delete();
    expect(await isOwned(container)).toBe(false);
    expect(await readManifest(container)).toBeUndefined();
  });
});
