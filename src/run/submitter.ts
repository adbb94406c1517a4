import type { TaskParameter } from "../azure/parameters/index.js";
import { ServiceError } from "../errors/index.js";
import { inputBlob } from "../protocol/blob-names.js";
import { CHUNK_SETTING, type ChunkInput, type ChunkSettings } from "../protocol/task-settings.js";
import { type Chunk, type RootChunk, taskId } from "./chunk.js";
import type { FileStage } from "./file-stage.js";
import type { EncodedItems } from "./item-source.js";
import { throughOutages } from "./outage.js";
import { RUN_COMMAND } from "./prepare-script.js";
import type { Session } from "./session.js";

/** What fits into a task together with the rest of it: 100 tasks make a request, which may have 1 MB. */
const INLINE_BYTES = 4096;
/** Inputs of several chunks share a blob up to this size. */
const PACK_BYTES = 8 * 1024 * 1024;

interface Packed {
  readonly items: EncodedItems;
  readonly input: ChunkInput;
}

/** Makes chunks of encoded items, and tasks of chunks. */
export class Submitter {
  readonly #session: Session;
  readonly #stage: FileStage;
  readonly #concurrency: number;
  #chunks = 0;
  #packs = 0;
  #tasks = 0;
  #bytes = 0;

  constructor(session: Session, stage: FileStage, concurrency: number) {
    this.#session = session;
    this.#stage = stage;
    this.#concurrency = concurrency;
  }

  /** Bytes of inputs sent so far, files included. */
  get bytesSent(): number {
    return this.#bytes + this.#stage.bytesUploaded;
  }

  /** Tasks submitted so far. */
  get tasksSubmitted(): number {
    return this.#tasks;
  }

  /** Stores the inputs of new chunks; nothing runs before {@link submit}. `root` is for chunks made by division. */
  async makeChunks(batches: readonly EncodedItems[], root?: RootChunk): Promise<Chunk[]> {
    await this.#stage.upload(this.#session.container);
    const packed = await this.#pack(batches);
    return packed.map(({ items, input }) => {
      const extent = { start: items.start, count: items.count };
      return {
        ...extent,
        number: this.#chunks++,
        input,
        root: root ?? { ...extent, open: extent.count },
        parts: 0,
        open: extent.count,
        deletions: 0,
      };
    });
  }

  /** Adds the chunks' tasks to the job; gives the ids of those that were not there. */
  async submit(chunks: readonly Chunk[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const tasks = chunks.map(taskParameter);
    const { batch, jobId, clock } = this.#session;
    const options = { signal, concurrency: this.#concurrency };
    const results = await throughOutages(() => batch.addTasks(jobId, tasks, options), signal, { clock });
    this.#tasks += tasks.length;
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
  async linesOf(chunk: Chunk): Promise<string[]> {
    if (chunk.input.kind === "inline") return chunk.input.lines.split("\n");
    const { blob, offset, length } = chunk.input;
    const content = await this.#session.container.get(blob, { offset, length });
    if (content === undefined) throw new Error(`The input blob ${blob} is missing in storage.`);
    return content.toString("utf8").split("\n");
  }

  /** Small inputs travel inside their task; others are packed, many to a blob. */
  async #pack(batches: readonly EncodedItems[]): Promise<Packed[]> {
    const uploads: Promise<void>[] = [];
    let pack: Buffer[] = [];
    let packBytes = 0;
    let blob = inputBlob(this.#packs);
    const close = () => {
      if (pack.length === 0) return;
      const content = Buffer.concat(pack);
      this.#bytes += content.length;
      uploads.push(this.#session.container.put(blob, content));
      this.#packs += 1;
      pack = [];
      packBytes = 0;
      blob = inputBlob(this.#packs);
    };
    const packed = batches.map((items): Packed => {
      const lines = items.text;
      if (lines.length <= INLINE_BYTES && Buffer.byteLength(JSON.stringify(lines)) <= INLINE_BYTES) {
        this.#bytes += lines.length;
        return { items, input: { kind: "inline", lines } };
      }
      const content = Buffer.from(lines, "utf8");
      if (packBytes > 0 && packBytes + content.length > PACK_BYTES) close();
      const input: ChunkInput = { kind: "blob", blob, offset: packBytes, length: content.length };
      pack.push(content);
      packBytes += content.length;
      return { items, input };
    });
    close();
    await Promise.all(uploads);
    return packed;
  }
}

function taskParameter(chunk: Chunk): TaskParameter {
  const settings: ChunkSettings = {
    chunk: chunk.number,
    start: chunk.start,
    count: chunk.count,
    input: chunk.input,
  };
  return {
    id: taskId(chunk),
    commandLine: RUN_COMMAND,
    environmentSettings: [{ name: CHUNK_SETTING, value: JSON.stringify(settings) }],
  };
}
