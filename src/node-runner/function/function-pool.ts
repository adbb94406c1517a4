import type { ItemFailure, ResultFile } from "../../protocol/outcome-part.js";
import type { SeriesEnd } from "../attempt.js";
import type { ChunkProgress } from "../chunk-progress.js";
import { itemFolder, removeItemFolder } from "../item-folder.js";
import type { ProcessGuard } from "../process-guard.js";
import { ResultFiles } from "../result-files.js";
import type { RunContainer } from "../storage/run-container.js";
import type { Task } from "../task.js";
import { type WorkerEnd, type WorkerGone, WorkerProcess } from "./worker-process.js";

/** How much work, in milliseconds, a worker holds ahead: enough that it never waits, little enough to hand to others. */
const AHEAD = 20;
const MOST_AHEAD = { items: 16_384, characters: 1024 * 1024 };
/** A further worker is worth its start for so much waiting work, in milliseconds. */
const WORTH_A_WORKER = 50;
/** How often the waiting work is looked at, in milliseconds. */
const LOOK_INTERVAL = 10;
/** What has been running for less may be many quick items that are told of together. */
const LONG_ITEM = 5;
/** So many workers in a row may die before they have loaded the function. */
const LOADING_DEATHS = 3;

/** Runs a chunk's items in worker processes. */
export class FunctionPool {
  readonly #task: Task;
  readonly #guard: ProcessGuard;
  readonly #mostWorkers: number;
  readonly #workers = new Set<WorkerProcess>();
  #progress: ChunkProgress | undefined;
  #files: ResultFiles | undefined;
  #meanMilliseconds: number | undefined;
  #loadingDeaths = 0;
  #unloadable: ItemFailure | undefined;
  #looking: NodeJS.Timeout | undefined;
  #stopping = false;
  #allGone: () => void = () => undefined;

  constructor(task: Task, guard: ProcessGuard, mostWorkers: number) {
    this.#task = task;
    this.#guard = guard;
    this.#mostWorkers = mostWorkers;
    // At once: it loads the function while the items are fetched.
    this.#startWorker();
  }

  begin(progress: ChunkProgress, container: RunContainer): void {
    this.#progress = progress;
    this.#files = new ResultFiles(container, this.#task.node);
    progress.onStopped(() => {
      for (const worker of this.#workers) worker.askBack();
    });
    if (this.#unloadable !== undefined) this.#failWaiting(this.#unloadable);
    this.#distribute();
  }

  /** Ends the workers; resolves once all they have finished is known. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#looking);
    for (const worker of this.#workers) worker.kill();
    if (this.#workers.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
  }

  #startWorker(): void {
    const { run, environment, folder, prepared, itemFolders, files } = this.#task;
    const worker: WorkerProcess = new WorkerProcess(
      {
        environment,
        folder,
        guard: this.#guard,
        settings: {
          prepared,
          itemFolders,
          filesFolder: files,
          files: run.files,
          ...(run.timeout === undefined ? {} : { timeout: run.timeout }),
          ...(run.stopOnFailure ? { stopAfterAttempts: run.retries + 1 } : {}),
        },
      },
      {
        ready: () => {
          this.#loadingDeaths = 0;
          this.#distribute();
        },
        ended: (end) => this.#ended(worker, end),
        seriesEnded: (end) => this.#seriesEnded(worker, end),
        returned: (runs) => {
          this.#progress?.giveBack(runs);
          this.#distribute();
        },
        gone: (reason) => this.#gone(worker, reason),
      },
    );
    this.#workers.add(worker);
  }

  #ended(worker: WorkerProcess, end: WorkerEnd): void {
    this.#measured(1, end.milliseconds);
    if (end.files === undefined) this.#settle(end, []);
    else void this.#settleWithFolder(end, end.files);
    this.#feed(worker);
  }

  #seriesEnded(worker: WorkerProcess, end: SeriesEnd): void {
    this.#measured(end.count, end.milliseconds);
    this.#progress?.endSeries(end);
    this.#feed(worker);
  }

  #measured(count: number, milliseconds: number): void {
    const each = milliseconds / count;
    const kept = 0.8 ** count;
    this.#meanMilliseconds = (this.#meanMilliseconds ?? each) * kept + each * (1 - kept);
  }

  /** Ends an attempt, after its files are stored. */
  async #settleWithFolder(end: WorkerEnd, names: readonly string[]): Promise<void> {
    const { offset, index, attempt } = end.attempt;
    const folder = itemFolder(this.#task.itemFolders, offset, attempt);
    try {
      const stored = "payload" in end.result ? await this.#files?.store(index, folder, names) : undefined;
      this.#settle(end, stored ?? []);
    } catch (error) {
      const failure = { code: "FileTransferFailed", message: (error as Error).message } as const;
      this.#settle({ ...end, result: { failure } }, []);
    }
    this.#distribute();
    await removeItemFolder(folder);
  }

  #settle({ attempt, milliseconds, output, result }: WorkerEnd, files: readonly ResultFile[]): void {
    this.#progress?.end({
      offset: attempt.offset,
      attempt: attempt.attempt,
      milliseconds,
      result:
        "payload" in result
          ? { status: "fulfilled", payload: result.payload, files }
          : { status: "rejected", failure: result.failure },
      ...(output === undefined ? {} : { output }),
    });
  }

  #gone(worker: WorkerProcess, reason: WorkerGone): void {
    this.#workers.delete(worker);
    if (this.#stopping) {
      if (this.#workers.size === 0) this.#allGone();
      return;
    }
    if (reason.kind === "died loading") this.#loadingDeaths++;
    const hopeless = reason.kind === "unloadable" || this.#loadingDeaths === LOADING_DEATHS;
    if (hopeless && reason.kind !== "ended") this.#unloadable = reason.failure;
    if (this.#unloadable !== undefined) this.#failWaiting(this.#unloadable);
    else if (this.#progress === undefined || this.#progress.waiting > 0) this.#startWorker();
  }

  #failWaiting(failure: ItemFailure): void {
    this.#progress?.failWaiting({ status: "rejected", failure });
  }

  #distribute(): void {
    for (const worker of this.#workers) this.#feed(worker);
  }

  /** Tops up what a worker holds, once it has become little. */
  #feed(worker: WorkerProcess): void {
    const progress = this.#progress;
    if (progress === undefined || this.#stopping || !worker.isReady) return;
    const ahead = Math.min(
      MOST_AHEAD.items,
      Math.max(1, Math.floor(AHEAD / (this.#meanMilliseconds ?? AHEAD))),
    );
    const fairShare = Math.max(1, Math.ceil(progress.waiting / this.#workers.size));
    const wanted = Math.min(ahead, fairShare) - worker.load;
    if (worker.load <= ahead / 2 && wanted > 0) give(worker, progress, wanted);
    this.#lookAfterIt();
  }

  /** Looks at the waiting work from time to time, while something could come of it. */
  #lookAfterIt(): void {
    if (this.#looking !== undefined || (!this.#couldStartWorker() && this.#unevenLoad() === undefined))
      return;
    this.#looking = setInterval(() => this.#look(), LOOK_INTERVAL);
  }

  #look(): void {
    const uneven = this.#unevenLoad();
    if (uneven === undefined && !this.#couldStartWorker()) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    if (this.#couldStartWorker()) this.#startWorkers();
    if (uneven !== undefined && uneven.elapsed > AHEAD) uneven.askBack();
  }

  #couldStartWorker(): boolean {
    return (
      this.#progress !== undefined && this.#progress.waiting > 0 && this.#workers.size < this.#mostWorkers
    );
  }

  /** As many workers as the waiting work is worth, as far as one can tell from the items so far. */
  #startWorkers(): void {
    const longest = Math.max(...[...this.#workers].map((worker) => worker.elapsed));
    const milliseconds = Math.max(this.#meanMilliseconds ?? 0, longest > LONG_ITEM ? longest : 0);
    const waiting = this.#progress?.waiting ?? 0;
    const worth = Math.min(waiting, Math.floor((waiting * milliseconds) / WORTH_A_WORKER));
    while (this.#workers.size < Math.min(this.#mostWorkers, 1 + worth)) this.#startWorker();
  }

  /** The worker that holds the most, where another one has nothing to do. */
  #unevenLoad(): WorkerProcess | undefined {
    let most: WorkerProcess | undefined;
    let idle = false;
    for (const worker of this.#workers) {
      if (worker.load > Math.max(1, most?.load ?? 0)) most = worker;
      if (worker.isReady && worker.load === 0) idle = true;
    }
    return idle ? most : undefined;
  }
}

/** Gives a worker what waits, up to so many items, but not too much at once. */
function give(worker: WorkerProcess, progress: ChunkProgress, wanted: number): void {
  let [items, characters] = [wanted, MOST_AHEAD.characters];
  while (items > 0 && characters > 0) {
    const attempts = progress.takeRun(items, characters);
    if (attempts === undefined) return;
    worker.give(attempts);
    items -= attempts.run.count;
    characters -= attempts.text.length;
  }
}
