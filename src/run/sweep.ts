import type { BatchPort, CallOptions } from "../azure/ports.js";
import { type Duration, parseDuration } from "../builders/duration.js";
import { sweepUploads } from "../client/account/upload.js";
import type { Connection } from "../client/client.js";
import { isOwned } from "./manifest.js";
import { isCache, markedRun } from "./marks.js";

/** What to sweep. */
export interface SweepOptions extends CallOptions {
  /**
   * How old something must be. Default: 7 days. What runs were told to keep goes as well: nobody but you knows when it is not
   * needed any more.
   */
  readonly olderThan?: Duration;
  /** Whether to say only what would be deleted. Default: `false`. */
  readonly dryRun?: boolean;
}

/** What a sweep did, or would do. */
export interface SweepReport {
  /** Whether it deleted nothing. */
  readonly dryRun: boolean;
  /** The ids of the jobs that were deleted. */
  readonly jobs: readonly string[];
  /** The ids of the auto pools that were deleted, which no job has any more. */
  readonly pools: readonly string[];
  /** The names of the containers that were deleted. */
  readonly containers: readonly string[];
  /** The names of the files that were uploaded for tasks, which none can read any more. */
  readonly uploads: readonly string[];
  /** The hashes of the files in caches that no run has used for so long. */
  readonly cached: readonly string[];
  /** The ids of the runs that are old enough, and have a process that drives them: left alone. */
  readonly alive: readonly string[];
  /** What could not be deleted, and why; the next sweep finds it again. */
  readonly failures: readonly {
    /** What it is: `"container run-1"`. */
    readonly what: string;
    /** Why. */
    readonly error: Error;
  }[];
}

/** Deletes what runs have left that no process drives any more. Nothing but what this library has made is touched. */
export async function sweep(
  { batch, storage }: Connection,
  { olderThan = "7d", dryRun = false, signal }: SweepOptions,
): Promise<SweepReport> {
  const before = Date.now() - parseDuration(olderThan, "olderThan");
  const isOld = (time: string | Date) => new Date(time).getTime() <= before;
  const call = { ...(signal && { signal }) };
  const failures: { what: string; error: Error }[] = [];
  const deleted = async (what: string, remove: () => Promise<void>): Promise<boolean> => {
    try {
      if (!dryRun) await remove();
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ what, error: error as Error });
      return false;
    }
  };

  /** Runs that something may still come of: they are young, or somebody drives them. */
  const spared = new Set<string>();
  const alive: string[] = [];
  const caches: string[] = [];
  const orphans: { readonly name: string; readonly runId: string }[] = [];
  for await (const { name, metadata, lastModified } of storage.listContainers(call)) {
    if (isCache(metadata)) caches.push(name);
    const runId = markedRun(metadata);
    if (runId === undefined) continue;
    const owned = isOld(lastModified) && (await isOwned(storage.container(name)));
    if (owned) alive.push(runId);
    if (owned || !isOld(lastModified)) spared.add(runId);
    else orphans.push({ name, runId });
  }

  // The job before its container: its tasks write there.
  const jobs: string[] = [];
  const withJob = new Set<string>();
  for (const { id, runId, creationTime } of await markedJobs(batch, call)) {
    if (spared.has(runId) || !isOld(creationTime)) withJob.add(runId);
    else if (await deleted(`job ${id}`, () => batch.deleteJob(id, call))) jobs.push(id);
  }
  const pools: string[] = [];
  for await (const { id, metadata, creationTime } of batch.pools.list({ select: POOL }, call)) {
    const runId = markedRun(metadata);
    const stays = runId === undefined || spared.has(runId) || withJob.has(runId) || !isOld(creationTime);
    if (!stays && (await deleted(`pool ${id}`, () => batch.deletePool(id, call)))) pools.push(id);
  }
  const containers: string[] = [];
  for (const { name } of orphans) {
    const container = storage.container(name);
    if (await deleted(`container ${name}`, () => container.delete(call))) containers.push(name);
  }
  const uploads = await sweepUploads({ storage }, { dryRun, ...call });
  const cached: string[] = [];
  for (const name of caches) {
    const cache = storage.container(name);
    for await (const file of cache.list("", call)) {
      const what = `file ${file.name} of the cache ${name}`;
      if (isOld(file.lastModified) && (await deleted(what, () => cache.deleteBlob(file.name, call))))
        cached.push(file.name);
    }
  }
  return { dryRun, jobs, pools, containers, uploads, cached, alive, failures };
}

const POOL = ["id", "metadata", "creationTime"];

async function markedJobs(batch: BatchPort, options: CallOptions) {
  const found: { readonly id: string; readonly runId: string; readonly creationTime: string }[] = [];
  const select = ["id", "metadata", "creationTime"];
  for await (const { id, metadata, creationTime } of batch.jobs.list({ select }, options)) {
    const runId = markedRun(metadata);
    if (runId !== undefined) found.push({ id, runId, creationTime });
  }
  return found;
}
