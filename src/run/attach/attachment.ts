import { INPUTS } from "../../protocol/blob-names.js";
import { Collector, type Loss } from "../collector.js";
import { planLost, stopIfJobEnded } from "../drive.js";
import { FileStage } from "../file-stage.js";
import { readLosses } from "../losses.js";
import { type Manifest, type Ownership, own, readInputEnd } from "../manifest.js";
import { Notifier } from "../notifier.js";
import { throughOutages } from "../outage.js";
import type { OutcomeLog } from "../outcome-log.js";
import type { PartReader } from "../part-reader.js";
import { Follower } from "../pipeline/follower.js";
import type { ProgressMeter } from "../progress-meter.js";
import type { JobSession } from "../session.js";
import type { Stopper } from "../stopper.js";
import { Submitter } from "../submitter.js";
import { PACES, Watcher } from "../watcher.js";
import { KnownChunks } from "./known-chunks.js";

/** How often to look whether the process that drives the run has gone. */
const OWN_MILLISECONDS = 10_000;
/** Requests under way at once for the tasks of chunks that are divided. */
const SUBMIT_CONCURRENCY = 16;

const NEVER_SUBMITTED: Loss = {
  code: "Cancelled",
  message: "The process that began the run ended before it had submitted the item.",
};

/** What an attachment works with. */
export interface AttachmentParts {
  readonly manifest: Manifest;
  readonly session: JobSession;
  readonly log: OutcomeLog;
  readonly parts: PartReader;
  readonly progress: ProgressMeter;
  readonly stopper: Stopper;
}

/**
 * Follows a run that another process began. As long as that one drives it, the run is only watched; when it has gone, this
 * one takes its place, as far as that goes without the items: it sees to tasks that die, and to the run's end.
 */
export class Attachment {
  readonly collector: Collector;
  readonly #with: AttachmentParts;
  readonly #chunks: KnownChunks;
  readonly #numbers = { chunks: 0, packs: 0 };
  #ownership: Ownership | undefined;
  #nextTry = 0;
  /** How many items there are, as far as that is known. */
  #total: number | undefined;
  #inputCutShort = false;

  constructor(parts: AttachmentParts) {
    this.#with = parts;
    const { session, log, progress, stopper, manifest } = parts;
    this.#total = manifest.total;
    const submitter = new Submitter(
      session,
      progress,
      new FileStage(manifest.runId),
      SUBMIT_CONCURRENCY,
      this.#numbers,
    );
    this.collector = new Collector({
      session,
      log,
      parts: parts.parts,
      submitter,
      // The sizes of the chunks are what they are.
      sizer: { measured: () => {} },
      progress,
      onItemFailed: () => {
        if (manifest.onError === "stop" && this.#ownership !== undefined)
          stopper.stop({ kind: "item-failed" });
      },
      stopIfJobEnded: () => stopIfJobEnded({ session, stopper }),
    });
    this.#chunks = new KnownChunks(session, {
      collector: this.collector,
      log,
      progress,
      numbers: this.#numbers,
    });
  }

  /** What says that this process drives the run now; undefined as long as another one does. */
  get ownership(): Ownership | undefined {
    return this.#ownership;
  }

  /** Whether nobody can know any more how many items the run was to have. */
  get inputCutShort(): boolean {
    return this.#inputCutShort;
  }

  /** Follows the run until every item has its outcome. */
  async follow(): Promise<void> {
    const { session, stopper } = this.#with;
    const { signal } = stopper;
    const watcher = new Watcher(session, PACES[session.engine]);
    for (;;) {
      const news = await this.#look(signal);
      const drivesIt = await this.#takePlace();
      if (this.#isComplete()) return;
      if (drivesIt) return this.#goOn(signal);
      await watcher.pause(news, this.collector.tasksUnderWay, signal);
    }
  }

  /** Gives all items that have no outcome the reason. */
  async giveUp(loss: Loss): Promise<void> {
    await this.collector.giveUpAll(loss);
    await this.#chunks.close(loss);
    await this.#endInput(loss);
  }

  /** Items that no task was made of get the reason, as far as it is known how many there are. */
  async #endInput(loss: Loss): Promise<void> {
    const { log, progress } = this.#with;
    await this.#findTotal();
    this.#inputCutShort = this.#total === undefined;
    planLost(log, progress, (this.#total ?? 0) - log.planned, loss);
  }

  /** Looks for chunks and outcomes; how many there were that were not known. */
  async #look(signal: AbortSignal): Promise<number> {
    const { progress } = this.#with;
    const before = finished(progress);
    const tasks = await this.#chunks.look(signal);
    await this.collector.lookAtParts(signal);
    this.#letGoOfClosed();
    // Asked of the input's end only when all that was made of it is done.
    if (this.collector.tasksUnderWay === 0) await this.#findTotal();
    progress.update({ total: this.#total });
    return tasks + finished(progress) - before;
  }

  #letGoOfClosed(): void {
    this.collector.letGoOfClosed();
    this.#chunks.letGoOfClosed();
  }

  #isComplete(): boolean {
    return this.collector.tasksUnderWay === 0 && this.#with.log.planned === this.#total;
  }

  async #findTotal(): Promise<void> {
    const { session } = this.#with;
    this.#total ??= await this.#ask(() => readInputEnd(session.container));
  }

  /** Asks, and asks again while the service gives no answer: the run goes on meanwhile. */
  #ask<T>(ask: () => Promise<T>): Promise<T> {
    const { session, stopper } = this.#with;
    return throughOutages(ask, stopper.signal, { clock: session.clock });
  }

  /** Takes the place of the process that drove the run, where that has gone. Whether this one drives it. */
  async #takePlace(): Promise<boolean> {
    const { clock, container } = this.#with.session;
    if (this.#ownership === undefined && clock.now() >= this.#nextTry) {
      this.#nextTry = clock.now() + OWN_MILLISECONDS;
      this.#ownership = await this.#ask(() => own(container));
    }
    return this.#ownership !== undefined;
  }

  /** Nobody else adds tasks any more. */
  async #goOn(signal: AbortSignal): Promise<void> {
    const { session, stopper } = this.#with;
    await this.#chunks.look(signal);
    await this.#chunks.close(NEVER_SUBMITTED);
    for (const loss of await this.#ask(() => readLosses(session.container))) this.#chunks.lose(loss);
    this.#letGoOfClosed();
    await this.#ask(() => this.#skipPacks(signal));
    await new Follower(session, stopper).follow({
      collector: this.collector,
      taskEnded: new Notifier(),
      signal,
      allSubmitted: () => true,
    });
    await this.#endInput(NEVER_SUBMITTED);
  }

  /** Inputs of chunks that are divided shall not take the place of those that are there. */
  async #skipPacks(signal: AbortSignal): Promise<void> {
    for await (const { name } of this.#with.session.container.list(INPUTS, { signal })) {
      this.#numbers.packs = Math.max(this.#numbers.packs, Number(name.slice(INPUTS.length)) + 1);
    }
  }
}

function finished(progress: ProgressMeter): number {
  const { fulfilled, rejected } = progress.now();
  return fulfilled + rejected;
}
