import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ResourceFile } from "../../azure/parameters/index.js";
import type { CallOptions, ContainerPort } from "../../azure/ports.js";
import { type Duration, parseDuration } from "../../builders/duration.js";
import { ConfigurationError, InvalidArgumentError, ServiceError } from "../../errors/index.js";
import type { Connection } from "../client.js";

/*
 * Files for tasks that are no run's: each a blob of its own in one container of the library's, with a SAS that reads this blob
 * alone. How long that holds begins the blob's name, so that whoever sweeps knows from the list alone what nobody can read
 * any more.
 */

/** The container of files that were uploaded for tasks. */
const UPLOADS = "azure-batch-parallel-uploads";
/** How long tasks can read a file where nobody said, in milliseconds: also the longest that Entra ID allows. */
const WEEK = 7 * 24 * 60 * 60 * 1000;
/** The service lets a SAS hold a little longer, as clocks differ. */
const CLOCK_TOLERANCE = 15 * 60_000;

/** A file of this computer that tasks are given. */
export type UploadSource =
  /** Its path; its base name is its name in the task's working directory. */
  | string
  | {
      /** Its path on this computer. */
      readonly path: string;
      /** Its name in the task's working directory: a relative path with `/`. */
      readonly as: string;
    };

/** How files are uploaded. */
export interface UploadOptions extends CallOptions {
  /** How long tasks can read them from now on. Default, and with Entra ID at most: 7 days. */
  readonly expiresIn?: Duration;
}

/** Uploads files, and gives what a task needs to get them. */
export async function uploadFiles(
  connection: Connection,
  files: readonly UploadSource[],
  { expiresIn, signal }: UploadOptions,
): Promise<ResourceFile[]> {
  const { storage } = connection;
  const lifetime = expiresIn === undefined ? WEEK : parseDuration(expiresIn, "expiresIn");
  const named = files.map(namedFile);
  await Promise.all(named.map(({ path }, index) => refuseMissing(path, index)));
  if (named.length === 0) return [];
  const container = storage.container(UPLOADS);
  refuseWithoutWay(connection);
  await ensureContainer(container, signal);
  return Promise.all(
    named.map(async ({ path, as }) => {
      const blob = `${lifetime}/${randomUUID()}/${as}`;
      await container.putFile(blob, path, { signal });
      return { ...(await wayTo(connection, container, blob, lifetime)), filePath: as };
    }),
  );
}

function refuseWithoutWay({ nodeIdentity, storage, storageSetting }: Connection): void {
  if (nodeIdentity !== undefined || storage.signs) return;
  throw new ConfigurationError(
    `${storageSetting} is a SAS, which cannot sign another one for tasks: give storage.nodeIdentity, a managed identity of the ` +
      "pool, or connect to storage by key or credential.",
    { code: "NoNodeAccess", settings: [storageSetting, "storage.nodeIdentity"] },
  );
}

/** How a node gets at a blob: by a SAS, or by the managed identity of its pool. */
async function wayTo(
  { nodeIdentity }: Connection,
  container: ContainerPort,
  blob: string,
  lifetime: number,
): Promise<ResourceFile> {
  if (nodeIdentity === undefined) return { httpUrl: await container.blobUrl(blob, lifetime) };
  const httpUrl = `${container.url}/${blob.split("/").map(encodeURIComponent).join("/")}`;
  return { httpUrl, identityReference: { resourceId: nodeIdentity.resourceId } };
}

function namedFile(file: UploadSource, index: number): { path: string; as: string } {
  const { path, as } = typeof file === "string" ? { path: file, as: basename(file) } : file;
  if (typeof path !== "string" || path === "") {
    throw new InvalidArgumentError(`files[${index}] must be a path or { path, as }.`, {
      option: "files",
      index,
    });
  }
  const steps = String(as).split("/");
  if (steps.every((step) => step !== "" && step !== "." && step !== ".." && !step.includes("\\"))) {
    return { path, as };
  }
  throw new InvalidArgumentError(
    `files[${index}].as is ${JSON.stringify(as)}, and not a relative path with / that stays in its folder.`,
    { option: "files", index },
  );
}

async function refuseMissing(path: string, index: number): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new InvalidArgumentError(`files[${index}] cannot be read: ${(cause as Error).message}`, {
      option: "files",
      index,
      cause,
    });
  });
  if (found.isFile()) return;
  throw new InvalidArgumentError(`files[${index}] is ${JSON.stringify(path)}, which is no file.`, {
    option: "files",
    index,
  });
}

async function ensureContainer(container: ContainerPort, signal: AbortSignal | undefined): Promise<void> {
  try {
    await container.create({ azurebatchparallel: "uploads" }, { signal });
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === "ContainerAlreadyExists")) throw error;
  }
}

/** Deletes uploaded files that no task can read any more, and gives their names; with `dryRun` it gives them only. */
export async function sweepUploads(
  { storage }: Pick<Connection, "storage">,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal?: AbortSignal },
): Promise<string[]> {
  const container = storage.container(UPLOADS);
  const swept: string[] = [];
  try {
    for await (const { name, lastModified } of container.list("", { signal })) {
      const lifetime = Number(name.split("/")[0]);
      if (!(lastModified.getTime() + lifetime + 2 * CLOCK_TOLERANCE < Date.now())) continue;
      if (!dryRun) await container.deleteBlob(name, { signal });
      swept.push(name);
    }
  } catch (error) {
    // Nobody has uploaded anything yet.
    if (!(error instanceof ServiceError && error.code === "ContainerNotFound")) throw error;
  }
  return swept;
}
