import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { limitFunction } from "p-limit";
import type { ContainerPort } from "../azure/ports.js";
import { assetBlob } from "../protocol/blob-names.js";
import type { FilePlace } from "../protocol/command-line.js";
import type { FileSource } from "../work/prepared-work.js";
import type { FileCache } from "./file-cache.js";
import { changed, unreadable } from "./file-refusals.js";
import { contentOf, type Digest, INPUTS, InputPacks, type Pack } from "./input-packs.js";

const UPLOADS_AT_ONCE = 8;
/** Each holds a file open. */
const HASHES_AT_ONCE = 16;
/** Hashes of so many files are remembered: many items may have the same large one. */
const MOST_HASHES = 10_000;
/** So many names of blobs are remembered. What is forgotten is uploaded again when it is mentioned again, as the same blob. */
const MOST_BLOBS = 100_000;

/** Smaller files, and those of this size, cost as much to copy as to upload; where they are inputs, they travel in packs. */
const LARGEST_SMALL = 64 * 1024;

interface Staged {
  readonly source: FileSource;
  /** Who asked for it. */
  readonly option: string;
}

interface Seen {
  /** What changes when the file does. */
  readonly looks: string;
  readonly size: number;
}

/**
 * The files a run brings to its nodes. A file gets its name when it is first mentioned, which may be before the run's
 * container exists, and is uploaded once, when the container is there. Its name is its content's hash; or that of its path and
 * looks where it is large and nobody needs the other, so that it need not be read twice, nor before anything begins.
 */
export class FileStage {
  readonly #waiting = new Map<string, Staged>();
  /** Blobs that wait, travel, or are there. */
  readonly #blobs = new Set<string>();
  readonly #digests = new Map<string, Promise<Digest>>();
  readonly #packs: InputPacks;
  readonly #digestOf = limitFunction(digestOf, { concurrency: HASHES_AT_ONCE });
  readonly #inTurn = limitFunction(
    async (upload: () => Promise<number>) => {
      const bytes = await upload();
      this.#bytes += bytes;
    },
    { concurrency: UPLOADS_AT_ONCE },
  );
  #uploading = Promise.resolve();
  #cache: FileCache | undefined;
  #bytes = 0;

  /** `runId` is that of one of the runs that share a container. */
  constructor(runId: string) {
    this.#packs = new InputPacks(runId);
  }

  /** Bytes uploaded so far. */
  get bytesUploaded(): number {
    return this.#bytes;
  }

  /** From now on, takes large files from what earlier runs have uploaded, and leaves its own to later ones. */
  useCache(cache: FileCache): void {
    this.#cache = cache;
  }

  /**
   * Takes note of a file, and gives the name of its blob, which follows from its content.
   *
   * @throws InvalidArgumentError where there is no such file; `option` says who asked for it.
   */
  async add(source: FileSource, name: string, option: string): Promise<string> {
    return this.#addByContent(source, await see(source), name, option);
  }

  /** Takes note of a file that may be large, and gives the name of its blob. Throws as {@link add} does. */
  async addFile(source: FileSource, name: string, option: string): Promise<string> {
    return this.#addBySize(source, await see(source), name, option);
  }

  /** Takes note of an item's input file, and gives its place: a small one shares its blob with others. */
  async addInput(source: FileSource, name: string): Promise<FilePlace> {
    const seen = await see(source);
    if (sizeOf(source, seen) > LARGEST_SMALL)
      return { blob: await this.#addBySize(source, seen, name, INPUTS) };
    return this.#packs.place(source, await this.#digest(source, seen, INPUTS));
  }

  async #addBySize(
    source: FileSource,
    seen: Seen | undefined,
    name: string,
    option: string,
  ): Promise<string> {
    if (!("path" in source) || seen === undefined || seen.size <= LARGEST_SMALL)
      return this.#addByContent(source, seen, name, option);
    await refuseUnreadable(source.path, option);
    return this.#wait(assetBlob(hashOf(seen.looks), name), { source, option });
  }

  async #addByContent(
    source: FileSource,
    seen: Seen | undefined,
    name: string,
    option: string,
  ): Promise<string> {
    const { hash } = await this.#digest(source, seen, option);
    return this.#wait(assetBlob(hash, name), { source, option });
  }

  #wait(blob: string, staged: Staged): string {
    if (this.#blobs.has(blob)) return blob;
    if (this.#blobs.size === MOST_BLOBS) this.#blobs.clear();
    this.#blobs.add(blob);
    this.#waiting.set(blob, staged);
    return blob;
  }

  /** A file's hash and size, remembered as long as the file looks the same. */
  async #digest(source: FileSource, seen: Seen | undefined, option: string): Promise<Digest> {
    if (seen === undefined) return this.#digestOf(source, seen, option);
    const known = this.#digests.get(seen.looks);
    if (known !== undefined) return known;
    if (this.#digests.size === MOST_HASHES) this.#digests.clear();
    const digest = this.#digestOf(source, seen, option);
    this.#digests.set(seen.looks, digest);
    return digest;
  }

  /**
   * Uploads what was added since the last time. When it is done, all is there that was added before: also what another one
   * has begun to upload.
   */
  async upload(container: ContainerPort, signal?: AbortSignal): Promise<void> {
    const files = [...this.#waiting];
    this.#waiting.clear();
    const uploads = [
      ...files.map((file) => () => this.#bring(...file, container, signal)),
      ...this.#packs.take().map((pack) => () => putPack(container, pack, signal)),
    ];
    const done = uploads.map((upload) => this.#inTurn(upload));
    // Where one failed, those that come later fail too: a file that is mentioned again has its place there.
    this.#uploading = Promise.all([this.#uploading, ...done]).then(() => undefined);
    await this.#uploading;
  }

  /** Brings one file into the run's container; gives the bytes that were uploaded for it. */
  async #bring(
    blob: string,
    { source, option }: Staged,
    container: ContainerPort,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    if ("path" in source) await refuseUnreadable(source.path, option);
    const seen = await see(source);
    const size = sizeOf(source, seen);
    if (this.#cache === undefined || size <= LARGEST_SMALL) {
      await put(container, blob, source, signal);
      return size;
    }
    const { hash } = await this.#digest(source, seen, option);
    const store = async (cache: ContainerPort) => {
      await put(cache, hash, source, signal);
      await refuseChanged(source, seen, hash, cache);
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

async function putPack(
  container: ContainerPort,
  pack: Pack,
  signal: AbortSignal | undefined,
): Promise<number> {
  await container.put(pack.blob, await contentOf(pack), { signal });
  return pack.size;
}

/** A file that was changed since its hash was taken would be wrong for all later runs. */
async function refuseChanged(
  source: FileSource,
  seen: Seen | undefined,
  hash: string,
  cache: ContainerPort,
): Promise<void> {
  if (!("path" in source) || (await see(source))?.looks === seen?.looks) return;
  await cache.deleteBlob(hash);
  throw changed(source.path, "cache");
}

async function refuseUnreadable(path: string, option: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw unreadable(path, cause, option);
  });
}

/** Undefined for what is no file of this computer, or not there. */
async function see(source: FileSource): Promise<Seen | undefined> {
  if (!("path" in source)) return undefined;
  const found = await stat(source.path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const { ino, size, mtimeMs } = found;
  return { looks: [resolve(source.path), ino, size, mtimeMs].join("\0"), size };
}

/** As far as it is known. */
function sizeOf(source: FileSource, seen: Seen | undefined): number {
  return "path" in source ? (seen?.size ?? 0) : Buffer.byteLength(source.content);
}

async function digestOf(source: FileSource, seen: Seen | undefined, option: string): Promise<Digest> {
  if ("content" in source) return digestOfContent(source.content);
  try {
    // A stream takes longer to make than a small file to read.
    if (seen !== undefined && seen.size <= LARGEST_SMALL) return digestOfContent(await readFile(source.path));
    const file = createReadStream(source.path);
    const hash = createHash("sha256");
    await pipeline(file, hash);
    return { hash: hash.digest("hex"), size: file.bytesRead };
  } catch (cause) {
    throw unreadable(source.path, cause, option);
  }
}

function digestOfContent(content: Uint8Array | string): Digest {
  return { hash: hashOf(content), size: Buffer.byteLength(content) };
}

function hashOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
