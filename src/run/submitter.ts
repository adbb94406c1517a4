import type { TaskParameter } from "../azure/parameters/index.js";
import { ServiceError } from "../errors/index.js";
import { inputBlob } from "../protocol/blob-names.js";
import { CHUNK_SETTING, type ChunkSettings } from "../protocol/task-settings.js";
import { type Chunk, type ItemsInput, type RootChunk, taskId, type UpstreamInput } from "./chunk.js";
import type { FileStage } from "./file-stage.js";
import type { EncodedItems } from "./item-source.js";
import { throughOutages } from "./outage.js";
import { RUN_COMMAND } from "./prepare-script.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { JobSession } from "./session.js";

/** What fits into a task together with the rest of it: 100 tasks make a request, which may have 1 MB. */
const INLINE_BYTES = 4096;
/** Inputs of several chunks share a blob up to this size. */
const PACK_BYTES = 8 * 1024 * 1024;

interface Packed {
  readonly items: EncodedItems;
  readonly input: ItemsInput;
}

/** What the chunks of all runs that share a job are numbered by. */
export interface Numbers {
  chunks: number;
  packs: number;
}

/** Items of which nothing is sent, as they are outcomes that lie in storage. */
export interface Extent {
  readonly start: number;
  readonly count: number;
  readonly input: UpstreamInput;
}

/** Makes chunks of encoded items, and tasks of chunks. */
export class Submitter {
  readonly #session: JobSession;
  readonly #progress: ProgressMeter;
  readonly #stage: FileStage;
  readonly #concurrency: number;
  readonly #numbers: Numbers;
  readonly #settings: string | undefined;
  #bytes = 0;

  /** `settings` is the blob that says what is different from the run that the job was made for. */
  constructor(
    session: JobSession,
    progress: ProgressMeter,
    stage: FileStage,
    concurrency: number,
    numbers: Numbers = { chunks: 0, packs: 0 },
    settings?: string,
  ) {
    this.#session = session;
    this.#progress = progress;
    this.#stage = stage;
    this.#concurrency = concurrency;
    this.#numbers = numbers;
    this.#settings = settings;
  }

  /** Bytes of inputs sent so far, files included. */
  get bytesSent(): number {
    return this.#bytes + this.#stage.bytesUploaded;
  }

  /** Stores the inputs of new chunks; nothing runs before {@link submit}. `root` is for chunks made by division. */
  async makeChunks(batches: readonly EncodedItems[], root?: RootChunk): Promise<Chunk[]> {
    await this.#stage.upload(this.#session.container);
    const packed = await this.#pack(batches);
    return packed.map(({ items, input }) =>
      this.#chunk({ start: items.start, count: items.count, input }, root),
    );
  }

  /** Makes a chunk of outcomes; nothing runs before {@link submit}. */
  chunkOf(extent: Extent, root?: RootChunk): Chunk {
    return this.#chunk(extent, root);
  }

  /** Makes chunks of some of a chunk's items, given by their places in it. */
  async divide(chunk: Chunk, pieces: readonly { start: number; count: number }[]): Promise<Chunk[]> {
    const { input, root } = chunk;
    if (input.kind === "outcomes") {
      return pieces.map(({ start, count }) => {
        const piece = { ...input, from: input.from + start, count };
        return this.chunkOf({ start: chunk.start + start, count, input: piece }, root);
      });
    }
    const lines = await this.#linesOf(input);
    const batches = pieces.map(({ start, count }) => ({
      start: chunk.start + start,
      count,
      text: lines.slice(start, start + count).join("\n"),
    }));
    return this.makeChunks(batches, root);
  }

  #chunk(made: Pick<Chunk, "start" | "count" | "input">, existing: RootChunk | undefined): Chunk {
    const { start, count } = made;
    const root = existing ?? { start, count, open: count, chunks: [] };
    const number = this.#numbers.chunks++;
    root.chunks.push({ chunk: number, start });
    return { ...made, number, root, parts: 0, open: count, expectedEnd: undefined, deletions: 0 };
  }

  /** Adds the chunks' tasks to the job; gives the ids of those that were not there. */
  async submit(chunks: readonly Chunk[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const tasks = chunks.map((chunk) => taskParameter(chunk, this.#settings));
    const { batch, jobId, clock } = this.#session;
    const options = { signal, concurrency: this.#concurrency };
    const results = await throughOutages(() => batch.addTasks(jobId, tasks, options), signal, { clock });
    this.#progress.submitted(tasks.length);
    const refused = results.find((result) => result.status === "refused");
    if (refused?.status !== "refused") {
      return new Set(results.filter(({ status }) => status === "added").map(({ taskId: id }) => id));
    }
    throw new ServiceError(`Batch refused the task ${refused.taskId}: ${refused.message}`, {
      service: "batch",
      code: refused.code,
      operation: "add tasks",
    });
  }

  /** The lines of a chunk, from where {@link makeChunks} put them. */
  async #linesOf(input: ItemsInput): Promise<string[]> {
    if (input.kind === "inline") return input.lines.split("\n");
    const { blob, offset, length } = input;
    const content = await this.#session.container.get(blob, { offset, length });
    if (content === undefined) throw new Error(`The input blob ${blob} is missing in storage.`);
    return content.toString("utf8").split("\n");
  }

  /** Small inputs travel inside their task; others are packed, many to a blob. */
  async #pack(batches: readonly EncodedItems[]): Promise<Packed[]> {
    const uploads: Promise<void>[] = [];
    let pack: Buffer[] = [];
    let packBytes = 0;
    let blob = inputBlob(this.#numbers.packs);
    const close = () => {
      if (pack.length === 0) return;
      const content = Buffer.concat(pack);
      this.#bytes += content.length;
      uploads.push(this.#session.container.put(blob, content));
      this.#numbers.packs += 1;
      pack = [];
      packBytes = 0;
      blob = inputBlob(this.#numbers.packs);
    };
    const packed = batches.map((items): Packed => {
      const lines = items.text;
      if (lines.length <= INLINE_BYTES && Buffer.byteLength(JSON.stringify(lines)) <= INLINE_BYTES) {
        this.#bytes += lines.length;
        return { items, input: { kind: "inline", lines } };
      }
      const content = Buffer.from(lines, "utf8");
      if (packBytes > 0 && packBytes + content.length > PACK_BYTES) close();
      const input: ItemsInput = { kind: "blob", blob, offset: packBytes, length: content.length };
      pack.push(content);
      packBytes += content.length;
      return { items, input };
    });
    close();
    await Promise.all(uploads);
    return packed;
  }
}

function taskParameter(chunk: Chunk, stage: string | undefined): TaskParameter {
  const { input } = chunk;
  const settings: ChunkSettings = {
    chunk: chunk.number,
    start: chunk.start,
    count: chunk.count,
    input: input.kind === "outcomes" ? whereItIs(input) : input,
    ...(stage === undefined ? {} : { stage }),
  };
  return {
    id: taskId(chunk),
    commandLine: RUN_COMMAND,
    environmentSettings: [{ name: CHUNK_SETTING, value: JSON.stringify(settings) }],
    ...(input.kind === "outcomes" ? dependencies(input) : {}),
    // However it ends, what depends on it goes on: it finds out by itself what there is to go on with.
    exitConditions: { default: { dependencyAction: "satisfy" } },
  };
}

function whereItIs({ roots, ...input }: UpstreamInput): ChunkSettings["input"] {
  return { ...input, chunks: roots.flatMap(({ chunks }) => chunks) };
}

/** The tasks that the chunk waits for; none where all that it goes on with is there. */
function dependencies({ roots }: UpstreamInput): Pick<TaskParameter, "dependsOn"> {
  const taskIds = roots
    .filter(({ open }) => open > 0)
    .flatMap(({ chunks: [first] }) => (first === undefined ? [] : [taskId({ number: first.chunk })]));
  return taskIds.length === 0 ? {} : { dependsOn: { taskIds } };
}
