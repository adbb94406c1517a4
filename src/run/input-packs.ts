import { readFile } from "node:fs/promises";
import { packBlob } from "../protocol/blob-names.js";
import type { BlobRange } from "../protocol/command-line.js";
import type { FileSource } from "../work/prepared-work.js";
import { changed, unreadable } from "./file-refusals.js";

/*
 * Small input files travel together: a request for each would take longer than its bytes. A file gets its place in a pack when
 * it is first mentioned, and is read when the pack is uploaded, so that no more than the packs that are just going are held.
 */

const PACK_BYTES = 4 * 1024 * 1024;
/** Each holds a file open. */
const READS_AT_ONCE = 4;
/** Places of so many files are remembered. What is forgotten gets another place when it is mentioned again. */
const MOST_PLACES = 100_000;

/** The option that input files come from. */
export const INPUTS = "inputs";

/** What is known of a file when it is first mentioned. */
export interface Digest {
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
  readonly size: number;
}

/** Files that become one blob. */
export interface Pack {
  readonly blob: string;
  readonly files: { readonly source: FileSource; readonly place: BlobRange }[];
  size: number;
}

/** Gives small files their places in packs. */
export class InputPacks {
  readonly #runId: string;
  readonly #places = new Map<string, BlobRange>();
  #waiting: Pack[] = [];
  #packs = 0;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The place of a file's content, which is the same for the same content. */
  place(source: FileSource, { hash, size }: Digest): BlobRange {
    const known = this.#places.get(hash);
    if (known !== undefined) return known;
    const pack = this.#packFor(size);
    const place = { blob: pack.blob, offset: pack.size, size };
    pack.files.push({ source, place });
    pack.size += size;
    if (this.#places.size === MOST_PLACES) this.#places.clear();
    this.#places.set(hash, place);
    return place;
  }

  /** The packs to upload. What gets its place later goes into others. */
  take(): Pack[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  #packFor(size: number): Pack {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.size + size <= PACK_BYTES) return last;
    const pack = { blob: packBlob(this.#runId, this.#packs++), files: [], size: 0 };
    this.#waiting.push(pack);
    return pack;
  }
}

/**
 * The bytes of a pack, read now.
 *
 * @throws InvalidArgumentError where a file has another size than when it got its place, or is not there any more
 */
export async function contentOf({ files, size }: Pack): Promise<Buffer> {
  const content = Buffer.alloc(size);
  const queue = files.values();
  const readSome = async () => {
    for (const { source, place } of queue) content.set(await bytesOf(source, place.size), place.offset);
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readSome));
  return content;
}

async function bytesOf(source: FileSource, size: number): Promise<Buffer> {
  if ("content" in source) return Buffer.from(source.content);
  const { path } = source;
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause, INPUTS);
  });
  if (bytes.length !== size) throw changed(path, INPUTS);
  return bytes;
}
