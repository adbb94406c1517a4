import type { JobParameter } from "../../azure/parameters/index.js";
import type { CallOptions } from "../../azure/ports.js";
import { isPoolBuilder, type PoolBuilder } from "../../builders/pool.js";
import { InvalidArgumentError } from "../../errors/index.js";
import type { Pool } from "./pool.js";

/** A job as it is made: its pool may be said beside it. */
export type NewJob = Omit<JobParameter, "poolInfo"> & Partial<Pick<JobParameter, "poolInfo">>;

/** What a job is made with. */
export interface CreateJobOptions extends CallOptions {
  /**
   * Where its tasks run: a pool that is there, or its id; or a description without an id, of a pool that Batch makes for the job
   * and deletes with it. Default: what the job itself says.
   */
  readonly pool?: string | Pool | PoolBuilder<undefined>;
}

/** The job's parameter, with its pool. */
export function jobOn(job: NewJob, pool: CreateJobOptions["pool"]): JobParameter {
  const { poolInfo = pool === undefined ? undefined : poolInfoOf(pool), ...more } = job;
  if (poolInfo !== undefined && (pool === undefined || job.poolInfo === undefined))
    return { ...more, poolInfo };
  const says = poolInfo === undefined ? "has no pool: give one" : "says its pool itself: leave out the one";
  throw new InvalidArgumentError(`The job ${JSON.stringify(job.id)} ${says} in the option pool.`, {
    option: "pool",
  });
}

function poolInfoOf(pool: string | Pool | PoolBuilder<undefined>): JobParameter["poolInfo"] {
  if (typeof pool === "string") return { poolId: pool };
  if (!isPoolBuilder(pool) && typeof pool?.id === "string") return { poolId: pool.id };
  if (isPoolBuilder(pool) && pool.id === undefined) {
    return { autoPoolSpecification: { poolLifetimeOption: "job", keepAlive: false, pool: pool.build() } };
  }
  throw new InvalidArgumentError(
    "The option pool must be a pool, its id, or pool() without an id: a pool with an id is made by batch.ensurePool.",
    { option: "pool" },
  );
}
