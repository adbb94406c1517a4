import type { AttemptRun, AttemptsWithItems } from "../attempt.js";

/*
 * What supervisor and worker say to each other: lines of fields between tabs, and after the line that announces items, their
 * text, of as many characters as it says. Encoded values hold neither tabs nor line breaks. The worker writes its lines
 * synchronously, so that what it said before it died has been said.
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
  /** Attempts; the text of their items follows, so many characters. */
  | { readonly kind: "attempts"; readonly run: AttemptRun; readonly characters: number }
  /** Give back what you have not begun. */
  | { readonly kind: "return" }
  /** Something was written past the worker: end each item by itself, so that it can be told whose it is. */
  | { readonly kind: "careful" };

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
  /** The next `count` attempts have ended well, with a value of plain JSON each. */
  | {
      readonly kind: "series";
      readonly count: number;
      /** Of all of them together. */
      readonly milliseconds: number;
      /** Their values, as a JSON array. */
      readonly payload: string;
    }
  /**
   * The next `count` attempts are made in one go, and what became of them is told when all have ended: where the process dies
   * before, it cannot be told which one it was. With 1, or before anything is said, it is the next one.
   */
  | { readonly kind: "window"; readonly count: number }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  /** Of the attempts it holds, those after the first `begun` ones were not begun, `count` of them, and will not be. */
  | { readonly kind: "returned"; readonly begun: number; readonly count: number };

export function formatAttempts({ run, text }: AttemptsWithItems): string {
  const { offset, index, attempt, count, alone } = run;
  return `A\t${offset}\t${index}\t${attempt}\t${count}\t${alone ? 1 : 0}\t${text.length}\n${text}`;
}

export function formatSettings(settings: WorkerSettings): string {
  return `S\t${JSON.stringify(settings)}\n`;
}

export const RETURN_LINE = "R\n";
export const CAREFUL_LINE = "C\n";

export function parseToWorker(line: string): ToWorker {
  if (line.startsWith("A")) {
    const [offset, index, attempt, count, alone, characters] = fieldsOf(line, 6).map(Number) as [
      ...[number, number, number, number, number, number],
    ];
    return { kind: "attempts", run: { offset, index, attempt, count, alone: alone === 1 }, characters };
  }
  if (line.startsWith("S"))
    return { kind: "settings", settings: JSON.parse(line.slice(2)) as WorkerSettings };
  return { kind: line.startsWith("C") ? "careful" : "return" };
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
    case "series":
      return `M\t${message.count}\t${message.milliseconds}\t${message.payload}\n`;
    case "window":
      return `W\t${message.count}\n`;
    case "returned":
      return `B\t${message.begun}\t${message.count}\n`;
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
    case "M": {
      const [count, milliseconds, payload] = fieldsOf(line, 3) as [string, string, string];
      return { kind: "series", count: Number(count), milliseconds: Number(milliseconds), payload };
    }
    case "W":
      return { kind: "window", count: Number(line.slice(2)) };
    case "B": {
      const [begun, count] = fieldsOf(line, 2).map(Number) as [number, number];
      return { kind: "returned", begun, count };
    }
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

/** Holds what came of a stream of text, until it is asked for. */
export class TextReader {
  #text = "";

  push(piece: string): void {
    this.#text += piece;
  }

  /** The next line; undefined where it has not come whole. */
  line(): string | undefined {
    const end = this.#text.indexOf("\n");
    if (end < 0) return undefined;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  /** The next so many characters; undefined where they have not come all. */
  characters(count: number): string | undefined {
    if (this.#text.length < count) return undefined;
    const text = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return text;
  }
}
