import type { FilePlace } from "../protocol/command-line.js";
import type { ItemFailure, ResultFile } from "../protocol/outcome-part.js";
import type { RequirementsFile } from "./requirements.js";

/** A file that a run brings to the nodes: one on this computer, or content made here. */
export type FileSource = { readonly path: string } | { readonly content: Uint8Array | string };

/** Sees to it that a file is uploaded, once, and gives its place in the run's container. */
export type UploadFile = (source: FileSource, name: string) => Promise<FilePlace>;

/** Makes the public object through which a result's file is read. */
export type OpenResultFile = (file: ResultFile) => OutputFile;

/** A file that an item gave back. It is read from the run's storage, as long as that is kept. */
export interface OutputFile {
  /** Its path relative to the item's working directory, with `/`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Its content. */
  bytes(): Promise<Uint8Array>;
  /** Its content, read as UTF-8. */
  text(): Promise<string>;
  /** Writes it to a file, whose folder is made where it is missing, and gives the file's path. It appears when it is complete. */
  save(path: string): Promise<string>;
  /** Its content, piece by piece as it is downloaded. */
  stream(): Promise<NodeJS.ReadableStream>;
}

/** Work as a run needs it: checked, and ready to be shipped. */
export interface PreparedWork {
  readonly kind: "function" | "command";
  /** Files of the run that the work itself needs on every node, by their names there: `work.mjs`, `files/script.py`. */
  readonly files: readonly { readonly name: string; readonly source: FileSource }[];
  /** The Python of the nodes that runs the work, and the packages it needs there. */
  readonly python?: { readonly interpreter: string; readonly requirements: readonly RequirementsFile[] };
  /**
   * The value that travels to the node for an item: the item itself, or a WireCommand. It throws (or rejects) with a typed
   * error that has the item's index where the item cannot be used.
   */
  toWire(item: unknown, index: number, upload: UploadFile): unknown;
  /** The public result made from what came back. */
  fromWire(value: unknown, files: readonly OutputFile[]): unknown;
  /** A better message for a failure, where this kind of work knows one. */
  explainFailure?(failure: ItemFailure): string | undefined;
}
