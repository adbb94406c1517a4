import type { PoolInformation, PoolSpecification } from "../azure/parameters/index.js";
import { InvalidArgumentError } from "../errors/index.js";
import { checkId, checkKeys, checkOneOf } from "./checks.js";
import { isPoolBuilder, type PoolBuilder } from "./pool.js";
import { type Problem, show } from "./problems.js";
import { checkBoolean } from "./task-parts/checks.js";

/** How long the pool lives that Batch makes for a job. */
export interface AutoPoolOptions {
  /** What its id begins with, up to 20 letters, digits, hyphens and underscores. Default: the id is a GUID alone. */
  readonly idPrefix?: string;
  /** Whether it goes with the job (the default), or with the schedule whose jobs use it one after the other. */
  readonly lifetime?: "job" | "jobschedule";
  /** Whether it stays when that has ended. Default: `false`. */
  readonly keepAlive?: boolean;
}

/** Where a job's tasks run, as a builder was told it. */
export type JobPoolSettings =
  | { readonly kind: "pool"; readonly poolId: string }
  | { readonly kind: "autoPool"; readonly pool: PoolBuilder<undefined>; readonly options: AutoPoolOptions };

const LIFETIMES = ["job", "jobschedule"] as const;

/** Checks where a job's tasks run, and makes the service's parameter of it. */
export function poolInformation(settings: JobPoolSettings, problems: Problem[]): PoolInformation {
  if (settings.kind === "pool") return { poolId: checkId(settings.poolId, "job.pool", problems) };
  const { pool, options } = settings;
  const at = "job.autoPool";
  checkKeys(options, ["idPrefix", "lifetime", "keepAlive"], at, problems);
  const { idPrefix, lifetime = "job", keepAlive } = options ?? {};
  if (idPrefix !== undefined && (typeof idPrefix !== "string" || !/^[\w-]{1,20}$/.test(idPrefix))) {
    const says = `is ${show(idPrefix)}, and not 1 to 20 letters, digits, hyphens and underscores`;
    problems.push({ option: `${at}.idPrefix`, says });
  }
  return {
    autoPoolSpecification: {
      ...(idPrefix !== undefined && { autoPoolIdPrefix: idPrefix }),
      poolLifetimeOption: checkOneOf(lifetime, LIFETIMES, `${at}.lifetime`, problems),
      ...(keepAlive !== undefined && {
        keepAlive: checkBoolean(keepAlive, `${at}.keepAlive`, problems),
      }),
      pool: specification(pool, at, problems),
    },
  };
}

/** What the pool's builder makes; what it finds wrong is wrong with the job. */
function specification(pool: PoolBuilder<undefined>, at: string, problems: Problem[]): PoolSpecification {
  if (!isPoolBuilder(pool)) {
    problems.push({ option: at, says: `is ${show(pool)}, and not what pool() builds` });
    return { vmSize: "" };
  }
  if (pool.id !== undefined) {
    problems.push({
      option: at,
      says: `has a pool with an id, ${show(pool.id)}, and Batch gives it one: say pool()`,
    });
    return { vmSize: "" };
  }
  try {
    return (pool as PoolBuilder<undefined>).build();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    problems.push({ option: at, says: `has a pool that is wrong: ${error.message.replace(/\.$/, "")}` });
    return { vmSize: "" };
  }
}
