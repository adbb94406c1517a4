import { type Client, createClient } from "../../client/client.js";
import { systemClock } from "../../clock.js";
import { InvalidArgumentError, StorageGoneError } from "../../errors/index.js";
import type { ResultFile } from "../../protocol/outcome-part.js";
import type { OutputFile } from "../../work/prepared-work.js";
import { fromWireCommand } from "../../work/wire-command.js";
import { conclude, lossOf } from "../drive.js";
import { itemLogs, LogReader } from "../item-logs.js";
import type { Life, Reader } from "../life.js";
import { type Manifest, readManifest } from "../manifest.js";
import { OutcomeLog, type ResultReader } from "../outcome-log.js";
import { PartReader } from "../part-reader.js";
import { endJob } from "../pipeline/composition.js";
import { Tenants } from "../pipeline/tenants.js";
import type { Upstream } from "../pipeline/upstream.js";
import { showProgress } from "../progress-line.js";
import { ProgressMeter } from "../progress-meter.js";
import { readLog } from "../read-log.js";
import { openResultFile } from "../result-files.js";
import type { ItemLogs } from "../run.js";
import { containerName, type JobSession } from "../session.js";
import { type StopCause, Stopper } from "../stopper.js";
import { takeAway } from "../take-away.js";
import { type AttachOptions, resolveAttachOptions, resolveRunId } from "./attach-options.js";
import { Attachment } from "./attachment.js";

const RESULTS: Readonly<Record<Manifest["work"], ResultReader>> = {
  function: { fromWire: (value) => value },
  command: { fromWire: fromWireCommand },
};

/** What the services say of a job and a container that are deleted. */
const GONE = new Set([
  "ContainerNotFound",
  "ContainerBeingDeleted",
  "BlobNotFound",
  "JobNotFound",
  "JobBeingDeleted",
]);

/** A run that another process began, for as long as this one looks at it. */
export class AttachedLife implements Life {
  readonly id: string;
  readonly progress = new ProgressMeter();
  readonly tenants = new Tenants(() => this.#takeAway());
  readonly firstOptions = undefined;
  readonly composed = { map: 0, reduce: 0 };
  readonly upstream: Promise<Upstream>;
  readonly #stopper = new Stopper();
  readonly #parts: PartReader;
  readonly #log: Promise<OutcomeLog>;
  #ended: Promise<void> = Promise.resolve();
  #session: JobSession | undefined;
  #manifest: Manifest | undefined;
  #attachment: Attachment | undefined;
  #logs: LogReader | undefined;
  #isOver = false;
  #letGo = false;

  constructor(runId: unknown, options: AttachOptions, client?: Client) {
    this.id = String(runId);
    this.#parts = new PartReader(this.id, this.#stopper.signal);
    this.#log = this.#begin(runId, options, client);
    this.#log.catch(() => this.progress.update({ phase: "ended" }));
    this.upstream = Promise.reject(cannotGoOn(this.id));
    this.upstream.catch(() => undefined);
    this.tenants.join(this);
  }

  get stopCause(): StopCause | undefined {
    if (this.#stopper.cause !== undefined || !this.inputCutShort) return this.#stopper.cause;
    const reason = new Error("The process that began the run ended before its input did.");
    return { kind: "cancelled", reason };
  }

  get inputCutShort(): boolean {
    return this.#attachment?.inputCutShort === true;
  }

  async *read(reader: (log: OutcomeLog) => Reader): Reader {
    const { tenants } = this;
    const ended = () => this.#ended;
    try {
      yield* readLog({ tenant: this, tenants, parts: this.#parts, log: this.#log, ended }, reader);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async logs(index: number): Promise<ItemLogs> {
    const log = await this.#log;
    const ended = this.progress.now().phase === "ended";
    return itemLogs(this.#logs, this.id, index, ended ? log.planned : this.#manifest?.total);
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#stop({ kind: "cancelled", reason });
  }

  /** Lets go of the run, which goes on. */
  async dispose(): Promise<void> {
    this.#letGo = true;
    const error = new Error(`This process let go of the run "${this.id}", which goes on without it.`);
    await this.#stop({ kind: "failed", error });
    // Also where it was over, and nobody has read it.
    await this.#attachment?.ownership?.release();
  }

  async #stop(cause: StopCause): Promise<void> {
    await this.#log.catch(() => undefined);
    if (!this.#isOver) this.#stopper.stop(cause);
    await this.#ended;
  }

  async storageGoes(): Promise<void> {
    await this.#logs?.keep();
    this.#parts.storageGone();
  }

  async #begin(runId: unknown, given: AttachOptions, ownClient: Client | undefined): Promise<OutcomeLog> {
    const id = resolveRunId(runId);
    const options = resolveAttachOptions(given);
    showProgress(this.progress, options.progress);
    const client = ownClient ?? options.client ?? createClient();
    const { batch, storage, engine, lost } = await client.connection();
    const container = storage.container(containerName(id));
    const manifest = await readManifest(container);
    if (manifest === undefined) throw noSuchRun(id, container.url);
    this.#manifest = manifest;
    const session: JobSession = {
      engine,
      batch,
      container,
      jobId: id,
      clock: systemClock,
      ...(lost === undefined ? {} : { lost }),
    };
    this.#session = session;
    this.#parts.open(container);
    const log = new OutcomeLog(this.#parts, RESULTS[manifest.work], (file) => this.#openFile(file));
    const { progress } = this;
    const stopper = this.#stopper;
    progress.update({ phase: "running", engine, total: manifest.total });
    const attachment = new Attachment({ manifest, session, log, parts: this.#parts, progress, stopper });
    this.#attachment = attachment;
    this.#logs = new LogReader(attachment.collector, container, id);
    const releases = [stopper.obey(options.signal), stopper.obeyEngine(lost)];
    const following = attachment.follow().catch((error: unknown) => {
      throw this.#explained(error);
    });
    this.#ended = conclude({ composition: { session, stopper }, stopper, log }, [following], (cause) =>
      this.#endEarly(cause, attachment, session),
    ).then(async () => {
      this.#isOver = true;
      // Whoever attaches to it next may drive it.
      if (stopper.cause?.kind === "failed") await attachment.ownership?.release();
      for (const release of releases) release();
      if (progress.now().rejected > 0) this.tenants.noteFailures();
      progress.update({ phase: "ended", total: log.planned });
    });
    return log;
  }

  /** Cancelling ends the run for all; what keeps this process from following it does not. */
  async #endEarly(cause: StopCause, attachment: Attachment, session: JobSession): Promise<void> {
    if (cause.kind === "failed" || session.lost?.aborted === true) return;
    await endJob(session, cause);
    await attachment.giveUp(lossOf(cause));
  }

  /** Where the process that drives the run took job and storage away, one of the two is missing first. */
  #explained(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    return typeof code === "string" && GONE.has(code) ? goneMeanwhile(this.id) : error;
  }

  /** Where the run is this process's now: a run that another one drives is that one's to take away. */
  async #takeAway(): Promise<void> {
    const session = this.#session;
    const manifest = this.#manifest;
    const ownership = this.#attachment?.ownership;
    if (session === undefined || manifest === undefined || ownership === undefined || this.#letGo) return;
    const { tenants } = this;
    const { keep } = manifest;
    const log = await this.#log;
    await takeAway(this.id, session, { ownership, tenants, log, keep, failed: tenants.failures });
  }

  #openFile(file: ResultFile): OutputFile {
    this.tenants.giveOutFile();
    return openResultFile(file, () => this.#parts.container);
  }
}

function noSuchRun(runId: string, url: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `There is no run "${runId}": there is no ${url} with what a run leaves. It may never have begun, be another account's, or ` +
      'have been read to the end, when its storage goes; runs that are to be read again need the option keep: "always".',
    { option: "runId" },
  );
}

function cannotGoOn(runId: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Nothing can go on with the run "${runId}" here, as another process began it: run its results as items of a new run.`,
    { option: "run" },
  );
}

function goneMeanwhile(runId: string): StorageGoneError {
  return new StorageGoneError(
    `The job and the storage of the run "${runId}" went while this process read it: the process that drives it had read all ` +
      'outcomes, or was disposed of. To read them in several processes, give the run the option keep: "always".',
    { runId },
  );
}
