import type { TaskState } from "../azure/ports.js";
import type { Clock } from "../clock.js";
import { ServiceError } from "../errors/index.js";
import { logBlob, outcomeBlob } from "../protocol/blob-names.js";
import { type PartHeader, parseOutcomeLine, partInterval } from "../protocol/outcome-part.js";
import { allEnded } from "./all-ended.js";
import { type Chunk, type RootChunk, taskId } from "./chunk.js";
import type { ChunkSizer } from "./chunk-sizer.js";
import { listParts, prefixesOf, WORTH_A_LIST } from "./listed-parts.js";
import { throughOutages } from "./outage.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { PartReader } from "./part-reader.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { JobSession } from "./session.js";
import type { Submitter } from "./submitter.js";
import { readIfPossible, words } from "./trouble.js";

/** As long as no item has an outcome, so many tasks may die before their deaths are taken for the pool's fault. */
const DEATHS_WITHOUT_OUTCOME = 16;

/** How often a task that somebody deletes is added again. */
const MOST_DELETIONS = 3;

/** Why items have no outcome of their own. */
export interface Loss {
  readonly code: "TaskFailed" | "Cancelled" | "DeadlineExceeded" | "UpstreamFailed";
  readonly message: string;
  readonly cause?: unknown;
  readonly stderr?: string;
}

/** What a collector works with. */
export interface CollectorParts {
  readonly session: JobSession;
  readonly log: OutcomeLog;
  readonly parts: PartReader;
  readonly submitter: Submitter;
  readonly sizer: Pick<ChunkSizer, "measured">;
  readonly progress: ProgressMeter;
  /** Called when a part with failed items was found. */
  readonly onItemFailed: () => void;
  /** Called when a task ended well and could not run all its items, as what they go on with was not there. */
  readonly onIncomplete?: (chunk: Chunk) => void;
  /** Looks whether the job has ended, and stops the run if so. */
  readonly stopIfJobEnded: () => Promise<boolean>;
}

/** Keeps account of the chunks under way: finds their outcomes, and sees to those whose task died. */
export class Collector {
  readonly #with: CollectorParts;
  readonly #underWay = new Map<string, Chunk>();
  /** Those whose task's end is being seen to. */
  readonly #seenTo = new Set<Chunk>();
  /** Those whose task ended well, and which have items that could not run yet. */
  readonly #incomplete = new Set<Chunk>();
  readonly #reading = new Map<Chunk, Promise<void>>();
  /** Log blobs that exist, by chunk number. */
  readonly #logs = new Map<number, { readonly chunk: Chunk; readonly parts: number[] }>();
  #deaths = 0;
  #outcomes = 0;

  constructor(parts: CollectorParts) {
    this.#with = parts;
  }

  /** Tasks submitted and not yet done. */
  get tasksUnderWay(): number {
    return this.#underWay.size;
  }

  /** Chunks submitted and not yet done. */
  chunksUnderWay(): Iterable<Chunk> {
    return this.#underWay.values();
  }

  /** Lets go of chunks whose items all have their outcome, without waiting for their tasks to be told of. */
  letGoOfClosed(): void {
    for (const [id, chunk] of this.#underWay) if (chunk.open === 0) this.#underWay.delete(id);
  }

  /**
   * How far from now a task's end is expected, before or after: that of the nearest one, in milliseconds. Undefined where it
   * is not known of every task under way.
   */
  get distanceFromEnd(): number | undefined {
    const now = this.#with.session.clock.now();
    let nearest: number | undefined;
    for (const { expectedEnd } of this.#underWay.values()) {
      if (expectedEnd === undefined) return undefined;
      nearest = Math.min(nearest ?? Number.POSITIVE_INFINITY, Math.abs(expectedEnd - now));
    }
    return nearest;
  }

  /** Takes note of a chunk that is being submitted. */
  expect(chunk: Chunk): void {
    this.#underWay.set(taskId(chunk), chunk);
  }

  /**
   * Sees to tasks that completed; how many of them were news. It ends when all of it has ended, also with an error: nothing
   * may be giving items an outcome any more when what stops the run gives them theirs.
   */
  async seeTo(tasks: readonly TaskState[], signal: AbortSignal): Promise<number> {
    const news = tasks.filter(({ id }) => this.#isNews(id));
    const many = news.length >= WORTH_A_LIST;
    await this.#takeListed(
      news.filter((task) => many || leavesParts(task)).map(({ id }) => this.#underWay.get(id) as Chunk),
      signal,
    );
    const changes = await allEnded(news.map((task) => this.taskCompleted(task, signal)));
    return changes.filter((changed) => changed).length;
  }

  /** Looks for outcomes of tasks that still run. How many requests that took. */
  async lookAtParts(signal: AbortSignal): Promise<number> {
    const chunks = [...this.#underWay.values()];
    if (chunks.length >= WORTH_A_LIST) return this.#takeListed(chunks, signal);
    await allEnded(chunks.map((chunk) => this.readParts(chunk)));
    return 1;
  }

  /** Whether a task of a chunk under way is not among these. */
  missesAny(found: Pick<ReadonlySet<string>, "has">): boolean {
    return [...this.#underWay.keys()].some((id) => !found.has(id));
  }

  /**
   * Sees to a task that completed. Whether anything was new in it. Its chunk is under way until all its items have their
   * outcome: where this fails, or the run stops meanwhile, what stops the run finds the chunk and gives it one.
   */
  async taskCompleted(task: TaskState, signal: AbortSignal): Promise<boolean> {
    const chunk = this.#underWay.get(task.id);
    if (chunk === undefined || this.#seenTo.has(chunk) || this.#incomplete.has(chunk)) return false;
    this.#seenTo.add(chunk);
    try {
      await this.readParts(chunk);
      if (chunk.open > 0 && this.#with.onIncomplete !== undefined && endedWell(task)) {
        this.#incomplete.add(chunk);
        this.#with.onIncomplete(chunk);
        return true;
      }
      if (chunk.open > 0) await this.#taskDied(chunk, task, signal);
      if (chunk.open === 0) this.#underWay.delete(task.id);
      return true;
    } finally {
      this.#seenTo.delete(chunk);
    }
  }

  /** Puts other chunks in the place of one whose task ended: they have its open items. */
  replace(chunk: Chunk, chunks: readonly Chunk[]): void {
    chunk.open = 0;
    this.#incomplete.delete(chunk);
    this.#underWay.delete(taskId(chunk));
    for (const one of chunks) this.expect(one);
  }

  /**
   * Adds the tasks under way again that the job does not have, as somebody deleted them: outcomes that they stored stay.
   * `found` has the ids of tasks that are there. Whether there were any.
   */
  async addMissing(found: ReadonlySet<string>, signal: AbortSignal): Promise<boolean> {
    const missing = [...this.#underWay.values()].filter((chunk) => !found.has(taskId(chunk)));
    if (missing.length === 0) return false;
    const added = await this.#with.submitter.submit(missing, signal);
    for (const chunk of missing) {
      // Those that exist after all were missing in the list alone.
      if (!added.has(taskId(chunk))) continue;
      chunk.deletions += 1;
      if (chunk.deletions <= MOST_DELETIONS) continue;
      await this.#with.session.batch.terminateTask(this.#with.session.jobId, taskId(chunk), { signal });
      await this.readParts(chunk);
      const message = `The task ${taskId(chunk)}, which held the item, was deleted ${chunk.deletions} times while the run needed it.`;
      await this.giveUp(chunk, { code: "TaskFailed", message });
      this.#underWay.delete(taskId(chunk));
    }
    return true;
  }

  /** Reads the outcome parts of a chunk that were stored since the last time. */
  async readParts(chunk: Chunk): Promise<void> {
    await this.#afterOthers(chunk, () => this.#readNewParts(chunk));
  }

  /** Does something with a chunk's parts when what others do with them has ended. */
  async #afterOthers(chunk: Chunk, action: () => void | Promise<void>): Promise<void> {
    const previous = this.#reading.get(chunk) ?? Promise.resolve();
    const next = previous.then(action);
    this.#reading.set(chunk, next);
    await next.finally(() => {
      if (this.#reading.get(chunk) === next) this.#reading.delete(chunk);
    });
  }

  /** Gives up the items of a chunk that have no outcome. */
  async giveUp(chunk: Chunk, loss: Loss): Promise<void> {
    if (chunk.open === 0) return;
    for (const { start, count } of segments(await this.openOffsets(chunk))) {
      chunk.open -= count;
      this.lose(chunk.root, { start: chunk.start + start, count }, loss);
    }
  }

  /** Takes what outcomes there are of the chunks under way, and gives up their other items. */
  async giveUpAll(loss: Loss): Promise<void> {
    for (const chunk of [...this.#underWay.values()]) {
      await this.readParts(chunk);
      await this.giveUp(chunk, loss);
    }
  }

  /** Gives items without an outcome one: that they have none. */
  lose(root: RootChunk, indices: { start: number; count: number }, loss: Loss): void {
    root.open -= indices.count;
    this.#with.log.add(root, { kind: "lost", indices, ...loss });
    this.#with.progress.finished(0, indices.count);
  }

  /** The log blobs in which an item's output may be, oldest first, with the item's place in its chunk. */
  logBlobs(index: number): { readonly blob: string; readonly offset: number }[] {
    return [...this.#logs.values()]
      .filter(({ chunk }) => index >= chunk.start && index < chunk.start + chunk.count)
      .flatMap(({ chunk, parts }) =>
        parts.map((part) => ({ blob: logBlob(chunk.number, part), offset: index - chunk.start })),
      );
  }

  /** All log blobs there are. */
  allLogBlobs(): string[] {
    return [...this.#logs.values()].flatMap(({ chunk, parts }) =>
      parts.map((part) => logBlob(chunk.number, part)),
    );
  }

  #isNews(taskId: string): boolean {
    const chunk = this.#underWay.get(taskId);
    return chunk !== undefined && !this.#seenTo.has(chunk) && !this.#incomplete.has(chunk);
  }

  /** Takes the parts that lists of blobs show, of these chunks and of others beside them. How many lists there were. */
  async #takeListed(chunks: readonly Chunk[], signal: AbortSignal): Promise<number> {
    const prefixes = prefixesOf(chunks);
    await allEnded(
      prefixes.map(async (prefix) => {
        const { container, clock } = this.#with.session;
        const found = await throughOutages(() => listParts(container, prefix, signal), signal, { clock });
        await allEnded([...found].map(([number, headers]) => this.#takeHeaders(number, headers)));
      }),
    );
    return prefixes.length;
  }

  async #takeHeaders(number: number, headers: readonly PartHeader[]): Promise<void> {
    const chunk = this.#underWay.get(taskId({ number }));
    if (chunk === undefined) return;
    await this.#afterOthers(chunk, () => {
      for (const header of headers) {
        if (chunk.open > 0 && header.part === chunk.parts) this.#take(chunk, header);
      }
    });
  }

  async #readNewParts(chunk: Chunk): Promise<void> {
    while (chunk.open > 0) {
      const blob = outcomeBlob(chunk.number, chunk.parts);
      const header = await this.#with.parts.header(blob);
      if (header === undefined) return;
      this.#take(chunk, header);
    }
  }

  #take(chunk: Chunk, header: PartHeader): void {
    const { log, progress, session, sizer, parts } = this.#with;
    const items = header.fulfilled + header.rejected;
    chunk.parts += 1;
    chunk.open -= items;
    chunk.root.open -= items;
    this.#outcomes += items;
    chunk.expectedEnd = expectedEnd(chunk, header, session.clock);
    if (header.logs) this.#noteLogs(chunk, header.part);
    sizer.measured(items, header.itemMilliseconds);
    log.add(chunk.root, {
      kind: "part",
      chunk: chunk.number,
      part: header.part,
      start: chunk.start,
      node: header.node,
      failures: header.rejected > 0,
    });
    progress.update({ bytesDown: parts.bytesRead });
    progress.finished(header.fulfilled, header.rejected, header.node);
    if (header.rejected > 0) this.#with.onItemFailed();
  }

  #noteLogs(chunk: Chunk, part: number): void {
    const noted = this.#logs.get(chunk.number) ?? { chunk, parts: [] };
    noted.parts.push(part);
    this.#logs.set(chunk.number, noted);
  }

  /**
   * A task ended, and items of it have no outcome: its runner died, twice, as the service tried the task again by itself. One
   * item of it may be the reason, so the open items are divided until that one is alone.
   */
  async #taskDied(chunk: Chunk, task: TaskState, signal: AbortSignal): Promise<void> {
    if (await this.#with.stopIfJobEnded()) return;
    this.#deaths += 1;
    const death = await this.#describeDeath(task);
    if (this.#outcomes === 0 && this.#deaths >= DEATHS_WITHOUT_OUTCOME) {
      throw new ServiceError(`Tasks of the run die before any item has an outcome. ${death.message}`, {
        service: "batch",
        code: "TasksFail",
        operation: "run tasks",
      });
    }
    const ended = task.executionInfo?.failureInfo?.code === "TaskEnded";
    if (chunk.open === 1 || ended) return this.giveUp(chunk, { code: "TaskFailed", ...death });
    const open = await this.openOffsets(chunk);
    const middle = Math.ceil(open.length / 2);
    const halves = [open.slice(0, middle), open.slice(middle)].flatMap(segments);
    const { submitter } = this.#with;
    const chunks = await submitter.divide(chunk, halves);
    this.replace(chunk, chunks);
    await submitter.submit(chunks, signal);
  }

  async #describeDeath(task: TaskState): Promise<{ message: string; stderr?: string }> {
    const { session } = this.#with;
    const stderr = await readIfPossible(
      session.batch.getTaskFile(session.jobId, task.id, "stderr.txt", { lastBytes: 4096 }),
    );
    const info = task.executionInfo;
    const why = info?.failureInfo === undefined ? `exit code ${info?.exitCode}` : words(info.failureInfo);
    const retries = info?.retryCount ?? 0;
    return {
      message: `The task ${task.id}, which held the item, died${retries > 0 ? ` ${retries + 1} times` : ""}: ${why}`,
      ...(stderr === undefined || stderr === "" ? {} : { stderr }),
    };
  }

  /** The items of a chunk without an outcome, by their place in it. */
  async openOffsets(chunk: Chunk): Promise<number[]> {
    const done = new Set<number>();
    for (let part = 0; part < chunk.parts; part++) {
      const { lines } = await this.#with.parts.read(outcomeBlob(chunk.number, part));
      for (const line of lines) done.add(parseOutcomeLine(line).offset);
    }
    return Array.from({ length: chunk.count }, (_, offset) => offset).filter((offset) => !done.has(offset));
  }
}

/** A part is seen so many milliseconds after it was stored, at most: if clocks say more, they differ. */
const MOST_LAG = 5000;

/** When a chunk's task should end, if its open items take as long as those before, of which this is the last part. */
function expectedEnd(chunk: Chunk, header: PartHeader, clock: Clock): number {
  const lag = Math.min(Math.max(0, clock.date() - header.storedAt), MOST_LAG);
  const ended = Math.max(1, chunk.count - chunk.open);
  return clock.now() - lag + (chunk.open * header.taskMilliseconds) / ended;
}

const FIRST_INTERVAL = partInterval(0);
/** A task that takes no longer leaves one part or two. */
const FEW_PARTS_MILLISECONDS = FIRST_INTERVAL + partInterval(FIRST_INTERVAL);

/** Whether a task ran for so long that it may have left several parts. */
function leavesParts({ executionInfo }: TaskState): boolean {
  const { startTime, endTime } = executionInfo ?? {};
  if (startTime === undefined || endTime === undefined) return false;
  return Date.parse(endTime) - Date.parse(startTime) > FEW_PARTS_MILLISECONDS;
}

function endedWell({ executionInfo }: TaskState): boolean {
  return executionInfo?.exitCode === 0 && executionInfo.failureInfo === undefined;
}

/** Ascending numbers as runs of neighbours. */
export function segments(offsets: readonly number[]): { start: number; count: number }[] {
  const runs: { start: number; count: number }[] = [];
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.count === offset) last.count += 1;
    else runs.push({ start: offset, count: 1 });
  }
  return runs;
}
