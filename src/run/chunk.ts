import type { ChunkInput } from "../protocol/task-settings.js";

/**
 * A chunk of items, which is one Batch task. Where a task's runner dies again and again, its chunk is divided: the
 * chunks made of it keep their `root`, the chunk that was planned.
 */
export interface Chunk {
  readonly number: number;
  /** The index of its first item, and how many it holds. */
  readonly start: number;
  readonly count: number;
  readonly input: ChunkInput;
  readonly root: RootChunk;
  /** Outcome parts read so far: the next one has this number. */
  parts: number;
  /** Its items that have no outcome yet. */
  open: number;
  /** How often its task was found deleted. */
  deletions: number;
}

/** A chunk as it was planned: what reading in input order goes by. */
export interface RootChunk {
  readonly start: number;
  readonly count: number;
  /** Its items that have no outcome yet, those of the chunks made of it included. */
  open: number;
}

/** The task of a chunk: it follows from the chunk alone, so a repeated submission changes nothing. */
export function taskId(chunk: Pick<Chunk, "number">): string {
  return `chunk-${String(chunk.number).padStart(8, "0")}`;
}
