import type { ItemFailure, ResultFile } from "../protocol/outcome-part.js";

/** One attempt of an item, to be made. */
export interface Attempt {
  /** The item's place in the chunk, from 0. */
  readonly offset: number;
  /** The item's place in the run's input. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  /** The encoded item. */
  readonly text: string;
}

/** How an attempt went. */
export type AttemptResult =
  | { readonly status: "fulfilled"; readonly payload: string; readonly files: readonly ResultFile[] }
  | { readonly status: "rejected"; readonly failure: ItemFailure };

/** An attempt that has ended. */
export interface AttemptEnd {
  readonly offset: number;
  /** From 1; 0 for an item that never ran. */
  readonly attempt: number;
  readonly milliseconds: number;
  readonly result: AttemptResult;
  /** What it wrote; absent if nothing. */
  readonly output?: { readonly stdout: string; readonly stderr: string };
}
