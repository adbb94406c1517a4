import { ubuntu } from "./images.js";
import { type PoolBuilder, pool } from "./pool.js";

/**
 * The pool of a run on an account where the option `pool` is not given: it is made for the run and goes with it.
 *
 * Its nodes are `Standard_D2s_v5` (2 vCPUs, 8 GiB) with Ubuntu 24.04: the smallest of the general purpose sizes that most
 * regions and subscriptions have. It starts with 1 node, grows to at most 10 with the tasks that wait, and goes to 0 when
 * there are none.
 *
 * Price: Batch itself costs nothing, a node what its virtual machine and disk do, by the second, from its allocation
 * until it is gone. At about 0.10 US dollars an hour for this size with Linux (pay as you go; it differs by region), ten
 * nodes are about 1 dollar an hour. Storage and its requests come on top.
 *
 * @example
 * ```ts
 * const cheaper = pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).autoscale({ max: 10, nodes: "spot" });
 * const results = await runParallel([1, 2, 3], (n) => n * n, { pool: cheaper }); // instead of the default one
 * ```
 */
export function defaultPool(): PoolBuilder<undefined> {
  return pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).autoscale({ min: 0, max: 10, start: 1 });
}
