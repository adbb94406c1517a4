import { StorageGoneError } from "../../errors/index.js";
import type { ResultFile } from "../../protocol/outcome-part.js";
import { prepareWork } from "../../work/prepare-work.js";
import type { OutputFile } from "../../work/prepared-work.js";
import { lossOf, planLost } from "../drive.js";
import { encodeValue } from "../encode-value.js";
import { FileStage } from "../file-stage.js";
import { itemLogs, LogReader } from "../item-logs.js";
import type { Life, Reader } from "../life.js";
import { OutcomeLog } from "../outcome-log.js";
import { PartReader } from "../part-reader.js";
import { showProgress } from "../progress-line.js";
import { ProgressMeter } from "../progress-meter.js";
import { readLog } from "../read-log.js";
import type { ResolvedOptions } from "../resolve-options.js";
import { openResultFile } from "../result-files.js";
import type { ItemLogs } from "../run.js";
import { keepRunFiles } from "../run-files.js";
import { type StopCause, Stopper } from "../stopper.js";
import { Submitter } from "../submitter.js";
import { ChunkFeed } from "./chunk-feed.js";
import type { MapOptions } from "./compose-options.js";
import type { Composition } from "./composition.js";
import { Stage } from "./stage.js";
import { type ResolvedMapOptions, resolveMapOptions } from "./stage-options.js";
import { stageSettings } from "./stage-settings.js";
import type { Tenants } from "./tenants.js";
import type { Upstream } from "./upstream.js";

/** A run that goes on with the results of another one, from its first check to its last trace. */
export class MapLife implements Life {
  readonly id: string;
  readonly progress = new ProgressMeter();
  readonly composed = { map: 0, reduce: 0 };
  readonly upstream: Promise<Upstream>;
  readonly tenants: Tenants;
  readonly #before: Life;
  readonly #stopper = new Stopper();
  readonly #parts: PartReader;
  readonly #log: Promise<OutcomeLog>;
  #composition: Composition | undefined;
  #stage: Stage | undefined;
  #logs: LogReader | undefined;
  #endedBy: { readonly cause: StopCause | undefined } | undefined;

  constructor(before: Life, work: unknown, options: MapOptions<unknown>) {
    this.#before = before;
    this.id = `${before.id}/map-${++before.composed.map}`;
    this.tenants = before.tenants;
    this.#parts = new PartReader(before.id, this.#stopper.signal);
    this.#log = this.tenants.going
      ? Promise.reject(cannotGoOn(before.id, "map"))
      : this.#begin(work, options);
    if (!this.tenants.going) this.tenants.join(this, before);
    this.upstream = this.#log.then((log) => this.#stage ?? this.#withoutTasks(log));
    this.upstream.catch(async () => {
      this.progress.update({ phase: "ended" });
      await this.tenants.leave(this);
    });
  }

  get firstOptions(): ResolvedOptions | undefined {
    return this.#before.firstOptions;
  }

  get stopCause(): StopCause | undefined {
    return this.#endedBy === undefined ? this.#stopper.cause : this.#endedBy.cause;
  }

  get inputCutShort(): boolean {
    return this.#before.inputCutShort || this.#stage?.cutShort === true;
  }

  read(reader: (log: OutcomeLog) => Reader): Reader {
    const { tenants } = this;
    const ended = () => this.#ended();
    return readLog({ tenant: this, tenants, parts: this.#parts, log: this.#log, ended }, reader);
  }

  async logs(index: number): Promise<ItemLogs> {
    const log = await this.#log;
    const items = this.progress.now().phase === "ended" ? log.planned : this.#stage?.total();
    return itemLogs(this.#logs, this.id, index, items);
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#stopper.stop({ kind: "cancelled", reason });
    await this.#ended();
  }

  async dispose(): Promise<void> {
    await this.cancel(new Error("The run was disposed."));
    await this.tenants.leave(this);
    if (this.tenants.isIdle(this.#before)) await this.#before.dispose();
  }

  async storageGoes(): Promise<void> {
    await this.#logs?.keep();
    this.#parts.storageGone();
  }

  async #ended(): Promise<void> {
    const upstream = await this.upstream.catch(() => undefined);
    await upstream?.ended;
  }

  async #begin(work: unknown, given: MapOptions<unknown>): Promise<OutcomeLog> {
    const options = resolveMapOptions(given);
    const release = this.#obeySignals(options);
    try {
      showProgress(this.progress, options.progress);
      const shared = options.shared && encodeValue(options.shared.value, "The option shared");
      const prepared = keepRunFiles(await prepareWork(work), options.files);
      const files = new FileStage(this.id);
      const settings = await stageSettings(files, prepared, options, shared);
      const upstream = await this.#before.upstream;
      const log = new OutcomeLog(this.#parts, prepared, (file) => this.#openFile(file));
      const { composition } = upstream;
      if (composition === undefined) {
        await this.#endWithoutTasks(upstream, log);
        release();
        return log;
      }
      this.#composition = composition;
      const { session } = composition;
      await files.upload(session.container);
      this.#parts.open(session.container);
      const first = this.firstOptions as ResolvedOptions;
      const { submitConcurrency, chunkSize, maxParallelTasks } = first;
      const workersPerTask = options.workersPerTask ?? first.workersPerTask;
      this.progress.update({ phase: "running", engine: session.engine, total: upstream.total() });
      const stage = new Stage({
        composition,
        upstream,
        submitter: new Submitter(
          session,
          this.progress,
          files,
          submitConcurrency,
          composition.numbers,
          settings,
        ),
        log,
        parts: this.#parts,
        progress: this.progress,
        stopper: this.#stopper,
        options: { chunkSize, maxParallelTasks, workersPerTask, onError: options.onError },
        ...(prepared.kind === "function"
          ? {}
          : { makeHere: { work: prepared, upload: (file, name) => files.addInput(file, name) } }),
      });
      this.#stage = stage;
      this.#logs = new LogReader(stage.collector, session.container, this.#before.id);
      void stage.ended.then(() => this.#end(log, release));
      return log;
    } catch (error) {
      release();
      throw error;
    }
  }

  #end(log: OutcomeLog, release: () => void): void {
    const { cause } = this.#stopper;
    release();
    this.#endedBy = { cause };
    this.progress.update({ phase: "ended", total: log.planned });
    if (this.progress.now().rejected > 0) this.tenants.noteFailures();
    // What stopped alone keeps nobody from the storage; the run before is as if nothing had gone on with it.
    if (cause !== undefined && this.#composition?.stopper.cause === undefined) void this.tenants.leave(this);
  }

  /** Nothing was created for the run before, which has no items or was cancelled. */
  async #endWithoutTasks(upstream: Upstream, log: OutcomeLog): Promise<void> {
    await upstream.ended;
    const cause = upstream.stopper.cause ?? this.#stopper.cause;
    if (cause !== undefined && cause.kind !== "failed")
      planLost(log, this.progress, upstream.log.planned, lossOf(cause));
    this.#endedBy = { cause };
    log.end();
    this.progress.update({ phase: "ended", total: log.planned });
  }

  #withoutTasks(log: OutcomeLog): Upstream {
    const feed = new ChunkFeed();
    feed.end();
    return {
      composition: undefined,
      feed,
      log,
      stopper: this.#stopper,
      depth: 0,
      ended: Promise.resolve(),
      total: () => log.planned,
    };
  }

  /** Its own, and the first run's, which may have ended. */
  #obeySignals({ signal }: ResolvedMapOptions): () => void {
    const releases = [signal, this.firstOptions?.signal].map((one) => this.#stopper.obey(one));
    return () => {
      for (const release of releases) release();
    };
  }

  #openFile(file: ResultFile): OutputFile {
    this.tenants.giveOutFile();
    return openResultFile(file, () => this.#parts.container);
  }
}

/** What to say where a run shall go on with one whose job has ended. */
export function cannotGoOn(runId: string, method: "map" | "reduce"): StorageGoneError {
  return new StorageGoneError(
    `Nothing can go on with the run "${runId}": its job and its storage went after its results were read for the first time. ` +
      `Call ${method}() before they are read.`,
    { runId },
  );
}
