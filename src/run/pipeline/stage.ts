import { limitFunction } from "p-limit";
import type { ItemError } from "../../errors/index.js";
import { upstreamFailure } from "../../protocol/upstream-failure.js";
import type { PreparedWork, UploadFile } from "../../work/prepared-work.js";
import { type Chunk, type RootChunk, taskId } from "../chunk.js";
import { ChunkSizer } from "../chunk-sizer.js";
import { Collector, segments } from "../collector.js";
import { causeOf, conclude, lossOf, planLost, sizingConditions, stopIfJobEnded } from "../drive.js";
import { encodeValue } from "../encode-value.js";
import { FIXED_SIZE_TASKS, unlessStopped } from "../feeder.js";
import { Notifier } from "../notifier.js";
import { lostReasons, type OutcomeLog, type RawOutcome } from "../outcome-log.js";
import type { PartReader } from "../part-reader.js";
import type { ProgressMeter } from "../progress-meter.js";
import type { ResolvedOptions } from "../resolve-options.js";
import type { StopCause, Stopper } from "../stopper.js";
import type { Extent, Submitter } from "../submitter.js";
import { PACES, Watcher } from "../watcher.js";
import { ChunkFeed } from "./chunk-feed.js";
import type { Composition, Downstream } from "./composition.js";
import type { Followed } from "./follower.js";
import type { Grouping, WaitingRoot } from "./grouping.js";
import { oneForOne } from "./grouping.js";
import type { Upstream } from "./upstream.js";

/** Tasks that are ended at a time, where a run is stopped alone. */
const ENDED_AT_ONCE = 16;
/** How long tasks may take to end after they were told to. */
const END_MILLISECONDS = 60_000;
/** How many tasks are under way or waiting for each that can run at once, and as many again for each run before. */
const TASKS_PER_SLOT = 3;
/** How many chunks are submitted together. */
const WAVE_CHUNKS = 800;

export interface StageParts {
  readonly composition: Composition;
  readonly upstream: Upstream;
  readonly submitter: Submitter;
  readonly log: OutcomeLog;
  readonly parts: PartReader;
  readonly progress: ProgressMeter;
  readonly stopper: Stopper;
  readonly options: Pick<ResolvedOptions, "chunkSize" | "maxParallelTasks" | "workersPerTask" | "onError">;
  /** How its chunks are made; by default its items are those of the run before. */
  readonly grouping?: Grouping;
  /** Where this process makes the items, as commands are made here: how. By default they never come here. */
  readonly makeHere?: { readonly work: PreparedWork; readonly upload: UploadFile };
}

/**
 * Tasks that go on with the outcomes of a run's tasks, chunk by chunk, in the same job. Each is submitted as soon as the task
 * it goes on with, which the service has it wait for.
 */
export class Stage implements Upstream, Downstream, Followed {
  readonly #with: StageParts;
  readonly #grouping: Grouping;
  readonly #sizer: ChunkSizer;
  /** Planned chunks whose task cannot be made yet. */
  readonly #waiting = new Set<RootChunk>();
  /** Planned chunks of which those that go on with this run do not know yet, in input order. */
  #unsaid: RootChunk[] = [];
  /** Items that are being made here. */
  readonly #making = new Set<Promise<void>>();
  /** What goes on beside feeding: items that are made here, chunks that wait for the rest of their items. */
  readonly #beside = new Set<Promise<void>>();
  readonly collector: Collector;
  readonly taskEnded = new Notifier();
  readonly feed = new ChunkFeed();
  readonly ended: Promise<void>;
  #fed = false;
  #cutShort = false;

  constructor(parts: StageParts) {
    const { composition, submitter, log, progress, stopper, options, upstream } = parts;
    const { session } = composition;
    this.#with = parts;
    this.#sizer = new ChunkSizer(sizingConditions(session, options));
    this.#grouping = parts.grouping ?? oneForOne(() => this.chunkSize() ?? Number.POSITIVE_INFINITY);
    this.collector = new Collector({
      session,
      log,
      parts: parts.parts,
      submitter,
      sizer: this.#sizer,
      progress,
      onItemFailed: () => this.#itemFailed(),
      onIncomplete: (chunk) => this.#goOnBeside(this.#completeLater(chunk)),
      stopIfJobEnded: () => stopIfJobEnded(composition),
    });
    const stop = () => stopper.stop(upstream.stopper.cause ?? { kind: "cancelled", reason: undefined });
    if (upstream.stopper.signal.aborted) stop();
    upstream.stopper.signal.addEventListener("abort", stop, { once: true });
    this.ended = this.#run().finally(() => upstream.stopper.signal.removeEventListener("abort", stop));
    composition.join(this, this.ended);
  }

  get composition(): Composition {
    return this.#with.composition;
  }

  get log(): OutcomeLog {
    return this.#with.log;
  }

  get stopper(): Stopper {
    return this.#with.stopper;
  }

  get signal(): AbortSignal {
    return this.#with.stopper.signal;
  }

  get depth(): number {
    return this.#with.upstream.depth + 1;
  }

  /** Whether it ended before it was known how many items there would be. */
  get cutShort(): boolean {
    return this.#cutShort;
  }

  chunkSize(): number | undefined {
    const isSized = this.#with.grouping === undefined && this.#with.options.chunkSize === "auto";
    // Not fewer near the end: it has the chunks of the run before, which are made smaller there.
    return isSized ? this.#sizer.next(Number.MAX_SAFE_INTEGER) : undefined;
  }

  allSubmitted(): boolean {
    return this.#fed && this.#beside.size === 0;
  }

  total(): number | undefined {
    if (this.#with.grouping === undefined) return this.#with.upstream.total();
    return this.#fed ? this.log.planned : undefined;
  }

  async #run(): Promise<void> {
    const { composition, stopper, log } = this.#with;
    const feeding = this.#feedAll().finally(() => this.feed.end());
    const following = composition.follower.follow(this);
    await conclude({ composition, stopper, log }, [feeding, following], (cause) => this.#endEarly(cause));
  }

  async #feedAll(): Promise<void> {
    const waiting: WaitingRoot[] = [];
    for await (const roots of this.#with.upstream.feed.follow(this.signal)) {
      waiting.push(...roots.map((root) => ({ root, from: root.start })));
      await this.#feedSome(waiting, false);
    }
    await this.#feedSome(waiting, true);
    await Promise.all(this.#making);
    this.#fed = true;
  }

  async #feedSome(waiting: WaitingRoot[], ended: boolean): Promise<void> {
    while (!this.signal.aborted) {
      const extents: Extent[] = [];
      const room = this.#room();
      while (extents.length < Math.min(room, WAVE_CHUNKS)) {
        const extent = this.#grouping.next(waiting, ended);
        if (extent === undefined) break;
        extents.push(extent);
      }
      if (extents.length > 0) await this.#submit(extents);
      else if (room > 0) return;
      else await unlessStopped(this.taskEnded.wait(), this.signal);
    }
  }

  /** Each run may have some more tasks than the one before, as they wait for those. */
  #room(): number {
    const { composition, options } = this.#with;
    const { slots } = composition.session.pool;
    const wanted = Math.max(TASKS_PER_SLOT * slots, options.chunkSize === "auto" ? 0 : FIXED_SIZE_TASKS);
    return (this.depth + 1) * wanted - this.collector.tasksUnderWay - this.#waiting.size;
  }

  async #submit(extents: readonly Extent[]): Promise<void> {
    const { submitter, log, progress, makeHere } = this.#with;
    const roots = extents.map(({ start, count }) => ({ start, count, open: count, chunks: [] }));
    for (const root of roots) log.plan(root);
    progress.update({ taken: progress.now().taken + roots.reduce((sum, { count }) => sum + count, 0) });
    this.#unsaid.push(...roots);
    if (makeHere === undefined) {
      const chunks = extents.map((extent, place) => submitter.chunkOf(extent, roots[place]));
      await this.#submitChunks(chunks);
    } else {
      for (const [place, root] of roots.entries()) this.#makeBeside(root, extents[place] as Extent);
    }
    this.#say();
    progress.update({ total: this.total() });
  }

  async #submitChunks(chunks: readonly Chunk[]): Promise<void> {
    const { submitter, progress } = this.#with;
    for (const chunk of chunks) this.collector.expect(chunk);
    await submitter.submit(chunks, this.signal);
    progress.update({ bytesUp: submitter.bytesSent });
  }

  /** Tells those that go on with this run of its chunks, in input order, as far as their tasks were submitted. */
  #say(): void {
    const next = this.#unsaid.findIndex((root) => this.#waiting.has(root));
    this.feed.add(this.#unsaid.splice(0, next < 0 ? this.#unsaid.length : next));
  }

  #makeBeside(root: RootChunk, { input }: Extent): void {
    this.#waiting.add(root);
    const making = this.#makeItems(root, input.roots[0] as RootChunk);
    const made = making.then(
      () => undefined,
      () => undefined,
    );
    this.#making.add(made);
    void made.then(() => this.#making.delete(made));
    this.#goOnBeside(making);
  }

  #goOnBeside(work: Promise<void>): void {
    const done = work
      .catch(async (error: unknown) => this.stopper.stop(await causeOf(error, this.#with.composition)))
      .finally(() => {
        this.#beside.delete(done);
        this.taskEnded.notify();
      });
    this.#beside.add(done);
  }

  /** Makes items of the outcomes of the run before, when all of a chunk are there. */
  async #makeItems(root: RootChunk, before: RootChunk): Promise<void> {
    const { upstream, submitter } = this.#with;
    const there = await unlessStopped(upstream.log.closed(before), this.signal);
    if (there !== true) return;
    const { start, count } = root;
    const lines: string[] = [];
    for (const outcome of await upstream.log.rawOutcomes(before)) {
      if (outcome.index < start || outcome.index >= start + count) continue;
      lines.push(await this.#line(outcome));
    }
    if (this.signal.aborted) return;
    const chunks = await submitter.makeChunks([{ start, count, text: lines.join("\n") }], root);
    this.#waiting.delete(root);
    await this.#submitChunks(chunks);
    this.#say();
  }

  async #line(outcome: RawOutcome): Promise<string> {
    const { work, upload } = this.#with.makeHere as NonNullable<StageParts["makeHere"]>;
    const { index } = outcome;
    if (outcome.status === "fulfilled") {
      return encodeValue(await work.toWire(outcome.value, index, upload), index);
    }
    const { failure, attempt, node } = outcome;
    const failedBefore = upstreamFailure(failure, { attempt, ...(node === undefined ? {} : { node }) });
    return encodeValue({ failedBefore }, `The failure of item ${index}`);
  }

  /**
   * A task has run all items for which there was an outcome of the run before, whose own task had died. When all of them have
   * one, the rest gets a task of its own.
   */
  async #completeLater(chunk: Chunk): Promise<void> {
    const { input } = chunk;
    if (input.kind !== "outcomes") throw new Error(`The task ${taskId(chunk)} did not run all its items.`);
    const { upstream, submitter } = this.#with;
    for (const root of input.roots) {
      const closed = await unlessStopped(upstream.log.closed(root), this.signal);
      if (closed !== true) return;
    }
    const lost = input.roots.flatMap((root) => upstream.log.lostIn(root));
    if (input.fold !== undefined) {
      const gaps = lost.map(({ indices: { start, count } }) => [start, count] as const);
      const { start, count } = chunk;
      const fold = { ...input.fold, lost: gaps };
      const again = submitter.chunkOf({ start, count, input: { ...input, fold } }, chunk.root);
      this.collector.replace(chunk, [again]);
      return this.#submitChunks([again]);
    }
    const reasons = new Map(
      lost.flatMap((entry) => lostReasons(entry)).map((reason) => [reason.index, reason]),
    );
    const open = await this.collector.openOffsets(chunk);
    for (const offset of open) {
      const reason = reasons.get(chunk.start + offset);
      if (reason !== undefined) this.#loseItem(chunk, reason);
    }
    const rest = segments(open.filter((offset) => !reasons.has(chunk.start + offset)));
    const chunks = await submitter.divide(chunk, rest);
    this.collector.replace(chunk, chunks);
    await this.#submitChunks(chunks);
  }

  /** The item before has no outcome of a node, and never will. */
  #loseItem({ root }: Chunk, reason: ItemError): void {
    const message = `The item failed in the run before: ${reason.message}`;
    const cause = reason.code === "UpstreamFailed" ? reason.cause : reason;
    this.collector.lose(root, { start: reason.index, count: 1 }, { code: "UpstreamFailed", message, cause });
    this.#itemFailed();
  }

  #itemFailed(): void {
    if (this.#with.options.onError === "stop") this.stopper.stop({ kind: "item-failed" });
  }

  /** Ends its tasks, takes the outcomes that were stored until then, and gives up the rest. */
  async #endEarly(cause: StopCause): Promise<void> {
    const { composition, upstream, log, progress } = this.#with;
    await Promise.all(this.#beside);
    if (composition.session.lost?.aborted === true) return;
    const jobCause = composition.stopper.cause;
    if (jobCause !== undefined) await composition.end(jobCause);
    else await this.#endTasks();
    if (cause.kind === "failed") return;
    const loss = lossOf(cause);
    await this.collector.giveUpAll(loss);
    for (const root of this.#waiting) {
      const { start, count } = root;
      this.collector.lose(root, { start, count }, loss);
    }
    if (this.#with.grouping !== undefined) return;
    if (upstream.stopper.cause !== undefined) await upstream.ended;
    const total = upstream.total();
    this.#cutShort = total === undefined;
    planLost(log, progress, (total ?? upstream.log.planned) - log.planned, loss);
  }

  /** Ends the tasks that it has under way; others of the job go on. Resolves when they have ended. */
  async #endTasks(): Promise<void> {
    const { session } = this.#with.composition;
    const mine = new Set([...this.collector.chunksUnderWay()].map(taskId));
    const end = limitFunction((id: string) => session.batch.terminateTask(session.jobId, id), {
      concurrency: ENDED_AT_ONCE,
    });
    await Promise.all([...mine].map((id) => end(id)));
    const pace = PACES[session.engine];
    const watcher = new Watcher(session, pace);
    const never = new AbortController().signal;
    const { clock } = session;
    const giveUp = clock.now() + END_MILLISECONDS;
    while (clock.now() < giveUp) {
      const open = await watcher.openTasks(never);
      if (![...mine].some((id) => open.has(id))) return;
      await clock.delay(pace.least);
    }
  }
}
