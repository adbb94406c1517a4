import type { JobRecord } from "./job.js";
import { OrderedIndex } from "./ordered-index.js";
import type { PoolRecord } from "./pool.js";

/** Everything that lives in the emulated Batch account. */
export interface Account {
  readonly pools: OrderedIndex<PoolRecord>;
  readonly jobs: OrderedIndex<JobRecord>;
}

export function createAccount(): Account {
  return { pools: new OrderedIndex(), jobs: new OrderedIndex() };
}
