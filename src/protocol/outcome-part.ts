import type { ItemErrorCode } from "../errors/item-error.js";

/*
 * A chunk's outcomes travel in parts: blobs of lines that the node runner creates (never overwrites) in the order 0, 1,
 * 2, … without gaps. The first line is the part's header, each further one an item's outcome. An item has the outcome of
 * the first part that holds it; no later part repeats it.
 */

/** The first line of a part. */
export interface PartHeader {
  readonly version: 1;
  readonly chunk: number;
  readonly part: number;
  /** Whether every item of the chunk now has its outcome: no part follows. */
  readonly complete: boolean;
  /** How many of this part's items have a value, and how many do not. */
  readonly fulfilled: number;
  readonly rejected: number;
  /** The id of the compute node that ran these items. */
  readonly node: string;
  /** Milliseconds the items of this part took, summed over their last attempts. */
  readonly itemMilliseconds: number;
  /** Milliseconds since the task's runner started, until this part was made. */
  readonly taskMilliseconds: number;
  /** Whether the log blob of the same number exists. */
  readonly logs: boolean;
}

/** The name of a part's item of metadata that holds its header, in JSON: a list of blobs shows it, and no part need be read. */
export const PART_METADATA = "part";

/**
 * How long outcomes of a task wait for others before they are stored, in milliseconds, when its runner has run for so long:
 * a few seconds, and in a long task a part of its time, so that it leaves few parts and a node that goes takes little along.
 */
export function partInterval(taskMilliseconds: number): number {
  return Math.min(Math.max(3_000, taskMilliseconds / 4), 60_000);
}

/** A file that an item gave back, as it lies in the run's container. */
export interface ResultFile {
  /** Its path relative to the item's working directory, with `/`. */
  readonly name: string;
  readonly size: number;
  readonly blob: string;
}

/** Why an item failed, as it travels. */
export interface ItemFailure {
  /** Only the client knows of the others: it gives up what no node ever held, or finished. */
  readonly code: Exclude<ItemErrorCode, "TaskFailed" | "DeadlineExceeded">;
  readonly message: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly remoteStack?: string;
  /** What the function threw; an Error comes back as an Error. */
  readonly cause?: unknown;
}

/** One item's outcome, as a line holds it. */
export interface OutcomeLine {
  /** The item's place in its chunk, from 0. */
  readonly offset: number;
  readonly status: "fulfilled" | "rejected";
  /** Which attempt it was, from 1; 0 for an item that never ran. */
  readonly attempt: number;
  /** Milliseconds of that attempt. */
  readonly milliseconds: number;
  readonly files: readonly ResultFile[];
  /** The encoded value, or the encoded {@link ItemFailure}. */
  readonly payload: string;
}

/** One item's line; ends without a line break. The payload comes last, as it is: encoded values hold no tab or line break. */
export function formatOutcomeLine(line: OutcomeLine): string {
  const files = line.files.length === 0 ? "" : JSON.stringify(line.files);
  return `${line.offset}\t${line.status === "fulfilled" ? "F" : "R"}\t${line.attempt}\t${line.milliseconds}\t${files}\t${line.payload}`;
}

/** The inverse of {@link formatOutcomeLine}. */
export function parseOutcomeLine(text: string): OutcomeLine {
  const fields: string[] = [];
  let from = 0;
  for (let field = 0; field < 5; field++) {
    const tab = text.indexOf("\t", from);
    if (tab < 0) throw new Error("An outcome line has too few fields.");
    fields.push(text.slice(from, tab));
    from = tab + 1;
  }
  const [offset, status, attempt, milliseconds, files] = fields as [string, string, string, string, string];
  return {
    offset: Number(offset),
    status: status === "F" ? "fulfilled" : "rejected",
    attempt: Number(attempt),
    milliseconds: Number(milliseconds),
    files: files === "" ? [] : JSON.parse(files),
    payload: text.slice(from),
  };
}

/** A whole part. */
export function formatPart(header: PartHeader, lines: readonly string[]): string {
  return `${JSON.stringify(header)}\n${lines.join("\n")}${lines.length > 0 ? "\n" : ""}`;
}

/** Splits a part into its header and its unparsed lines. */
export function splitPart(text: string): { header: PartHeader; lines: string[] } {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const header = lines.shift();
  if (header === undefined) throw new Error("An outcome part is empty.");
  return { header: JSON.parse(header), lines };
}
