import type { OutputFile } from "./prepared-work.js";

/**
 * Files that a command finds in its working directory, by their own names or what `as` says.
 *
 * - A path on this computer: a file; a folder, with all that is below it, under its name; or a glob, such as `"data/*.csv"`,
 *   whose matches have their names from the last folder without wildcards. With `as`, folders and globs come into a folder of
 *   that name. Files are uploaded once, however many items have them, small ones together; large ones are never held in memory.
 * - An `http(s):` URL: the node downloads it, nothing is uploaded, and what its query holds is never shown. A `file:` URL is
 *   a path.
 * - Content made here.
 */
export type CommandInput =
  | string
  | URL
  | { readonly path: string; readonly as?: string }
  | { readonly url: string | URL; readonly as?: string }
  | { readonly content: string | Uint8Array; readonly as: string };

/**
 * A program for one item, as data: no shell ever reads it, so nothing in it has to be quoted.
 *
 * @example
 * ```ts
 * const spec: CommandSpec = {
 *   file: "convert",
 *   args: ["in.jpg", "-resize", "50%", "out.png"],
 *   inputs: [{ path: "photos/cat.jpg", as: "in.jpg" }],
 *   outputs: ["out.png"],
 * };
 * ```
 */
export interface CommandSpec {
  /** The program: a name that the node finds on its PATH, or a path; relative ones start at the working directory. */
  readonly file: string;
  /** Its arguments, each as it is. Default: none. */
  readonly args?: readonly (string | number)[];
  /** Environment variables beside those of the node and of the run's option `env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input, in UTF-8. Default: nothing. */
  readonly stdin?: string;
  /** Files to bring to its working directory. Default: none. */
  readonly inputs?: readonly CommandInput[];
  /** Which files to give back: globs relative to the working directory, such as `"out/*.png"`. Default: none. */
  readonly outputs?: readonly string[];
  /** The exit codes that count as success. Default: `[0]`. */
  readonly successExitCodes?: readonly number[];
}

/** What a program gave back. */
export interface CommandResult {
  /** Its exit code: one of `successExitCodes`. */
  readonly exitCode: number;
  /** What it wrote to its standard output, read as UTF-8. */
  readonly stdout: string;
  /** What it wrote to its error stream, read as UTF-8. */
  readonly stderr: string;
  /** The files that `outputs` asked for. */
  readonly files: readonly OutputFile[];
}

/** A value for all items, or a function that gives each item its own. */
export type PerItem<T, V> = V | ((item: T, index: number) => V);

/** What a command or a Python script may have beside its arguments. */
export interface CommandOptions<T> {
  /** Environment variables beside those of the node and of the run's option `env`. */
  readonly env?: PerItem<T, Readonly<Record<string, string>>>;
  /** What it reads from its standard input, in UTF-8. Default: nothing. */
  readonly stdin?: PerItem<T, string>;
  /** Files to bring to its working directory. */
  readonly inputs?: PerItem<T, readonly CommandInput[]>;
  /** Which files to give back: globs relative to the working directory. Default: none. */
  readonly outputs?: PerItem<T, readonly string[]>;
  /** The exit codes that count as success. Default: `[0]`. */
  readonly successExitCodes?: readonly number[];
}
