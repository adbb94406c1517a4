import type { OutcomeLog } from "../outcome-log.js";
import type { Stopper } from "../stopper.js";
import type { ChunkFeed } from "./chunk-feed.js";
import type { Composition } from "./composition.js";

/** A run as those see it that go on with its results. */
export interface Upstream {
  /** Undefined where nothing was created: there were no items, or the run was cancelled before. */
  readonly composition: Composition | undefined;
  readonly feed: ChunkFeed;
  readonly log: OutcomeLog;
  readonly stopper: Stopper;
  /** How many runs come before it. */
  readonly depth: number;
  /** Resolves when all its items have their outcome, or it failed. */
  readonly ended: Promise<void>;
  /** How many items there are, where that is known. */
  total(): number | undefined;
}
