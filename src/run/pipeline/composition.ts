import type { Collector } from "../collector.js";
import { Notifier } from "../notifier.js";
import type { JobSession, Session } from "../session.js";
import type { StopCause, Stopper } from "../stopper.js";
import type { Numbers } from "../submitter.js";
import { PACES } from "../watcher.js";
import { Follower } from "./follower.js";

/** How long a job may take to end after it was told to. */
const END_MILLISECONDS = 60_000;

const TERMINATE_REASONS: Readonly<Record<StopCause["kind"], string>> = {
  cancelled: "RunCancelled",
  deadline: "RunDeadlineExceeded",
  "item-failed": "RunItemFailed",
  failed: "RunFailed",
};

/** A run that goes on with another one, as far as that one has to wait for it. */
export interface Downstream {
  readonly collector: Collector;
  /** How many runs come before it. */
  readonly depth: number;
  /** How many items a task of it shall hold; undefined where its items are not those of the run before. */
  chunkSize(): number | undefined;
}

/** What the runs of one job share. */
export class Composition {
  readonly session: Session;
  /** Stops the run that the job was made for, and with it the job and all runs of it. */
  readonly stopper: Stopper;
  readonly follower: Follower;
  readonly numbers: Numbers = { chunks: 0, packs: 0 };
  readonly #downstream = new Set<Downstream>();
  readonly #left = new Notifier();
  #ending: Promise<void> | undefined;

  constructor(session: Session, stopper: Stopper) {
    this.session = session;
    this.stopper = stopper;
    this.follower = new Follower(session, stopper);
  }

  /** Takes a run in, until it ends. */
  join(run: Downstream, ended: Promise<void>): void {
    this.#downstream.add(run);
    void ended.then(() => {
      this.#downstream.delete(run);
      this.#left.notify();
    });
  }

  /** Resolves when no run goes on with the first one. */
  async idle(): Promise<void> {
    while (this.#downstream.size > 0) await this.#left.wait();
  }

  /**
   * How many tasks the first run may add so that no run has more than it should, where each may have `wanted` more than the
   * one before: those that wait for it.
   */
  room(wanted: number): number {
    const rooms = [...this.#downstream].map(
      ({ collector, depth }) => (depth + 1) * wanted - collector.tasksUnderWay,
    );
    return Math.min(Number.POSITIVE_INFINITY, ...rooms);
  }

  /** The most items that a task of the first run should hold, as each run goes on with the same ones. */
  chunkSize(): number {
    const sizes = [...this.#downstream].map((run) => run.chunkSize() ?? Number.POSITIVE_INFINITY);
    return Math.min(Number.POSITIVE_INFINITY, ...sizes);
  }

  /** Ends the job, and with it all that runs. Resolves when it has ended; with a failure, when it was told to. */
  end(cause: StopCause): Promise<void> {
    this.#ending ??= endJob(this.session, cause);
    return this.#ending;
  }
}

/** Ends a job, as {@link Composition.end} says. */
export async function endJob(session: JobSession, cause: StopCause): Promise<void> {
  const { batch, jobId, engine, clock } = session;
  await batch.terminateJob(jobId, TERMINATE_REASONS[cause.kind]);
  if (cause.kind === "failed") return;
  const giveUp = clock.now() + END_MILLISECONDS;
  while (clock.now() < giveUp) {
    const job = await batch.getJob(jobId);
    if (job === undefined || job.state === "completed") return;
    await clock.delay(PACES[engine].least);
  }
}
