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

/** Attempts of neighbours, the same one for each: their places and indices follow each other. */
export interface AttemptRun {
  /** The first item's place in the chunk, from 0. */
  readonly offset: number;
  /** The first item's place in the run's input. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  /** The encoded items. */
  readonly texts: readonly string[];
  /** Whether each is made by itself, as one of them may end its process. */
  readonly alone: boolean;
}

/** A part of a run of attempts. */
export function partOf(run: AttemptRun, from: number, to: number): AttemptRun {
  if (from === 0 && to === run.texts.length) return run;
  const { offset, index, texts } = run;
  return { ...run, offset: offset + from, index: index + from, texts: texts.slice(from, to) };
}

/** The attempt at a place in a run of them. */
export function attemptAt({ offset, index, attempt, texts }: AttemptRun, place: number): Attempt {
  return { offset: offset + place, index: index + place, attempt, text: texts[place] as string };
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
