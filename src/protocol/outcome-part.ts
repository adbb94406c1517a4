import type { ItemErrorCode } from "../errors/item-error.js";

/*
 * A chunk's outcomes travel in parts: blobs of lines that the node runner creates (never overwrites) in the order 0, 1,
 * 2, … without gaps. The first line is the part's header, each further one an item's outcome, or those of neighbours that
 * have nothing but a value of plain JSON. An item has the outcome of the first part that holds it; no later part repeats it.
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
  /** When this part was made, in milliseconds since 1970 by the node's clock. */
  readonly storedAt: number;
  /** Whether the log blob of the same number exists. */
  readonly logs: boolean;
}

/** The name of a part's item of metadata that holds its header, in JSON: a list of blobs shows it, and no part need be read. */
export const PART_METADATA = "part";

/**
 * How long outcomes of a task wait for others before they are stored, in milliseconds, when its runner has run for so long:
 * at first two seconds, so that it is soon known how the task goes; then three, and in a long task a part of its time, so that it
 * leaves few parts and a node that goes takes little along.
 */
export function partInterval(taskMilliseconds: number): number {
  if (taskMilliseconds < 1_000) return 2_000;
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

/** The outcomes of neighbours, each with a value of plain JSON and nothing else: a line for all of them. */
export interface OutcomeSeries {
  readonly status: "series";
  /** The place of the first one in its chunk. */
  readonly offset: number;
  readonly count: number;
  readonly attempt: number;
  /** Milliseconds of all of them together. */
  readonly milliseconds: number;
  /** Their values, as a JSON array. */
  readonly payload: string;
}

/** The line of a series; ends without a line break. The count stands where an item's line has its files. */
export function formatSeries({ offset, attempt, milliseconds, count, payload }: OutcomeSeries): string {
  return `${offset}\tS\t${attempt}\t${milliseconds}\t${count}\t${payload}`;
}

/** A series as the lines of its items. */
export function linesOfSeries({ offset, count, attempt, milliseconds, payload }: OutcomeSeries): string[] {
  const each = Math.round((milliseconds / count) * 1000) / 1000;
  return (JSON.parse(payload) as unknown[]).map((value, place) =>
    formatOutcomeLine({
      offset: offset + place,
      status: "fulfilled",
      attempt,
      milliseconds: each,
      files: [],
      payload: JSON.stringify(value),
    }),
  );
}

/** One item's line; ends without a line break. The payload comes last, as it is: encoded values hold no tab or line break. */
export function formatOutcomeLine(line: OutcomeLine): string {
  const files = line.files.length === 0 ? "" : JSON.stringify(line.files);
  return `${line.offset}\t${line.status === "fulfilled" ? "F" : "R"}\t${line.attempt}\t${line.milliseconds}\t${files}\t${line.payload}`;
}

/** The inverse of {@link formatOutcomeLine}. */
export function parseOutcomeLine(text: string): OutcomeLine {
  const entry = parseEntry(text);
  if (entry.status === "series") throw new Error("An outcome line holds more than one item.");
  return entry;
}

/** The inverse of {@link formatOutcomeLine} and of {@link formatSeries}. */
export function parseEntry(text: string): OutcomeLine | OutcomeSeries {
  const fields: string[] = [];
  let from = 0;
  for (let field = 0; field < 5; field++) {
    const tab = text.indexOf("\t", from);
    if (tab < 0) throw new Error("An outcome line has too few fields.");
    fields.push(text.slice(from, tab));
    from = tab + 1;
  }
  const [offset, status, attempt, milliseconds, more] = fields as [string, string, string, string, string];
  const common = {
    offset: Number(offset),
    attempt: Number(attempt),
    milliseconds: Number(milliseconds),
    payload: text.slice(from),
  };
  if (status === "S") return { status: "series", count: Number(more), ...common };
  return {
    status: status === "F" ? "fulfilled" : "rejected",
    files: more === "" ? [] : (JSON.parse(more) as ResultFile[]),
    ...common,
  };
}

/** A whole part. */
export function formatPart(header: PartHeader, lines: readonly string[]): string {
  return `${JSON.stringify(header)}\n${lines.join("\n")}${lines.length > 0 ? "\n" : ""}`;
}

/** The header alone, given a part's beginning; undefined where that holds less than the header. */
export function headerOf(beginning: string): PartHeader | undefined {
  const end = beginning.indexOf("\n");
  return end < 0 ? undefined : (JSON.parse(beginning.slice(0, end)) as PartHeader);
}

/** Splits a part into its header and its entries, unparsed: lines of an item or of a series. */
export function splitEntries(text: string): { header: PartHeader; entries: string[] } {
  const entries = text.split("\n");
  if (entries.at(-1) === "") entries.pop();
  const header = entries.shift();
  if (header === undefined) throw new Error("An outcome part is empty.");
  return { header: JSON.parse(header), entries };
}

/** Splits a part into its header and its unparsed lines, one for each item. */
export function splitPart(text: string): { header: PartHeader; lines: string[] } {
  const { header, entries } = splitEntries(text);
  const lines = entries.flatMap((entry) => {
    if (!isSeries(entry)) return [entry];
    return linesOfSeries(parseEntry(entry) as OutcomeSeries);
  });
  return { header, lines };
}

function isSeries(entry: string): boolean {
  const tab = entry.indexOf("\t");
  return entry.charAt(tab + 1) === "S";
}
