import { createWriteStream } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import type { FailureInfo } from "../state/failure.js";
import type { ResourceFile } from "../state/specs.js";
import { blobUrl, listUrl, readBlobPage } from "./blob-container.js";
import { type HttpAnswer, httpGet } from "./http-get.js";
import { IdentityFailure, type SignIn } from "./managed-identities.js";

/** Finds the container of the linked storage account by name; `undefined` when the emulator has no such account. */
export type AutoStorage = (containerName: string) => string | undefined;

const defaultMode = "0770";
const tries = 3;
const downloadsAtOnce = 8;

/** How nodes get at what lies in storage without a URL that opens it. */
export interface NodeStorage {
  readonly autoStorage: AutoStorage;
  readonly signIn: SignIn;
}

/**
 * Downloads resource files into a folder.
 *
 * @returns why it failed, or `undefined` when all files are there
 */
export async function downloadResourceFiles(
  files: readonly ResourceFile[],
  folder: string,
  storage: NodeStorage,
  signal: AbortSignal,
): Promise<FailureInfo | undefined> {
  const limit = pLimit(downloadsAtOnce);
  const downloads = await Promise.allSettled(
    files.map((file) => limit(downloadResourceFile, file, folder, storage, signal)),
  );
  const failed = downloads.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
  return failed && failureOf(failed.reason);
}

function failureOf(error: unknown): FailureInfo {
  if (error instanceof ResourceFileFailure) return error.failure;
  const reason = error instanceof Error ? error.message : String(error);
  return failure(
    "ServerError",
    "BlobDownloadMiscError",
    "Miscellaneous error while downloading a blob",
    "",
    reason,
  );
}

class ResourceFileFailure extends Error {
  override readonly name = "ResourceFileFailure";
  constructor(readonly failure: FailureInfo) {
    super(failure.message);
  }
}

async function downloadResourceFile(
  file: ResourceFile,
  folder: string,
  { autoStorage, signIn }: NodeStorage,
  signal: AbortSignal,
): Promise<void> {
  const mode = file.fileMode ?? defaultMode;
  const headers = await signIn(file.identityReference, signal).catch((error: unknown) => {
    if (error instanceof IdentityFailure) throw identityRefusal(file, error.message);
    throw error;
  });
  const access: Access = { headers, signal };
  if (file.httpUrl !== undefined) {
    return downloadBlob(file.httpUrl, placeIn(folder, file.filePath ?? ""), mode, access);
  }
  const container = file.storageContainerUrl ?? autoContainer(file, autoStorage);
  const target = placeIn(folder, file.filePath ?? "");
  for await (const name of blobNames(container, file.blobPrefix, access)) {
    await downloadBlob(blobUrl(container, name), placeIn(target, name), mode, access);
  }
}

interface Access {
  /** What signs in where the URL does not. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Which code the service gives is not documented: to the reader of the task it is a denied access. */
function identityRefusal(file: ResourceFile, reason: string): ResourceFileFailure {
  const message = "Access for one of the specified Azure Blob(s) is denied";
  const url = withoutQuery(file.httpUrl ?? file.storageContainerUrl ?? "");
  return new ResourceFileFailure(failure("UserError", "BlobAccessDenied", message, url, reason));
}

function autoContainer(file: ResourceFile, autoStorage: AutoStorage): string {
  const name = file.autoStorageContainerName ?? "";
  const container = autoStorage(name);
  if (container !== undefined) return container;
  throw new ResourceFileFailure(
    failure("UserError", "ResourceContainerNotFound", "The specified container is not found", name),
  );
}

async function downloadBlob(url: string, path: string, mode: string, access: Access): Promise<void> {
  const { signal } = access;
  const response = await get(url, access);
  if (response.statusCode >= 300) {
    response.resume();
    throw new ResourceFileFailure(blobFailure(response.statusCode, withoutQuery(url)));
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(response, createWriteStream(path), { signal });
    await chmod(path, Number.parseInt(mode.replace(/^0o/, ""), 8));
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ResourceFileFailure(
      failure("ServerError", "ResourceFileWriteFailed", "Failed to write a resource file", path, reason),
    );
  }
}

async function* blobNames(
  container: string,
  prefix: string | undefined,
  access: Access,
): AsyncGenerator<string> {
  let marker: string | undefined;
  do {
    const response = await get(listUrl(container, prefix, marker), access);
    const page = await text(response);
    if (response.statusCode >= 300)
      throw new ResourceFileFailure(containerFailure(response.statusCode, withoutQuery(container)));
    const { names, nextMarker } = readBlobPage(page);
    yield* names;
    marker = nextMarker;
  } while (marker !== undefined);
}

// Network errors and busy servers are tried again; any other answer stands.
async function get(url: string, { headers, signal }: Access): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await httpGet(url, { "x-ms-version": "2021-08-06", ...headers }, signal);
      if (response.statusCode < 500 || attempt === tries) return response;
      response.resume();
    } catch (error) {
      if (signal.aborted || attempt === tries) throw error;
    }
    await delay(200 * attempt, undefined, { signal });
  }
}

/** The place of a file below a folder. A path that leads out of it is refused. */
function placeIn(folder: string, path: string): string {
  const place = resolve(folder, path);
  if (place === folder || place.startsWith(folder + sep)) return place;
  throw new ResourceFileFailure(
    failure(
      "UserError",
      "ResourceFileCreateFailed",
      "A resource file lies outside its task's directory",
      path,
    ),
  );
}

function blobFailure(status: number, file: string): FailureInfo {
  if (status === 404) {
    return failure("UserError", "BlobNotFound", "One of the specified Azure Blob(s) is not found", file);
  }
  if (status === 401 || status === 403 || status === 409) {
    return failure(
      "UserError",
      "BlobAccessDenied",
      "Access for one of the specified Azure Blob(s) is denied",
      file,
    );
  }
  const message = "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)";
  return failure("ServerError", "BlobDownloadMiscError", message, file, `HTTP status ${status}`);
}

function containerFailure(status: number, container: string): FailureInfo {
  if (status === 404) {
    const message = "One of the specified Azure container(s) is not found";
    return failure("UserError", "ResourceContainerNotFound", message, container);
  }
  if (status === 401 || status === 403 || status === 409) {
    const message = "Access for one of the specified Azure container(s) is denied";
    return failure("UserError", "ResourceContainerAccessDenied", message, container);
  }
  const message = "Miscellaneous error encountered while listing one of the specified Azure container(s)";
  return failure(
    "ServerError",
    "ResourceContainerListMiscError",
    message,
    container,
    `HTTP status ${status}`,
  );
}

function failure(
  category: FailureInfo["category"],
  code: string,
  message: string,
  file: string,
  reason?: string,
): FailureInfo {
  const details = [{ name: "FilePath", value: file }];
  if (reason !== undefined) details.push({ name: "Message", value: reason });
  return { category, code, message, details };
}

// A SAS is a secret: what a failure tells must not hold it.
function withoutQuery(url: string): string {
  return url.split("?")[0]!;
}
