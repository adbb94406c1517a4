/*
 * A command as it travels: data, never a line for a shell.
 */

/** An argument: text as it is, or the path of one of the run's files on the node. */
export type WireArgument = string | { readonly file: string };

/** Some bytes of a blob that holds several files. */
export interface BlobRange {
  readonly blob: string;
  readonly offset: number;
  readonly size: number;
}

/** Where a file lies in the run's container: it is a blob of its own, or a part of one. */
export type FilePlace = { readonly blob: string } | BlobRange;

/** An input file for one item: its place in the run's container, or a URL, and its name in the item's working directory. */
export type WireInput = { readonly as: string } & (FilePlace | { readonly url: string });

/** One item's command. */
export interface WireCommand {
  /**
   * A name found on the node's PATH, or a path; relative ones start at the item's working directory. Or what job preparation
   * left in its working directory.
   */
  readonly file: string | { readonly prepared: string };
  readonly args: readonly WireArgument[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the program reads from its standard input; nothing if absent. */
  readonly stdin?: string;
  readonly inputs?: readonly WireInput[];
  /** Globs, relative to the working directory, of the files to give back. */
  readonly outputs?: readonly string[];
  /** Exit codes that count as success; `[0]` if absent. */
  readonly successExitCodes?: readonly number[];
}

/** What a command's outcome carries as its value; its files travel beside it. */
export interface WireCommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
