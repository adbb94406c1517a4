import type { Micros } from "../wire/time.js";
import type { CertificateRecord } from "./certificate.js";
import type { JobRecord, JobTotals } from "./job.js";
import { OrderedIndex } from "./ordered-index.js";
import type { PoolRecord } from "./pool.js";
import type { ScheduleRecord } from "./schedule.js";

/** Everything that lives in the emulated Batch account. */
export interface Account {
  readonly created: Micros;
  readonly pools: OrderedIndex<PoolRecord>;
  readonly jobs: OrderedIndex<JobRecord>;
  readonly schedules: OrderedIndex<ScheduleRecord>;
  readonly certificates: OrderedIndex<CertificateRecord>;
  /** Tokens that were given to tasks, with the job each one opens. */
  readonly taskTokens: Map<string, JobRecord>;
  /** What all jobs together did, those that are gone included. */
  readonly totals: JobTotals;
  /** Every node there was, for the usage metrics. */
  readonly nodeUses: NodeUse[];
}

/** The life of a node, of which its pool's usage is made. */
export interface NodeUse {
  readonly poolId: string;
  readonly vmSize: string;
  readonly dedicated: boolean;
  readonly from: Micros;
  to: Micros | undefined;
}

export function createAccount(created: Micros): Account {
  return {
    created,
    pools: new OrderedIndex(),
    jobs: new OrderedIndex(),
    schedules: new OrderedIndex(),
    certificates: new OrderedIndex(),
    taskTokens: new Map(),
    totals: emptyTotals(),
    nodeUses: [],
  };
}

export function emptyTotals(): JobTotals {
  return { succeeded: 0, failed: 0, retries: 0, wallClock: 0, waiting: 0 };
}
