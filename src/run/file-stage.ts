import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { limitFunction } from "p-limit";
import type { ContainerPort } from "../azure/ports.js";
import { InvalidArgumentError } from "../errors/index.js";
import { assetBlob } from "../protocol/blob-names.js";
import type { FileSource } from "../work/prepared-work.js";
import type { FileCache } from "./file-cache.js";

const UPLOADS_AT_ONCE = 8;
/** Each holds a file open. */
const HASHES_AT_ONCE = 16;
/** Hashes of so many files are remembered: many items may have the same large one. */
const MOST_HASHES = 10_000;

/** Smaller files cost as much to copy as to upload. */
const LEAST_CACHED = 64 * 1024;

interface Staged {
  readonly source: FileSource;
  readonly hash: string;
  /** What a file of this computer looked like when its hash was taken. */
  readonly looks: string | undefined;
}

/**
 * The files a run brings to its nodes. A file is named by its content's hash when it is first mentioned, which may be before
 * the run's container exists, and uploaded once, when the container is there.
 */
export class FileStage {
  readonly #waiting = new Map<string, Staged>();
  readonly #uploaded = new Set<string>();
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #hashOf = limitFunction(hashOf, { concurrency: HASHES_AT_ONCE });
  #cache: FileCache | undefined;
  #bytes = 0;

  /** Bytes uploaded so far. */
  get bytesUploaded(): number {
    return this.#bytes;
  }

  /** From now on, takes large files from what earlier runs have uploaded, and leaves its own to later ones. */
  useCache(cache: FileCache): void {
    this.#cache = cache;
  }

  /**
   * Takes note of a file, and gives the name of its blob.
   *
   * @throws InvalidArgumentError where there is no such file; `option` and `index` say who asked for it.
   */
  async add(source: FileSource, name: string, option: string, index?: number): Promise<string> {
    const looks = "path" in source ? await looksOf(source.path) : undefined;
    const hash = await this.#hash(source, looks, option, index);
    const blob = assetBlob(hash, name);
    if (!this.#uploaded.has(blob)) this.#waiting.set(blob, { source, hash, looks });
    return blob;
  }

  /** A file's hash, remembered as long as the file looks the same. */
  async #hash(
    source: FileSource,
    looks: string | undefined,
    option: string,
    index: number | undefined,
  ): Promise<string> {
    if (looks === undefined) return this.#hashOf(source, option, index);
    const known = this.#hashes.get(looks);
    if (known !== undefined) return known;
    if (this.#hashes.size === MOST_HASHES) this.#hashes.clear();
    const hash = this.#hashOf(source, option, index);
    this.#hashes.set(looks, hash);
    return hash;
  }

  /** Uploads what was added since the last time. */
  async upload(container: ContainerPort, signal?: AbortSignal): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const uploadOne = limitFunction(
      async ([blob, staged]: [string, Staged]) => {
        this.#bytes += await this.#bring(blob, staged, container, signal);
        this.#uploaded.add(blob);
      },
      { concurrency: UPLOADS_AT_ONCE },
    );
    await Promise.all(waiting.map((file) => uploadOne(file)));
  }

  /** Brings one file into the run's container; gives the bytes that were uploaded for it. */
  async #bring(
    blob: string,
    staged: Staged,
    container: ContainerPort,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { source, hash } = staged;
    const size = "path" in source ? (await stat(source.path)).size : Buffer.byteLength(source.content);
    if (this.#cache === undefined || size < LEAST_CACHED) {
      await put(container, blob, source, signal);
      return size;
    }
    const store = async (cache: ContainerPort) => {
      await put(cache, hash, source, signal);
      await refuseChanged(staged, cache);
    };
    const uploaded = await this.#cache.bring(hash, { container, blob }, store, { signal });
    return uploaded ? size : 0;
  }
}

async function put(
  container: ContainerPort,
  blob: string,
  source: FileSource,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ("path" in source) await container.putFile(blob, source.path, { signal });
  else await container.put(blob, source.content, { signal });
}

/** A file that was changed since its hash was taken would be wrong for all later runs. */
async function refuseChanged({ source, hash, looks }: Staged, cache: ContainerPort): Promise<void> {
  if (!("path" in source) || (await looksOf(source.path)) === looks) return;
  await cache.deleteBlob(hash);
  throw new InvalidArgumentError(`The file ${resolve(source.path)} changed while it was uploaded.`, {
    option: "cache",
  });
}

/** What changes when a file does; undefined where there is none. */
async function looksOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && [resolve(path), found.ino, found.size, found.mtimeMs].join("\0");
}

async function hashOf(source: FileSource, option: string, index?: number): Promise<string> {
  const hash = createHash("sha256");
  if ("content" in source) return hash.update(source.content).digest("hex");
  try {
    await pipeline(createReadStream(source.path), hash);
  } catch (error) {
    const path = resolve(source.path);
    const why =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "does not exist"
        : `cannot be read (${(error as Error).message})`;
    throw new InvalidArgumentError(`The file ${path} of ${option} ${why}.`, { option, index, cause: error });
  }
  return hash.digest("hex");
}
