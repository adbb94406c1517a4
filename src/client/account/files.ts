import { mkdir, open, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fromCharacterBoundary } from "../../azure/batch-files.js";
import { type FileOwner, nameOf } from "../../azure/operations/files.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type { BatchFile } from "../../azure/resources/index.js";
import { FileError } from "../../errors/index.js";
import { storeWhole } from "../whole-file.js";

/* What the handles of tasks and nodes do with files: the same, for whoever owns them. */

/** What is read at once: a request that is lost costs no more than this. */
const PART_BYTES = 8 * 2 ** 20;
/** Files of a folder that are downloaded at a time. */
const FILES_AT_ONCE = 4;

/** A file's text as a whole. */
export async function readText(
  batch: BatchPort,
  owner: FileOwner,
  path: string,
  options: CallOptions,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of parts(batch, owner, path, options))
    text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}

/** The end of a file's text: at most so many bytes of it, whole characters. */
export async function readTail(
  batch: BatchPort,
  owner: FileOwner,
  path: string,
  bytes: number,
  options: CallOptions,
): Promise<string> {
  const head = await batch.files.head(owner, path, options);
  if (head === undefined) throw notFound(owner, path);
  if (head.size === 0 || bytes === 0) return "";
  const offset = Math.max(0, head.size - bytes);
  const end = await batch.files.read(owner, path, { offset, length: head.size - offset }, options);
  if (end === undefined) throw changed(owner, path);
  return (offset === 0 ? end : fromCharacterBoundary(end)).toString("utf8");
}

/** A file's content, as long as it was at the beginning: what is written to it meanwhile is not read. */
async function* parts(
  batch: BatchPort,
  owner: FileOwner,
  path: string,
  options: CallOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const head = await batch.files.head(owner, path, options);
  if (head === undefined) throw notFound(owner, path);
  if (head.isDirectory) {
    throw new FileError(`${path} of ${nameOf(owner)} is a folder, and not a file.`, {
      code: "IsDirectory",
      path,
    });
  }
  let offset = 0;
  while (offset < head.size) {
    const length = Math.min(PART_BYTES, head.size - offset);
    const bytes = await batch.files.read(owner, path, { offset, length }, options);
    if (bytes === undefined || bytes.length !== length) throw changed(owner, path);
    yield bytes;
    offset += length;
  }
}

/** Stores a file under its final name only once all of it is there. */
export async function downloadFile(
  batch: BatchPort,
  owner: FileOwner,
  path: string,
  to: string,
  options: CallOptions,
): Promise<void> {
  await storeWhole(to, async (partial) => {
    const file = await open(partial, "wx");
    try {
      for await (const bytes of parts(batch, owner, path, options)) await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  });
}

/** Stores all files of a folder, some at a time; gives the paths here. A file is there as a whole or not at all. */
export async function downloadFolder(
  batch: BatchPort,
  owner: FileOwner,
  folder: string,
  to: string,
  options: CallOptions,
): Promise<string[]> {
  await mkdir(to, { recursive: true });
  const root = await realpath(to);
  const files = filesBelow(batch, owner, segments(folder), options)[Symbol.asyncIterator]();
  const stored: string[] = [];
  const failures: unknown[] = [];
  const work = async () => {
    while (failures.length === 0) {
      const next = await files.next();
      if (next.done === true) return;
      const place = await placeFor(root, next.value);
      await downloadFile(batch, owner, next.value.name, place, options);
      stored.push(place);
    }
  };
  const works = Array.from({ length: FILES_AT_ONCE }, () =>
    // What is on its way ends before the caller hears of a failure.
    work().catch((error: unknown) => void failures.push(error)),
  );
  await Promise.all(works);
  if (failures.length > 0) throw failures[0];
  return stored.sort();
}

interface FoundFile {
  /** As the service names it. */
  readonly name: string;
  /** Its path below the folder, step by step. */
  readonly below: readonly string[];
}

async function* filesBelow(
  batch: BatchPort,
  owner: FileOwner,
  folder: readonly string[],
  options: CallOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  let exists = folder.length === 0;
  // Windows nodes write paths with backslashes: the service's filter can tell the first step alone.
  const query = { recursive: true, ...(folder[0] !== undefined && { prefix: folder[0] }) };
  for await (const { name, isDirectory } of batch.files.list(owner, query, options)) {
    const steps = segments(name);
    if (!folder.every((step, depth) => steps[depth] === step)) continue;
    exists = true;
    const below = steps.slice(folder.length);
    if (!isDirectory && below.length > 0) yield { name, below };
  }
  if (!exists) throw notFound(owner, folder.join("/"));
}

function segments(path: string): string[] {
  return path.split(/[/\\]+/).filter((step) => step !== "" && step !== ".");
}

/** Where a file goes. What the service names must not lead out of the folder, nor may a link that lies in it. */
async function placeFor(root: string, { name, below }: FoundFile): Promise<string> {
  const unsafe = below.some(
    (step) => step === ".." || (/[\0:]/.test(step) && (step.includes("\0") || /^[a-z]:/i.test(step))),
  );
  const place = join(root, ...below);
  if (!unsafe && place.startsWith(root + sep)) {
    await mkdir(dirname(place), { recursive: true });
    const parent = await realpath(dirname(place));
    if (parent === root || parent.startsWith(root + sep)) return place;
  }
  throw new FileError(
    `The file ${JSON.stringify(name)} would be stored outside of ${root}: nothing of it is stored.`,
    {
      code: "UnsafePath",
      path: name,
    },
  );
}

/** Files and folders. */
export function listFiles(
  batch: BatchPort,
  owner: FileOwner,
  { prefix, recursive = true, signal }: ListFilesOptions,
): AsyncIterable<BatchFile> {
  return batch.files.list(owner, { recursive, ...(prefix !== undefined && { prefix }) }, { signal });
}

/** Which files to list. */
export interface ListFilesOptions extends CallOptions {
  /** Only those whose path begins with this: `"wd/"`. Default: all. */
  readonly prefix?: string;
  /** Whether the files in folders are listed too. Default: `true`. */
  readonly recursive?: boolean;
}

/** What a file is not, in words for its owner. */
export function notFound(owner: FileOwner, path: string): FileError {
  const why =
    "taskId" in owner
      ? "the task has not been on a node yet, its node is gone, or it wrote no such file"
      : "the node is gone, or has no such file";
  return new FileError(`There is no ${path} of ${nameOf(owner)}: ${why}.`, { code: "FileNotFound", path });
}

function changed(owner: FileOwner, path: string): FileError {
  return new FileError(`${path} of ${nameOf(owner)} was cut or taken away while it was read.`, {
    code: "FileChanged",
    path,
  });
}
