import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { contentOf, type Send } from "./batch-requests.js";
import type { WireAnswer } from "./batch-wire.js";
import { CREATION_ID, newCreationId } from "./creation-id.js";
import type { MetadataItem } from "./parameters/index.js";
import type { CallOptions } from "./ports.js";

/* What the operations on pools, nodes, jobs, tasks and files have in common. */

export const poolPath = (poolId: string) => `/pools/${segment(poolId, "poolId")}`;
export const jobPath = (jobId: string) => `/jobs/${segment(jobId, "jobId")}`;
export const taskPath = (jobId: string, taskId: string) =>
  `${jobPath(jobId)}/tasks/${segment(taskId, "taskId")}`;

/**
 * A name as one segment of a URL's path. One that is no segment is refused, as the URL would be that of something else:
 * a URL drops `.`, and `..` with the segment before it, however they are encoded, so that a request to delete the file
 * `..` of a task would delete the task.
 */
export function segment(name: string, option: string): string {
  if (typeof name === "string" && !["", ".", ".."].includes(name) && !/\p{Surrogate}/u.test(name)) {
    return encodeURIComponent(name);
  }
  throw new InvalidArgumentError(`${option} is ${JSON.stringify(name)}, and nothing can be called that.`, {
    option,
  });
}

/** Makes a pool, a job or a job schedule. One that exists is fine if this very call made it and the answer was lost on the way. */
export async function create(
  send: Send,
  { what, at, exists }: { what: "pool" | "job" | "job schedule"; at: string; exists: string },
  parameter: { readonly id: string; readonly metadata?: readonly MetadataItem[] },
  options: CallOptions | undefined,
): Promise<void> {
  const mark = { name: CREATION_ID, value: newCreationId() };
  const body = JSON.stringify({ ...parameter, metadata: [...(parameter.metadata ?? []), mark] });
  try {
    await send({ operation: `add ${what} ${parameter.id}`, method: "POST", target: at, body }, options);
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === exists)) throw error;
    const target = `${at}/${segment(parameter.id, "id")}`;
    const operation = `get ${what} ${parameter.id}`;
    const found = await find<{ metadata?: MetadataItem[] }>(send, operation, target, ["metadata"], options);
    if (!found?.metadata?.some(({ name, value }) => name === mark.name && value === mark.value)) throw error;
  }
}

export async function find<T>(
  send: Send,
  operation: string,
  path: string,
  select: readonly string[] | undefined,
  options: CallOptions | undefined,
): Promise<T | undefined> {
  try {
    const target = select === undefined ? path : `${path}?${query({ select })}`;
    const answer = await send({ operation, method: "GET", target }, options);
    return contentOf<T>(answer, operation);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether the service says so; a 404 of something else on the way has no such code. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ServiceError && error.statusCode === 404 && error.code.endsWith("NotFound");
}

/** What ending something may find: that it has ended, is ending, or is gone. */
const ended = new Set([
  "JobCompleted",
  "JobBeingTerminated",
  "JobBeingDeleted",
  "TaskCompleted",
  "PoolBeingDeleted",
]);

export async function end(
  send: Send,
  request: Parameters<Send>[0],
  options: CallOptions | undefined,
): Promise<void> {
  try {
    await send(request, options);
  } catch (error) {
    const fine = isNotFound(error) || (error instanceof ServiceError && ended.has(error.code));
    if (!fine) throw error;
  }
}

export interface ListQuery {
  readonly filter?: string;
  readonly select?: readonly string[];
}

export async function* list<T>(
  send: Send,
  operation: string,
  path: string,
  { filter, select, maxresults = 1000 }: ListQuery & { maxresults?: number },
  options: CallOptions | undefined,
): AsyncGenerator<T, void, undefined> {
  const asked = query({ filter, select, maxresults });
  let target: string | undefined = `${path}${path.includes("?") ? "&" : "?"}${asked}`;
  while (target !== undefined) {
    const answer = await send({ operation, method: "GET", target }, options);
    const page = contentOf<{ value: T[]; "odata.nextLink"?: string }>(answer, operation);
    yield* page.value;
    target = page["odata.nextLink"] && belowAccount(page["odata.nextLink"]);
  }
}

/** Something the service is asked to do: what it is in words, by which method, where, and with what. */
export interface Act {
  readonly operation: string;
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly target: string;
  readonly body?: object;
  /** Refusals that say what the caller wants to hear: an answer was lost, and the service was asked again. */
  readonly fine?: readonly string[];
}

/** Has the service do something, and gives its answer; undefined where it had been done already. */
export async function act(
  send: Send,
  { body, fine = [], ...request }: Act,
  options: CallOptions | undefined,
): Promise<WireAnswer | undefined> {
  try {
    return await send(body === undefined ? request : { ...request, body: JSON.stringify(body) }, options);
  } catch (error) {
    if (error instanceof ServiceError && fine.includes(error.code)) return undefined;
    throw error;
  }
}

/** The link without its host, as the signature must not go to another one, and without the version: each request has it. */
function belowAccount(nextLink: string): string {
  return nextLink
    .replace(/^https?:\/\/[^/]+/i, "")
    .replace(/([?&])api-version=[^&]*&?/, "$1")
    .replace(/[?&]$/, "");
}

export function query({ filter, select, maxresults }: ListQuery & { maxresults?: number }): string {
  const parts = [];
  if (maxresults !== undefined) parts.push(`maxresults=${maxresults}`);
  if (filter !== undefined) parts.push(`$filter=${encodeURIComponent(filter)}`);
  if (select !== undefined) parts.push(`$select=${encodeURIComponent(select.join(","))}`);
  return parts.join("&");
}
