import type { Batch } from "./batch-iterator.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { Tenant, Tenants } from "./pipeline/tenants.js";
import type { Upstream } from "./pipeline/upstream.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { ResolvedOptions } from "./resolve-options.js";
import type { ItemLogs, ItemOutcome } from "./run.js";
import type { StopCause } from "./stopper.js";

export type Reader = AsyncGenerator<Batch<ItemOutcome<unknown>>, void, undefined>;

/** A run behind the object that its caller holds: the first one of a job, or one that goes on with another. */
export interface Life extends Tenant {
  readonly id: string;
  readonly progress: ProgressMeter;
  /** Why the run stopped early, if it did. */
  readonly stopCause: StopCause | undefined;
  /** Whether the run stopped before its input said that it has no more items. */
  readonly inputCutShort: boolean;
  /** The runs that share its job and storage. */
  readonly tenants: Tenants;
  /** The options of the first run of the job; undefined where they were refused. */
  readonly firstOptions: ResolvedOptions | undefined;
  /** The run as those see it that go on with it; rejects where it could not begin. */
  readonly upstream: Promise<Upstream>;
  /** How many runs of a kind go on with it, to number them by. */
  readonly composed: { map: number; reduce: number };
  read(reader: (log: OutcomeLog) => Reader): Reader;
  logs(index: number): Promise<ItemLogs>;
  cancel(reason?: unknown): Promise<void>;
  dispose(): Promise<void>;
}
