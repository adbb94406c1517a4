import { brand, hasBrand } from "./brand.js";

/** Why a file of a task or a node could not be read or stored. */
export type FileErrorCode =
  /** There is none: the task has not been on a node yet, the node or the file is gone, or there never was one. */
  | "FileNotFound"
  /** It is a folder. */
  | "IsDirectory"
  /** It was cut or taken away while it was read. */
  | "FileChanged"
  /** Its name would lead out of the folder that files are stored in. */
  | "UnsafePath";

/**
 * A file of a task, a node or an item that could not be read, or not be stored here. Nothing of it was stored.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * await batch.job("nightly").task("t1").stdout().catch((error) => {
 *   if (error instanceof FileError) console.error(error.code, error.path); // FileNotFound stdout.txt
 * });
 * ```
 */
export class FileError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "FileError";
  /** Why. */
  readonly code: FileErrorCode;
  /** The file's path below the task's, the node's or the item's directory. */
  readonly path: string;

  constructor(message: string, details: { code: FileErrorCode; path: string; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "FileError");
    this.code = details.code;
    this.path = details.path;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "FileError");
  }
}
