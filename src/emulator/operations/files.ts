import { type Dirent, existsSync } from "node:fs";
import { open, readdir, realpath, rm, rmdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Readable } from "node:stream";
import type { Answer } from "../http/answer.js";
import { checkConditions } from "../http/conditions.js";
import { ServiceError } from "../http/errors.js";
import { listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { type BatchRequest, rawPath, wants } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import type { Service } from "../service.js";
import { shownPath, taskDirectory } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import { runsWindows } from "../state/operating-system.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { JsonObject } from "../wire/json.js";
import { httpDate, isoTime, type Micros } from "../wire/time.js";
import { contentTypeOf } from "./content-type.js";
import { nodeOf, taskOf } from "./lookup.js";
import { type ByteRange, rangeOf } from "./range.js";

/** Where the files of a request's task or node are on this machine. */
interface Place {
  folder: string;
  node: NodeRecord;
}

type FindPlace = (service: Service, request: BatchRequest) => Place;

const taskPlaceOf: FindPlace = (service, request) => {
  const task = taskOf(service, request);
  const node = task.run?.node;
  if (node === undefined || node.pool.nodes.get(node.id) !== node)
    throw new ServiceError("TaskFilesUnavailable");
  if (task.run?.filesRemoved) throw new ServiceError("TaskFilesCleanedup");
  const folder = taskDirectory(task, node);
  // A Spot node that was preempted comes back under its id, without what was on it.
  if (isAway(node) || !existsSync(folder)) throw new ServiceError("TaskFilesUnavailable");
  return { folder, node };
};

const nodePlaceOf: FindPlace = (service, request) => {
  const node = nodeOf(service, request);
  if (isAway(node)) throw new ServiceError("NodeNotReady");
  return { folder: node.folders.root, node };
};

/** Whether there is no machine to ask: not yet, or no more. */
function isAway({ state }: NodeRecord): boolean {
  return state === "creating" || state === "leavingpool" || state === "preempted";
}

interface FileEntry {
  name: string;
  isDirectory: boolean;
  size: number;
  created: Micros;
  modified: Micros;
  mode: number;
}

function filesBelow(owner: string, path: string, placeOf: FindPlace): Operation[] {
  const list: Operation = {
    name: `File_ListFrom${owner}`,
    method: "GET",
    path: `${path}/files`,
    status: 200,
    headers: "",
    conditional: "none",
    async run(service, request) {
      const recursive = wants(request, "recursive");
      const { folder, node } = placeOf(service, request);
      const entries = new OrderedIndex<FileEntry>(breadthFirst);
      for (const entry of await entriesOf(folder, "", recursive)) entries.set(entry.name, entry);
      return listPage(request, entries, {
        metadata: "files",
        view: (entry) => entryView(`${request.baseUrl}${rawPath(request.rawUrl)}`, node, entry),
        filterable: filterable.files,
        selectable: false,
      });
    },
  };
  const get: Operation = {
    name: `File_GetFrom${owner}`,
    method: "GET",
    path: `${path}/files/*`,
    status: 200,
    headers: "",
    conditional: "dates",
    async run(service, request) {
      const { place, entry, node } = await fileOf(placeOf(service, request), request);
      checkConditions(request.method, request.headers, "dates", entry.modified);
      if (entry.isDirectory) throw new ServiceError("OperationInvalidForCurrentState");
      const range = rangeOf(request.headers, entry.size);
      const headers = { ...fileHeaders(request, node, entry), ...range?.headers };
      const stream = entry.size === 0 ? undefined : await contentOf(place, range);
      return { content: { status: range?.status, headers, stream } };
    },
  };
  const properties: Operation = {
    name: `File_GetPropertiesFrom${owner}`,
    method: "HEAD",
    path: `${path}/files/*`,
    status: 200,
    headers: "",
    conditional: "dates",
    async run(service, request): Promise<Answer> {
      const { entry, node } = await fileOf(placeOf(service, request), request);
      checkConditions(request.method, request.headers, "dates", entry.modified);
      const headers = { ...fileHeaders(request, node, entry), "Content-Length": String(entry.size) };
      return { content: { headers } };
    },
  };
  const remove: Operation = {
    name: `File_DeleteFrom${owner}`,
    method: "DELETE",
    path: `${path}/files/*`,
    status: 200,
    headers: "",
    conditional: "none",
    async run(service, request) {
      const recursive = wants(request, "recursive");
      const { place, entry } = await fileOf(placeOf(service, request), request);
      await (entry.isDirectory && !recursive ? removing(rmdir(place)) : removing(removeAll(place)));
      return {};
    },
  };
  return [list, get, properties, remove];
}

const removeAll = (place: string): Promise<void> =>
  rm(place, { recursive: true, force: true, maxRetries: 3 });

/** A folder that is not empty, or that a task goes on writing to, cannot be removed. */
async function removing(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") throw new ServiceError("OperationInvalidForCurrentState");
    refuse(error);
  }
}

// Opened before anything is answered: a file that a task has just removed, or keeps to itself, is refused with a status.
async function contentOf(place: string, range: ByteRange | undefined): Promise<Readable> {
  const file = await open(place).catch(refuse);
  return file.createReadStream(range === undefined ? {} : { start: range.start, end: range.end });
}

/** Refuses what the file system refused. */
function refuse(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw new ServiceError(code === "ENOENT" || code === "ENOTDIR" ? "FileNotFound" : "IOError");
}

// The service lists a folder's own files before those of the folders in it.
function breadthFirst(path: string): string {
  const depth = path.split("/").length;
  return `${String(depth).padStart(5, "0")}/${path}`;
}

// Links to folders are shown, but not followed: they may lead in circles.
async function entriesOf(folder: string, below: string, recursive: boolean): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  for (const item of await itemsIn(join(folder, below))) {
    const path = below === "" ? item.name : `${below}/${item.name}`;
    const entry = await entryAt(join(folder, path), path);
    if (entry === undefined) continue;
    found.push(entry);
    if (recursive && item.isDirectory()) found.push(...(await entriesOf(folder, path, true)));
  }
  return found;
}

async function itemsIn(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function entryAt(place: string, name: string): Promise<FileEntry | undefined> {
  try {
    const info = await stat(place);
    const created = Math.floor(info.birthtimeMs * 1000);
    const modified = Math.floor(info.mtimeMs * 1000);
    return { name, isDirectory: info.isDirectory(), size: info.size, created, modified, mode: info.mode };
  } catch {
    return undefined;
  }
}

/** The file a request names. A name that leads out of the folder is not found, however it is written. */
async function fileOf(
  { folder, node }: Place,
  request: BatchRequest,
): Promise<{ place: string; entry: FileEntry; node: NodeRecord }> {
  const name = (request.params["*"] ?? "").replace(/\\/g, "/").replace(/^\/+/, "").replace(/\/+$/, "");
  const place = join(folder, name);
  if (name === "" || name.includes("\0") || !place.startsWith(folder + sep))
    throw new ServiceError("FileNotFound");
  const entry = await entryAt(place, name);
  // No file outside the node's root is shown, even if a link leads there.
  if (entry === undefined || !(await isBelow(node.folders.root, place)))
    throw new ServiceError("FileNotFound");
  return { place, entry, node };
}

async function isBelow(root: string, place: string): Promise<boolean> {
  return (await realpath(place).catch(refuse)).startsWith((await realpath(root).catch(refuse)) + sep);
}

function entryView(listUrl: string, node: NodeRecord, entry: FileEntry): JsonObject {
  const { isDirectory } = entry;
  const url = `${listUrl}/${entry.name.split("/").map(encodeURIComponent).join("/")}`;
  const name = shownPath(node.pool, entry.name);
  if (isDirectory) return { name, url, isDirectory };
  const windows = runsWindows(node.pool.spec);
  const properties = {
    creationTime: windows ? isoTime(entry.created) : undefined,
    lastModified: isoTime(entry.modified),
    contentLength: String(entry.size),
    contentType: contentTypeOf(name),
    fileMode: windows ? undefined : fileMode(entry),
  };
  return { name, url, isDirectory, properties };
}

function fileHeaders(request: BatchRequest, node: NodeRecord, entry: FileEntry): Record<string, string> {
  const own: Record<string, string> = runsWindows(node.pool.spec)
    ? { "ocp-creation-time": httpDate(entry.created) }
    : { "ocp-batch-file-mode": fileMode(entry) };
  return {
    "Content-Type": entry.isDirectory ? "application/octet-stream" : contentTypeOf(entry.name),
    "Last-Modified": httpDate(entry.modified),
    "ocp-batch-file-isdirectory": entry.isDirectory ? "True" : "False",
    "ocp-batch-file-url": encodeURIComponent(
      decodeURIComponent(`${request.baseUrl}${rawPath(request.rawUrl)}`),
    ),
    ...own,
  };
}

function fileMode(entry: FileEntry): string {
  return `0o${entry.mode.toString(8)}`;
}

export const fileOperations: readonly Operation[] = [
  ...filesBelow("Task", "/jobs/:jobId/tasks/:taskId", taskPlaceOf),
  ...filesBelow("ComputeNode", "/pools/:poolId/nodes/:nodeId", nodePlaceOf),
];
