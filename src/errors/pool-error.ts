import { brand, hasBrand } from "./brand.js";

/** What is wrong with a pool. */
export type PoolErrorCode =
  /** The named pool does not exist, or is being deleted; also while the run needs it. */
  | "PoolNotFound"
  /** The service could not allocate nodes: quota, size, image, network, a formula of autoscale that fails. */
  | "AllocationFailed"
  /** The pool has no nodes, is asked for none, and does not scale itself. */
  | "NoNodes"
  /** The start task failed on every node. */
  | "StartTaskFailed"
  /** Preparing the node for the run failed on every node: no Node.js to be had, a wrong hash, no disk. */
  | "PreparationFailed"
  /** Every node is unusable. */
  | "NodesUnusable"
  /** A pool of that id exists, and is not as it was described; `differences` says in what. */
  | "PoolDiffers";

/** A property in which a pool that exists is not as it was described. Values are shown without secrets. */
export interface PoolDifference {
  /** Where: `"taskSlotsPerNode"`, `"startTask.commandLine"`, `"metadata.team"`. */
  readonly property: string;
  /** What was described; undefined where nothing was. */
  readonly wanted: unknown;
  /** What there is; undefined where there is nothing. */
  readonly found: unknown;
}

/**
 * A pool on which no task can ever start, or that is not the one that was described. The message says what the service or
 * the node reported.
 *
 * @example
 * ```ts
 * await runParallel([1], (n) => n, { pool: pool().vmSize("Standard_D2s_v5") }).catch((error) => {
 *   if (error instanceof PoolError) console.error(error.code, error.message);
 * });
 * ```
 */
export class PoolError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "PoolError";
  /** What is wrong with it. */
  readonly code: PoolErrorCode;
  /** The pool's id, where it has got one. */
  declare readonly poolId?: string;
  /** The end of what the failed program on the node wrote to its error stream, where one failed. */
  declare readonly stderr?: string;
  /** The option to change, where it is known: `"pool.vmSize"`. */
  declare readonly option?: string;
  /** In what it differs, where that is what is wrong; else empty. */
  readonly differences: readonly PoolDifference[];

  constructor(
    message: string,
    details: {
      code: PoolErrorCode;
      poolId?: string;
      stderr?: string;
      option?: string;
      differences?: readonly PoolDifference[];
      cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "PoolError");
    this.code = details.code;
    this.differences = details.differences ?? [];
    if (details.poolId !== undefined) this.poolId = details.poolId;
    if (details.stderr !== undefined) this.stderr = details.stderr;
    if (details.option !== undefined) this.option = details.option;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "PoolError");
  }
}
