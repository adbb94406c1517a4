import type { ItemFailure, ResultFile } from "../protocol/outcome-part.js";

/** Which attempt it is, and of which item. */
export interface AttemptPlace {
  /** The item's place in the chunk, from 0. */
  readonly offset: number;
  /** The item's place in the run's input. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
}

/** One attempt of an item, to be made. */
export interface Attempt extends AttemptPlace {
  /** The encoded item. */
  readonly text: string;
}

/** Attempts of neighbours, the same one for each, from that of the first item on: their places and indices follow each other. */
export interface AttemptRun extends AttemptPlace {
  readonly count: number;
  /** Whether each is made by itself, as one of them may end its process. */
  readonly alone: boolean;
}

/** Attempts to be made, with what they take. */
export interface AttemptsWithItems {
  readonly run: AttemptRun;
  /** The encoded items, a line of each; the last one without its end. */
  readonly text: string;
}

/** A part of a run of attempts. */
export function partOf(run: AttemptRun, from: number, to: number): AttemptRun {
  if (from === 0 && to === run.count) return run;
  return { ...run, offset: run.offset + from, index: run.index + from, count: to - from };
}

/** The attempt at a place in a run of them. */
export function attemptAt({ offset, index, attempt }: AttemptRun, place: number): AttemptPlace {
  return { offset: offset + place, index: index + place, attempt };
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

/** Neighbours' attempts that have ended well, with nothing but a value each. */
export interface SeriesEnd {
  /** The first item's place in the chunk, from 0. */
  readonly offset: number;
  readonly count: number;
  readonly attempt: number;
  /** Of all of them together. */
  readonly milliseconds: number;
  /** Their values, as a JSON array. */
  readonly payload: string;
}
