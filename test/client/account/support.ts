import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type BatchParallel, connect, pool, ubuntu } from "../../../src/index.js";

/** A pool as it is described; the emulator gives it nodes of this computer. */
export const small = (id: string) =>
  pool(id).vmSize("Standard_D2s_v5").image(ubuntu("22.04")).dedicatedNodes(1);

/** The local engine's account, and a folder, for all tests of a file. */
export function useAccount(): { readonly batch: BatchParallel; readonly folder: string } {
  const used = { batch: connect(), folder: "" };
  beforeAll(async () => {
    used.folder = await mkdtemp(join(tmpdir(), "account-"));
  });
  afterAll(async () => {
    await rm(used.folder, { recursive: true, force: true });
    await used.batch.close();
  });
  return used;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
