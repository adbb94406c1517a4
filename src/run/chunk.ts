import type { ChunkInput, OutcomesInput } from "../protocol/task-settings.js";

/**
 * A chunk of items, which is one Batch task. Where a task's runner dies again and again, its chunk is divided: the
 * chunks made of it keep their `root`, the chunk that was planned.
 */
export interface Chunk {
  readonly number: number;
  /** The index of its first item, and how many it holds. */
  readonly start: number;
  readonly count: number;
  readonly input: ItemsInput | UpstreamInput;
  readonly root: RootChunk;
  /** Outcome parts read so far: the next one has this number. */
  parts: number;
  /** Its items that have no outcome yet. */
  open: number;
  /** When its task should end, by the session's clock, to judge by the last part; undefined where there is none. */
  expectedEnd: number | undefined;
  /** How often its task was found deleted. */
  deletions: number;
}

/** Items that were sent. */
export type ItemsInput = Exclude<ChunkInput, OutcomesInput>;

/** What a chunk goes on with: outcomes of chunks of the run before. Which chunks hold them is known when its task is made. */
export interface UpstreamInput extends Omit<OutcomesInput, "chunks"> {
  readonly roots: readonly RootChunk[];
}

/** A chunk as it was planned: what reading in input order goes by. */
export interface RootChunk {
  readonly start: number;
  readonly count: number;
  /** Its items that have no outcome yet, those of the chunks made of it included. */
  open: number;
  /** The chunks made of it, in the order in which they were made. */
  readonly chunks: { readonly chunk: number; readonly start: number }[];
}

/** The task of a chunk: it follows from the chunk alone, so a repeated submission changes nothing. */
export function taskId(chunk: Pick<Chunk, "number">): string {
  return `chunk-${String(chunk.number).padStart(8, "0")}`;
}
