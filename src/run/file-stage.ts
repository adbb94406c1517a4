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

/**
 * The files a run brings to its nodes. A file is named by its content's hash when it is first mentioned, which may be before
 * the run's container exists, and uploaded once, when the container is there.
 */
export class FileStage {
  readonly #waiting = new Map<string, FileSource>();
  readonly #uploaded = new Set<string>();
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
    const blob = assetBlob(await hashOf(source, option, index), name);
    if (!this.#uploaded.has(blob)) this.#waiting.set(blob, source);
    return blob;
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
