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

const UPLOADS_AT_ONCE = 8;
/** Each holds a file open. */
const HASHES_AT_ONCE = 16;
/** Hashes of so many files are remembered: many items may have the same large one. */
const MOST_HASHES = 10_000;

/**
 * The files a run brings to its nodes. A file is named by its content's hash when it is first mentioned, which may be before
 * the run's container exists, and uploaded once, when the container is there.
 */
export class FileStage {
  readonly #waiting = new Map<string, FileSource>();
  readonly #uploaded = new Set<string>();
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #hashOf = limitFunction(hashOf, { concurrency: HASHES_AT_ONCE });
  #bytes = 0;

  /** Bytes uploaded so far. */
  get bytesUploaded(): number {
    return this.#bytes;
  }

  /**
   * Takes note of a file, and gives the name of its blob.
   *
   * @throws InvalidArgumentError where there is no such file; `option` and `index` say who asked for it.
   */
  async add(source: FileSource, name: string, option: string, index?: number): Promise<string> {
    const blob = assetBlob(await this.#hash(source, option, index), name);
    if (!this.#uploaded.has(blob)) this.#waiting.set(blob, source);
    return blob;
  }

  /** A file's hash, remembered as long as the file looks the same. */
  async #hash(source: FileSource, option: string, index?: number): Promise<string> {
    const found = "path" in source ? await stat(source.path).catch(() => undefined) : undefined;
    if (!("path" in source) || found === undefined) return this.#hashOf(source, option, index);
    const key = [resolve(source.path), found.ino, found.size, found.mtimeMs].join("\0");
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    if (this.#hashes.size === MOST_HASHES) this.#hashes.clear();
    const hash = this.#hashOf(source, option, index);
    this.#hashes.set(key, hash);
    return hash;
  }

  /** Uploads what was added since the last time. */
  async upload(container: ContainerPort, signal?: AbortSignal): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const uploadOne = limitFunction(
      async ([blob, source]: [string, FileSource]) => {
        if ("path" in source) await container.putFile(blob, source.path, { signal });
        else await container.put(blob, source.content, { signal });
        this.#bytes += "path" in source ? (await stat(source.path)).size : Buffer.byteLength(source.content);
        this.#uploaded.add(blob);
      },
      { concurrency: UPLOADS_AT_ONCE },
    );
    await Promise.all(waiting.map((file) => uploadOne(file)));
  }
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
