import type { BatchTask } from "../../azure/resources/index.js";
import { CHUNK_SETTING, type ChunkSettings } from "../../protocol/task-settings.js";
import { type Chunk, type ItemsInput, type RootChunk, taskId } from "../chunk.js";
import type { Collector, Loss } from "../collector.js";
import { planLost } from "../drive.js";
import type { LossRecord } from "../losses.js";
import { throughOutages } from "../outage.js";
import type { OutcomeLog } from "../outcome-log.js";
import type { ProgressMeter } from "../progress-meter.js";
import type { JobSession } from "../session.js";
import type { Numbers } from "../submitter.js";
import { PACES } from "../watcher.js";

/** What is learnt of chunks goes to these. */
export interface ChunkListeners {
  readonly collector: Collector;
  readonly log: OutcomeLog;
  readonly progress: ProgressMeter;
  /** Moved beyond the numbers of all chunks that there are. */
  readonly numbers: Numbers;
}

/** A chunk as its task tells it. */
type Told = Pick<Chunk, "number" | "start" | "count"> & { readonly input: ItemsInput };

interface Root {
  readonly root: RootChunk;
  /** The chunk that was planned, and those made of it by division. */
  readonly chunks: Chunk[];
  /** Those of them that were divided. */
  readonly divided: Set<Chunk>;
}

/**
 * The chunks of a run that another process has made, as the settings of their tasks tell them. Tasks may be seen in any order:
 * a chunk counts when all items before its own are known to have one.
 */
export class KnownChunks {
  readonly #session: JobSession;
  readonly #tell: ChunkListeners;
  readonly #seen = new Set<string>();
  /** In input order. */
  readonly #roots: Root[] = [];
  #waiting: Told[] = [];
  /** The latest time of creation of a task, in milliseconds since 1970. */
  #latest: number | undefined;

  constructor(session: JobSession, tell: ChunkListeners) {
    this.#session = session;
    this.#tell = tell;
  }

  /** Looks for tasks that were not there before. How many there were. */
  async look(signal: AbortSignal): Promise<number> {
    const tasks = await throughOutages(() => this.#newTasks(signal), signal, { clock: this.#session.clock });
    for (const { id, creationTime } of tasks) {
      this.#seen.add(id);
      this.#latest = Math.max(this.#latest ?? 0, Date.parse(creationTime));
    }
    const settings = tasks.flatMap((task) => settingsOf(task) ?? []);
    const { numbers } = this.#tell;
    for (const { chunk } of settings) numbers.chunks = Math.max(numbers.chunks, chunk + 1);
    this.#waiting.push(...settings.flatMap((chunk) => toldBy(chunk) ?? []));
    await this.#place();
    return tasks.length;
  }

  /** No more tasks will come: items that have none, while others after them have, get the reason. */
  async close(loss: Loss): Promise<void> {
    const { log, progress } = this.#tell;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      planLost(log, progress, first.start - log.planned, loss);
      await this.#place();
    }
  }

  /** Takes over what another process knew of items that no node gave an outcome. */
  lose({ start, count, ...loss }: LossRecord): void {
    const { collector, log, progress } = this.#tell;
    if (start >= log.planned) {
      planLost(log, progress, count, loss);
      return;
    }
    const owner = this.#rootOf(start);
    const chunk = owner && innermost(owner, { start, count });
    if (owner === undefined || chunk === undefined || chunk.open < count) return;
    chunk.open -= count;
    collector.lose(owner.root, { start, count }, loss);
  }

  /** Lets go of what is known of chunks whose items all have their outcome: it may be a lot. */
  letGoOfClosed(): void {
    for (const { root, chunks } of this.#roots) if (root.open === 0) chunks.length = 0;
  }

  async #newTasks(signal: AbortSignal): Promise<BatchTask[]> {
    const { batch, jobId, engine } = this.#session;
    const from = this.#latest === undefined ? undefined : this.#latest - PACES[engine].overlap;
    const query = {
      select: ["id", "creationTime", "environmentSettings"],
      ...(from === undefined ? {} : { filter: `creationTime ge DateTime'${new Date(from).toISOString()}'` }),
    };
    const tasks: BatchTask[] = [];
    for await (const task of batch.tasks.list(jobId, query, { signal })) {
      if (!this.#seen.has(task.id)) tasks.push(task);
    }
    return tasks;
  }

  async #place(): Promise<void> {
    const { log } = this.#tell;
    // A chunk comes before those that were made of it, which have higher numbers.
    const waiting = this.#waiting.sort((a, b) => a.start - b.start || a.number - b.number);
    let placed = 0;
    for (const told of waiting) {
      if (told.start > log.planned) break;
      if (told.start === log.planned) this.#plan(told);
      else await this.#takePiece(told);
      placed += 1;
    }
    this.#waiting = waiting.slice(placed);
  }

  #plan(told: Told): void {
    const { start, count } = told;
    const { log, collector, progress } = this.#tell;
    const root: RootChunk = { start, count, open: count, chunks: [] };
    const chunk = chunkOf(told, root);
    this.#roots.push({ root, chunks: [chunk], divided: new Set() });
    log.plan(root);
    collector.expect(chunk);
    progress.update({ taken: log.planned, tasks: this.#seen.size });
  }

  /** A task's runner had died, and the open items of its chunk were divided. */
  async #takePiece(told: Told): Promise<void> {
    const { collector } = this.#tell;
    const owner = this.#rootOf(told.start);
    const whole = owner && innermost(owner, told);
    if (owner === undefined || whole === undefined) return;
    const piece = chunkOf(told, owner.root);
    owner.chunks.push(piece);
    if (owner.divided.has(whole)) return collector.expect(piece);
    owner.divided.add(whole);
    await collector.readParts(whole);
    collector.replace(whole, [piece]);
  }

  /** The root that holds an item which has one. */
  #rootOf(index: number): Root | undefined {
    let low = 0;
    let high = this.#roots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#roots[middle] as Root).root.start <= index) low = middle + 1;
      else high = middle;
    }
    return this.#roots[low - 1];
  }
}

/** The smallest of a root's chunks that holds these items. */
function innermost({ chunks }: Root, { start, count }: { start: number; count: number }): Chunk | undefined {
  return chunks
    .filter((chunk) => chunk.start <= start && start + count <= chunk.start + chunk.count)
    .sort((a, b) => a.count - b.count)[0];
}

function chunkOf({ number, start, count, input }: Told, root: RootChunk): Chunk {
  root.chunks.push({ chunk: number, start });
  return { number, start, count, input, root, parts: 0, open: count, expectedEnd: undefined, deletions: 0 };
}

/** Undefined for a task that is no run's: somebody may have added one. */
function settingsOf({ id, environmentSettings }: BatchTask): ChunkSettings | undefined {
  const text = environmentSettings?.find(({ name }) => name === CHUNK_SETTING)?.value;
  if (text === undefined) return undefined;
  const settings = JSON.parse(text) as ChunkSettings;
  return id === taskId({ number: settings.chunk }) ? settings : undefined;
}

/** Undefined for those of runs that go on with this one. */
function toldBy({ chunk: number, start, count, input, stage }: ChunkSettings): Told | undefined {
  return stage !== undefined || input.kind === "outcomes" ? undefined : { number, start, count, input };
}
