import { type Client, createClient } from "../client/client.js";
import { InvalidArgumentError, LocalEngineError } from "../errors/index.js";
import type { ResultFile } from "../protocol/outcome-part.js";
import { prepareWork } from "../work/prepare-work.js";
import type { OutputFile } from "../work/prepared-work.js";
import type { Batch } from "./batch-iterator.js";
import { cleanUpAtExit } from "./clean-up-at-exit.js";
import { drive, lossOf } from "./drive.js";
import { encodeValue } from "./encode-value.js";
import { FileStage } from "./file-stage.js";
import { LogReader } from "./item-logs.js";
import { ItemSource } from "./item-source.js";
import { OutcomeLog } from "./outcome-log.js";
import { PartReader, storageGone } from "./part-reader.js";
import { stagePreparation } from "./preparation.js";
import { progressLine } from "./progress-line.js";
import { ProgressMeter } from "./progress-meter.js";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.js";
import { openResultFile } from "./result-files.js";
import type { ItemLogs, ItemOutcome } from "./run.js";
import type { RunOptions } from "./run-options.js";
import { openSession, type Session } from "./session.js";
import { type StopCause, Stopper } from "./stopper.js";

type Items = Iterable<unknown> | AsyncIterable<unknown>;
type Reader = AsyncGenerator<Batch<ItemOutcome<unknown>>, void, undefined>;

/** The longest that a timer can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A run from its first check to its last trace. */
export class RunLife {
  readonly progress = new ProgressMeter();
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
  #logs: LogReader | undefined;
  #storageGone = false;
  #readers = 0;
  #filesGivenOut = false;
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
  }

  /** Why the run stopped early, if it did. */
  get stopCause(): StopCause | undefined {
    return this.#stopper.cause;
  }

  /** Whether the run stopped before its input said that it has no more items. */
  get inputCutShort(): boolean {
    return this.#source?.cutShort === true;
  }

  /** Reads outcomes; the run's storage goes after the first reader that came to the end. */
  async *read(reader: (log: OutcomeLog) => Reader): Reader {
    const log = await this.#log;
    this.#readers += 1;
    let readAll = false;
    try {
      yield* reader(log);
      readAll = true;
    } catch (error) {
      // A run that failed is cleaned up before its error is told: the process may end because of that.
      if (this.#stopper.cause?.kind === "failed") await this.#ended;
      throw error;
    } finally {
      this.#readers -= 1;
      if (readAll) await this.#ended.then(() => this.#readOnce());
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#stopper.stop({ kind: "cancelled", reason });
    await this.#ended;
  }

  async logs(index: number): Promise<ItemLogs> {
    const log = await this.#log;
    const items = this.progress.now().phase === "ended" ? log.planned : (this.#source?.total ?? Infinity);
    if (!Number.isInteger(index) || index < 0 || index >= items) {
      const shown = typeof index === "number" ? String(index) : typeof index;
      throw new InvalidArgumentError(
        `The run "${this.id}" has no item ${shown}: an item's index is its place in the input, from 0.`,
        {
          option: "index",
        },
      );
    }
    return this.#logs?.read(index) ?? { stdout: "", stderr: "" };
  }

  async dispose(): Promise<void> {
    await this.cancel(new Error("The run was disposed."));
    await this.#cleanUp();
  }

  async #begin(
    items: Items,
    work: unknown,
    options: ResolvedOptions,
    ended: () => void,
  ): Promise<OutcomeLog> {
    const release = this.#obeyTimers(options);
    this.#showProgress(options);
    const finish = (log: OutcomeLog) => {
      release();
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
      finish(log);
      return log;
    }
    const stopObserving = this.#obeyEngine(session);
    this.#parts.open(session.container);
    this.progress.update({ phase: "running" });
    const { progress } = this;
    const stopper = this.#stopper;
    const driven = drive({ session, source, stage, options, log, parts: this.#parts, progress, stopper });
    this.#logs = new LogReader(driven.collector, session.container, this.id);
    cleanUpAtExit.add(this, () => this.#cleanUp());
    void driven.done.then(async () => {
      stopObserving();
      if (stopper.cause?.kind === "failed") await this.#cleanUp();
      finish(log);
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
    const shared = options.shared && encodeValue(options.shared.value, "The option shared");
    const prepared = await prepareWork(work);
    const stage = new FileStage();
    const preparation = await stagePreparation(stage, prepared, options, shared);
    const source = new ItemSource(items, prepared, (file, name) => stage.add(file, name, "inputs"));
    const log = new OutcomeLog(this.#parts, prepared, (file) => this.#openFile(file));
    try {
      // An input that never makes its first item does not keep the run from being cancelled.
      await Promise.race([source.lookAhead(), this.#stopper.stopped]);
      this.progress.update({ total: source.total });
      if (source.pulled > 0 && this.#stopper.cause === undefined) {
        const client = this.#client ?? options.client ?? createClient();
        const connection = await client.connection();
        this.progress.update({ engine: connection.engine });
        this.#session = await openSession(connection, options, prepared.kind, stage, preparation, {
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
    if (count > 0 && cause !== undefined && cause.kind !== "failed") {
      const indices = { start: 0, count };
      const root = { ...indices, open: 0 };
      log.plan(root);
      log.add(root, { kind: "lost", indices, ...lossOf(cause) });
      this.progress.finished(0, count);
    }
    log.end();
  }

  #obeyTimers({ deadline, signal }: ResolvedOptions): () => void {
    const cancel = () => this.#stopper.stop({ kind: "cancelled", reason: signal?.reason });
    if (signal?.aborted === true) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    const stopTimer = afterMilliseconds(deadline, () => this.#stopper.stop({ kind: "deadline" }));
    return () => {
      stopTimer();
      signal?.removeEventListener("abort", cancel);
    };
  }

  /** Ends the run with the local engine, which has died while it went on. */
  #obeyEngine({ lost }: Session): () => void {
    const message =
      "The local engine ended while the run went on: something killed its process, or memory ran out. The next run starts a new one.";
    const stop = () =>
      this.#stopper.stop({ kind: "failed", error: new LocalEngineError(message, { code: "EngineFailed" }) });
    if (lost?.aborted === true) stop();
    lost?.addEventListener("abort", stop, { once: true });
    return () => lost?.removeEventListener("abort", stop);
  }

  #showProgress({ progress }: ResolvedOptions): void {
    if (progress === false) return;
    this.progress.listen(progress === true ? progressLine() : progress);
  }

  /** After the first full read, when no other reader is at it and no file that was given out waits to be read. */
  async #readOnce(): Promise<void> {
    if (this.#readers > 0 || this.#filesGivenOut) return;
    await this.#cleanUp();
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
    const failed = this.#stopper.cause?.kind === "failed" || this.progress.now().rejected > 0;
    const kept = keep === "always" || (keep === "on-failure" && failed);
    try {
      if (kept) {
        await Promise.all([
          session.ownership.release(),
          session.batch.terminateJob(session.jobId, "RunEnded"),
        ]);
        return;
      }
      await this.#logs?.keep();
      this.#parts.storageGone();
      this.#storageGone = true;
      await Promise.all([
        session.ownership.release(),
        session.batch.deleteJob(session.jobId),
        session.container.delete(),
      ]);
    } catch (error) {
      process.emitWarning(
        `The run "${this.id}" could not be cleaned up: ${(error as Error).message} Its job ends by its wall clock; its container stays.`,
        { code: "AZURE_BATCH_PARALLEL_CLEAN_UP" },
      );
    }
  }

  #openFile(file: ResultFile): OutputFile {
    this.#filesGivenOut = true;
    return openResultFile(file, () => {
      if (this.#session === undefined || this.#storageGone) throw storageGone(this.id);
      return this.#session.container;
    });
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
