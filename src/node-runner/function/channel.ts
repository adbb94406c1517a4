import type { Attempt } from "../attempt.js";

/*
 * What supervisor and worker say to each other: lines of fields between tabs. Encoded values hold neither tabs nor line
 * breaks. The worker writes its lines synchronously, so that what it said before it died has been said.
 */

/** The worker's file descriptors of the two directions. */
export const TO_WORKER = 3;
export const FROM_WORKER = 4;

/** What a worker must know besides the items. */
export interface WorkerSettings {
  /** The folder that job preparation filled. */
  readonly prepared: string;
  /** Where items get their working directories. */
  readonly itemFolders: string;
  /** The folder of the run's files. */
  readonly filesFolder: string;
  /** Their names, linked into every item's working directory. */
  readonly files: readonly string[];
  readonly timeout?: number;
  /** How many attempts of an item may fail before the worker stops by itself; absent where it goes on. */
  readonly stopAfterAttempts?: number;
}

export type ToWorker =
  | { readonly kind: "settings"; readonly settings: WorkerSettings }
  | { readonly kind: "attempt"; readonly attempt: Attempt }
  /** Give back what you have not begun. */
  | { readonly kind: "return" };

export type FromWorker =
  /** The function is loaded. */
  | { readonly kind: "ready" }
  /** The function cannot be loaded; the payload is an encoded failure. */
  | { readonly kind: "unloadable"; readonly payload: string }
  | {
      readonly kind: "end";
      readonly status: "fulfilled" | "rejected";
      readonly milliseconds: number;
      /** The files to give back, by their names in the item's working directory; undefined if it has no such directory. */
      readonly files: readonly string[] | undefined;
      /** The encoded value or failure. */
      readonly payload: string;
      /** Whether the worker ends now, after an error that nothing caught. */
      readonly last: boolean;
    }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  /** The attempts at these items were not begun, and will not be. */
  | { readonly kind: "returned"; readonly offsets: readonly number[] };

export function formatAttempt({ offset, index, attempt, text }: Attempt): string {
  return `A\t${offset}\t${index}\t${attempt}\t${text}\n`;
}

export function formatSettings(settings: WorkerSettings): string {
  return `S\t${JSON.stringify(settings)}\n`;
}

export const RETURN_LINE = "R\n";

export function parseToWorker(line: string): ToWorker {
  if (line.startsWith("A")) {
    const [offset, index, attempt, text] = fieldsOf(line, 4) as [string, string, string, string];
    return {
      kind: "attempt",
      attempt: { offset: Number(offset), index: Number(index), attempt: Number(attempt), text },
    };
  }
  if (line.startsWith("S"))
    return { kind: "settings", settings: JSON.parse(line.slice(2)) as WorkerSettings };
  return { kind: "return" };
}

export function formatFromWorker(message: FromWorker): string {
  switch (message.kind) {
    case "ready":
      return "L\n";
    case "unloadable":
      return `U\t${message.payload}\n`;
    case "end": {
      const mark = message.status === "fulfilled" ? "F" : message.last ? "X" : "R";
      const files = message.files === undefined ? "" : JSON.stringify(message.files);
      return `${mark}\t${message.milliseconds}\t${files}\t${message.payload}\n`;
    }
    case "output":
      return `${message.stream === "stdout" ? "O" : "E"}\t${JSON.stringify(message.text)}\n`;
    case "returned":
      return `B\t${JSON.stringify(message.offsets)}\n`;
  }
}

export function parseFromWorker(line: string): FromWorker {
  const mark = line.charAt(0);
  switch (mark) {
    case "L":
      return { kind: "ready" };
    case "U":
      return { kind: "unloadable", payload: line.slice(2) };
    case "O":
    case "E":
      return {
        kind: "output",
        stream: mark === "O" ? "stdout" : "stderr",
        text: JSON.parse(line.slice(2)) as string,
      };
    case "B":
      return { kind: "returned", offsets: JSON.parse(line.slice(2)) as number[] };
    default: {
      const [milliseconds, files, payload] = fieldsOf(line, 3) as [string, string, string];
      return {
        kind: "end",
        status: mark === "F" ? "fulfilled" : "rejected",
        milliseconds: Number(milliseconds),
        files: files === "" ? undefined : (JSON.parse(files) as string[]),
        payload,
        last: mark === "X",
      };
    }
  }
}

/** The fields after the mark; the last one is the rest of the line. */
function fieldsOf(line: string, count: number): string[] {
  const fields: string[] = [];
  let from = 2;
  while (fields.length < count - 1) {
    const tab = line.indexOf("\t", from);
    fields.push(line.slice(from, tab));
    from = tab + 1;
  }
  fields.push(line.slice(from));
  return fields;
}

/** Cuts a stream of text into its lines. */
export class LineSplitter {
  #rest: string[] = [];

  /** The lines that this piece completes. */
  push(piece: string): string[] {
    const lines = piece.split("\n");
    if (lines.length === 1) {
      this.#rest.push(piece);
      return [];
    }
    if (this.#rest.length > 0) lines[0] = this.#rest.join("") + lines[0];
    const rest = lines.pop() as string;
    this.#rest = rest === "" ? [] : [rest];
    return lines;
  }
}
