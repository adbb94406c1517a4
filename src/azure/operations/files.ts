import { ServiceError } from "../../errors/index.js";
import type { Send } from "../batch-requests.js";
import { list, segment, taskPath } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type { BatchFile } from "../resources/index.js";
import { type NodePlace, nodePath } from "./nodes.js";
import type { TaskPlace } from "./tasks.js";

/** Whose files. */
export type FileOwner = TaskPlace | NodePlace;

/** What a file is like, without its content. */
export interface FileHead {
  readonly size: number;
  /** As HTTP writes it: it says whether the file is another one by now. */
  readonly lastModified: string;
  readonly isDirectory: boolean;
}

/** The files that tasks and nodes have, by paths below their directory. */
export interface FileOperations {
  /** Undefined where there is no such file (any more), nor anything to say of a task that has not been on a node. */
  head(owner: FileOwner, path: string, options?: CallOptions): Promise<FileHead | undefined>;
  /** A part of a file; less of it where the file ends before; undefined where {@link head} is, or nothing begins there. */
  read(
    owner: FileOwner,
    path: string,
    part: { readonly offset: number; readonly length: number },
    options?: CallOptions,
  ): Promise<Buffer | undefined>;
  /** Files and folders whose path begins with `prefix`; those in folders as well with `recursive`. */
  list(
    owner: FileOwner,
    query: { prefix?: string; recursive: boolean },
    options?: CallOptions,
  ): AsyncIterable<BatchFile>;
  /** Fine with a file that is gone. */
  delete(owner: FileOwner, path: string, recursive: boolean, options?: CallOptions): Promise<void>;
}

/** Where files are looked for and there are none: not yet, or not any more. The owner itself must be there. */
const NO_FILE = new Set([
  "FileNotFound",
  "TaskFilesUnavailable",
  "TaskFilesCleanedup",
  "NodeNotReady",
  "NodeNotFound",
]);

export function fileOperations(send: Send): FileOperations {
  return {
    head: async (owner, path, options) => {
      const request = { operation: `look at ${path} of ${nameOf(owner)}`, target: pathOf(owner, path) };
      const answer = await unlessMissing(async () => {
        try {
          return await send({ ...request, method: "HEAD" }, options);
        } catch (error) {
          // Its answer has no body that says what is missing.
          if (!isUnexplained(error)) throw error;
          await send({ ...request, method: "GET", headers: { "ocp-range": "bytes=0-0" } }, options);
          throw error;
        }
      });
      if (answer === undefined) return undefined;
      return {
        size: Number(answer.headers.get("content-length")),
        lastModified: answer.headers.get("last-modified") ?? "",
        isDirectory: answer.headers.get("ocp-batch-file-isdirectory")?.toLowerCase() === "true",
      };
    },

    read: async (owner, path, { offset, length }, options) => {
      const request = { operation: `read ${path} of ${nameOf(owner)}`, target: pathOf(owner, path) };
      const headers = { "ocp-range": `bytes=${offset}-${offset + length - 1}` };
      const answer = await unlessMissing(() => send({ ...request, method: "GET", headers }, options));
      return answer?.body;
    },

    list: async function* (owner, { prefix, recursive }, options) {
      const filter =
        prefix === undefined ? {} : { filter: `startswith(name,'${prefix.replace(/'/g, "''")}')` };
      const operation = `list the files of ${nameOf(owner)}`;
      const target = `${ownerPath(owner)}/files?recursive=${recursive}`;
      for await (const file of list<ListedFile>(send, operation, target, filter, options)) {
        yield withNumber(file);
      }
    },

    delete: async (owner, path, recursive, options) => {
      const target = `${pathOf(owner, path)}?recursive=${recursive}`;
      await unlessMissing(() =>
        send({ operation: `delete ${path} of ${nameOf(owner)}`, method: "DELETE", target }, options),
      );
    },
  };
}

function ownerPath(owner: FileOwner): string {
  return "taskId" in owner ? taskPath(owner.jobId, owner.taskId) : nodePath(owner);
}

/** What an owner is called in a message. */
export function nameOf(owner: FileOwner): string {
  return "taskId" in owner
    ? `task ${owner.taskId} of job ${owner.jobId}`
    : `node ${owner.nodeId} of pool ${owner.poolId}`;
}

export function pathOf(owner: FileOwner, path: string): string {
  return `${ownerPath(owner)}/files/${segment(path, "path")}`;
}

function isUnexplained(error: unknown): boolean {
  return error instanceof ServiceError && ["Http404", "Http409"].includes(error.code);
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const none = error instanceof ServiceError && (NO_FILE.has(error.code) || error.statusCode === 416);
    if (none || isUnexplained(error)) return undefined;
    throw error;
  }
}

/** The service writes a file's size as text. */
interface ListedFile extends Omit<BatchFile, "properties"> {
  readonly properties?: Omit<NonNullable<BatchFile["properties"]>, "contentLength"> & {
    readonly contentLength: string | number;
  };
}

function withNumber({ properties, ...file }: ListedFile): BatchFile {
  if (properties === undefined) return file;
  return { ...file, properties: { ...properties, contentLength: Number(properties.contentLength) } };
}
