import { type Client, createClient } from "../client/client.js";
import { InvalidArgumentError } from "../errors/index.js";
import type { ResultFile } from "../protocol/outcome-part.js";
import { prepareWork } from "../work/prepare-work.js";
import type { OutputFile } from "../work/prepared-work.js";
import { cleanUpAtExit } from "./clean-up-at-exit.js";
import { drive, lossOf, planLost } from "./drive.js";
import { encodeValue } from "./encode-value.js";
import { FileStage } from "./file-stage.js";
import { itemLogs, LogReader } from "./item-logs.js";
import { ItemSource } from "./item-source.js";
import type { Life, Reader } from "./life.js";
import { OutcomeLog } from "./outcome-log.js";
import { PartReader } from "./part-reader.js";
import { ChunkFeed } from "./pipeline/chunk-feed.js";
import { Composition } from "./pipeline/composition.js";
import { Tenants } from "./pipeline/tenants.js";
import type { Upstream } from "./pipeline/upstream.js";
import { stagePreparation } from "./preparation.js";
import { showProgress } from "./progress-line.js";
import { ProgressMeter } from "./progress-meter.js";
import { readLog } from "./read-log.js";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.js";
import { openResultFile } from "./result-files.js";
import type { ItemLogs } from "./run.js";
import { keepRunFiles } from "./run-files.js";
import type { RunOptions } from "./run-options.js";
import { openSession, type Session } from "./session.js";
import { type StopCause, Stopper } from "./stopper.js";
import { takeAway } from "./take-away.js";

type Items = Iterable<unknown> | AsyncIterable<unknown>;

/** The longest that a timer can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A run from its first check to its last trace. */
export class RunLife implements Life {
  readonly progress = new ProgressMeter();
  readonly tenants = new Tenants(() => this.#cleanUp());
  readonly composed = { map: 0, reduce: 0 };
  readonly upstream: Promise<Upstream>;
  readonly #client: Client | undefined;
  readonly #stopper = new Stopper();
  /** Where the outcomes are; rejects where the run could not begin. */
  readonly #log: Promise<OutcomeLog>;
  /** Resolves when nothing of the run goes on any more; its storage may still be there. */
  readonly #ended: Promise<void>;
  readonly #parts: PartReader;
  #options: ResolvedOptions | undefined;
  #source: ItemSource | undefined;
  #session: Session | undefined;
  #composition: Composition | undefined;
  readonly #feed = new ChunkFeed();
  #logs: LogReader | undefined;
  /** Why it had stopped when it ended: what stops it later stops those that go on with it. */
  #endedBy: { readonly cause: StopCause | undefined } | undefined;
  #cleaning: Promise<void> | undefined;
  readonly id: string;

  constructor(items: Items, work: unknown, options: RunOptions<unknown>, client?: Client) {
    this.#client = client;
    let refusal: unknown;
    try {
      this.#options = resolveOptions(options);
    } catch (error) {
      refusal = error;
    }
    this.id = this.#options?.id ?? String(options?.id ?? "");
    this.#parts = new PartReader(this.id, this.#stopper.signal);
    const end = deferred();
    this.#ended = end.promise;
    this.#log =
      this.#options === undefined
        ? Promise.reject(refusal)
        : this.#begin(items, work, this.#options, end.resolve);
    // Who awaits the run is told; a run that nobody reads does not end the process.
    this.#log.catch(() => {
      this.progress.update({ phase: "ended" });
      end.resolve();
    });
    this.upstream = this.#log.then((log) => this.#asUpstream(log));
    this.upstream.catch(() => undefined);
    this.tenants.join(this);
  }

  get firstOptions(): ResolvedOptions | undefined {
    return this.#options;
  }

  /** Why the run stopped early, if it did. */
  get stopCause(): StopCause | undefined {
    return this.#endedBy === undefined ? this.#stopper.cause : this.#endedBy.cause;
  }

  /** Whether the run stopped before its input said that it has no more items. */
  get inputCutShort(): boolean {
    return this.#source?.cutShort === true;
  }

  /** Reads outcomes; the run's storage goes after the first reader that came to the end. */
  async *read(reader: (log: OutcomeLog) => Reader): Reader {
    const { tenants } = this;
    const ended = () => this.#ended;
    try {
      yield* readLog({ tenant: this, tenants, parts: this.#parts, log: this.#log, ended }, reader);
    } catch (error) {
      // A run that failed is cleaned up before its error is told: the process may end because of that.
      if (this.#stopper.cause?.kind === "failed") await this.#ended;
      throw error;
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#stopper.stop({ kind: "cancelled", reason });
    await this.#ended;
  }

  async logs(index: number): Promise<ItemLogs> {
    const log = await this.#log;
    const ended = this.progress.now().phase === "ended";
    return itemLogs(this.#logs, this.id, index, ended ? log.planned : this.#source?.total);
  }

  async dispose(): Promise<void> {
    await this.cancel(new Error("The run was disposed."));
    await this.#composition?.idle();
    await this.#cleanUp();
  }

  async storageGoes(): Promise<void> {
    await this.#logs?.keep();
    this.#parts.storageGone();
  }

  #asUpstream(log: OutcomeLog): Upstream {
    return {
      composition: this.#composition,
      feed: this.#feed,
      log,
      stopper: this.#stopper,
      depth: 0,
      ended: this.#ended,
      total: () => (this.#source?.exhausted === true ? this.#source.taken : this.#source?.total),
    };
  }

  async #begin(
    items: Items,
    work: unknown,
    options: ResolvedOptions,
    ended: () => void,
  ): Promise<OutcomeLog> {
    const release = this.#obeyTimers(options);
    showProgress(this.progress, options.progress);
    const finish = (log: OutcomeLog) => {
      this.#endedBy = { cause: this.#stopper.cause };
      if (this.progress.now().rejected > 0) this.tenants.noteFailures();
      this.progress.update({ phase: "ended", total: log.planned });
      ended();
    };
    const opened = await this.#open(items, work, options).catch((error: unknown) => {
      release();
      throw error;
    });
    const { source, log, stage } = opened;
    this.#source = source;
    const session = this.#session;
    if (session === undefined) {
      if (this.#stopper.cause !== undefined) await source.close();
      this.#endWithoutSession(source, log);
      this.#feed.end();
      release();
      finish(log);
      return log;
    }
    const stopObserving = this.#stopper.obeyEngine(session.lost);
    this.#parts.open(session.container);
    this.progress.update({ phase: "running" });
    const { progress } = this;
    const stopper = this.#stopper;
    const composition = new Composition(session, stopper);
    this.#composition = composition;
    const feed = this.#feed;
    const driven = drive({
      composition,
      feed,
      source,
      stage,
      options,
      log,
      parts: this.#parts,
      progress,
      stopper,
    });
    this.#logs = new LogReader(driven.collector, session.container, this.id);
    cleanUpAtExit.add(this, () => this.#cleanUp());
    void driven.done.then(async () => {
      if (stopper.cause?.kind === "failed") await this.#cleanUp();
      finish(log);
      // Those that go on with it end with it.
      await composition.idle();
      stopObserving();
      release();
    });
    return log;
  }

  /** Checks everything that can be checked, and only then creates the run's job and container, if there is an item. */
  async #open(items: Items, work: unknown, options: ResolvedOptions) {
    if (!isIterable(items)) {
      throw new InvalidArgumentError("The items of runParallel must be an iterable or an async iterable.", {
        option: "items",
      });
    }
    if (!isEmpty(items)) warmUp(this.#client ?? options.client);
    const shared = options.shared && encodeValue(options.shared.value, "The option shared");
    const prepared = keepRunFiles(await prepareWork(work), options.files);
    const stage = new FileStage(this.id);
    const preparation = await stagePreparation(stage, prepared, options, shared);
    const source = new ItemSource(items, prepared, (file, name) => stage.addInput(file, name));
    const log = new OutcomeLog(this.#parts, prepared, (file) => this.#openFile(file));
    try {
      // An input that never makes its first item does not keep the run from being cancelled.
      await Promise.race([source.lookAhead(), this.#stopper.stopped]);
      this.progress.update({ total: source.total });
      if (source.pulled > 0 && this.#stopper.cause === undefined) {
        const client = this.#client ?? options.client ?? createClient();
        const connection = await client.connection();
        this.progress.update({ engine: connection.engine });
        const input = { work: prepared.kind, total: source.total };
        this.#session = await openSession(connection, options, input, stage, preparation, {
          signal: this.#stopper.signal,
          waiting: () => this.progress.update({ phase: "waiting-for-job-quota" }),
        });
      }
    } catch (error) {
      await source.close();
      throw error;
    }
    return { source, log, stage };
  }

  /** No items, or cancelled before anything was created. */
  #endWithoutSession(source: ItemSource, log: OutcomeLog): void {
    const cause = this.#stopper.cause;
    const count = source.total ?? source.pulled;
    if (cause !== undefined && cause.kind !== "failed") planLost(log, this.progress, count, lossOf(cause));
    log.end();
  }

  #obeyTimers({ deadline, signal }: ResolvedOptions): () => void {
    const release = this.#stopper.obey(signal);
    const stopTimer = afterMilliseconds(deadline, () => this.#stopper.stop({ kind: "deadline" }));
    return () => {
      stopTimer();
      release();
    };
  }

  /** Takes away the job and the storage, unless `keep` says otherwise. Failing at it does not lose the results. */
  #cleanUp(): Promise<void> {
    this.#cleaning ??= this.#takeAway();
    return this.#cleaning;
  }

  async #takeAway(): Promise<void> {
    cleanUpAtExit.remove(this);
    const session = this.#session;
    if (session === undefined || session.lost?.aborted === true || this.#options === undefined) return;
    const { keep } = this.#options;
    const failed = this.#stopper.cause?.kind === "failed" || this.tenants.failures;
    const { tenants } = this;
    const { ownership } = session;
    await takeAway(this.id, session, { ownership, tenants, log: await this.#log, keep, failed });
  }

  #openFile(file: ResultFile): OutputFile {
    this.tenants.giveOutFile();
    return openResultFile(file, () => this.#parts.container);
  }
}

function isEmpty(items: Items): boolean {
  return Array.isArray(items) && items.length === 0;
}

/** Lets the local engine start while the work is checked. */
function warmUp(client: Client | undefined): void {
  try {
    (client ?? createClient()).warmUp();
  } catch {
    // Settings that cannot work are told when they are needed, after what is wrong with the work.
  }
}

/** A timer that keeps no process alive, of any length; gives what stops it. */
function afterMilliseconds(milliseconds: number, then: () => void): () => void {
  let left = milliseconds;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const part = Math.min(left, LONGEST_TIMER);
    left -= part;
    timer = setTimeout(() => (left > 0 ? wait() : then()), part).unref();
  };
  wait();
  return () => clearTimeout(timer);
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function isIterable(items: unknown): items is Items {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = (items ?? {}) as Partial<
    Record<symbol, unknown>
  >;
  return typeof later === "function" || (later == null && typeof now === "function");
}
