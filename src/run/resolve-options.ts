import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import type { JobParameter } from "../azure/parameters/index.js";
import { RESERVED_NAME } from "../builders/checks.js";
import { parseDuration } from "../builders/duration.js";
import { isJobBuilder } from "../builders/job.js";
import { isPoolBuilder, type PoolBuilder } from "../builders/pool.js";
import type { Client } from "../client/client.js";
import { InvalidArgumentError } from "../errors/index.js";
import { foldersOf } from "../work/file-names.js";
import { DEFAULT_CACHE } from "./file-cache.js";
import { heldClient } from "./held-client.js";
import { pinnedNodeArchive } from "./node-archives.js";
import { type Packages, resolvePackages } from "./packages.js";
import type { RunProgress } from "./run.js";
import type { NodeArchive, RunOptions } from "./run-options.js";

/** Checked options, with every default in place. */
export interface ResolvedOptions {
  readonly client: Client | undefined;
  readonly id: string;
  readonly pool: string | PoolBuilder | undefined;
  /** What the job builder built. */
  readonly job: Partial<JobParameter>;
  readonly chunkSize: number | "auto";
  readonly retries: number;
  /** Milliseconds; undefined for no limit. */
  readonly timeout: number | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  readonly onError: "continue" | "stop";
  readonly shared: { readonly value: unknown } | undefined;
  readonly files: readonly { readonly path: string; readonly as: string }[];
  readonly packages: Packages;
  /** The name of the cache's container. */
  readonly cache: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly workersPerTask: number | undefined;
  readonly submitConcurrency: number;
  readonly priority: number | undefined;
  readonly maxParallelTasks: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly progress: boolean | ((progress: RunProgress) => void);
  readonly keep: "never" | "on-failure" | "always";
  readonly nodeArchive: NodeArchive | undefined;
}

const DAY = 24 * 60 * 60 * 1000;

/** @throws InvalidArgumentError for the first option that cannot be used. */
export function resolveOptions(options: RunOptions<unknown>): ResolvedOptions {
  checkNames("runParallel", options, Object.keys(CHECKS));
  const job = CHECKS.job(options.job);
  return {
    client: CHECKS.client(options.client),
    id: CHECKS.id(options.id === undefined ? job.id : options.id),
    pool: CHECKS.pool(options.pool),
    job,
    chunkSize: CHECKS.chunkSize(options.chunkSize),
    retries: CHECKS.retries(options.retries),
    timeout: CHECKS.timeout(options.timeout),
    deadline: CHECKS.deadline(
      options.deadline === undefined ? job.constraints?.maxWallClockTime : options.deadline,
    ),
    onError: CHECKS.onError(options.onError),
    shared: CHECKS.shared(options.shared),
    files: CHECKS.files(options.files),
    packages: CHECKS.packages(options.packages),
    cache: CHECKS.cache(options.cache),
    env: CHECKS.env(options.env),
    workersPerTask: CHECKS.workersPerTask(options.workersPerTask),
    submitConcurrency: CHECKS.submitConcurrency(options.submitConcurrency),
    priority: CHECKS.priority(options.priority),
    maxParallelTasks: CHECKS.maxParallelTasks(options.maxParallelTasks),
    tags: CHECKS.tags(options.tags),
    signal: CHECKS.signal(options.signal),
    progress: CHECKS.progress(options.progress),
    keep: CHECKS.keep(options.keep),
    nodeArchive: CHECKS.nodeArchive(options.nodeArchive),
  };
}

/**
 * @param explain what to say of a name that is not known, where there is more to say
 * @throws InvalidArgumentError for options that are no object, or have a name that is not known.
 */
export function checkNames(
  method: string,
  options: object,
  known: readonly string[],
  explain?: (name: string) => string | undefined,
): void {
  if (typeof options !== "object" || options === null)
    throw new InvalidArgumentError(`The options of ${method} must be an object.`, { option: "options" });
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const message = explain?.(unknown) ?? `${method} has no option "${unknown}". It has: ${known.join(", ")}.`;
  throw new InvalidArgumentError(message, { option: unknown });
}

/** What of its job a run must decide itself, by the method that says it, and what there is in its place. */
const OWN_OF_A_RUN: readonly {
  readonly is: (job: Partial<JobParameter>) => boolean;
  readonly method: string;
  readonly instead: string;
}[] = [
  {
    is: ({ poolInfo }) => poolInfo !== undefined,
    method: "pool and autoPool",
    instead: "where a run's tasks run is the option pool",
  },
  {
    is: ({ jobManagerTask }) => jobManagerTask !== undefined,
    method: "managerTask",
    instead: "the run makes its tasks, and ends its job",
  },
  {
    is: ({ jobPreparationTask }) => jobPreparationTask !== undefined,
    method: "preparationTask",
    instead: "the run has its own; what nodes need else is the option files, or the pool's startTask",
  },
  {
    is: ({ jobReleaseTask }) => jobReleaseTask !== undefined,
    method: "releaseTask",
    instead: "it needs a preparationTask, and the run has its own",
  },
  {
    is: ({ onAllTasksComplete }) => onAllTasksComplete === "terminatejob",
    method: "onAllTasksComplete",
    instead: "the run ends its job when every item has its outcome",
  },
  {
    is: ({ onTaskFailure }) => onTaskFailure === "performexitoptionsjobaction",
    method: "onTaskFailure",
    instead: "whether a run ends at a failure is the option onError",
  },
];

/** Whether it can be the id of a run, which names a job and a container. */
export function isRunId(value: unknown): value is string {
  return typeof value === "string" && value.length <= 40 && /^[a-z0-9](-?[a-z0-9])*$/.test(value);
}

/** A check for each option: takes what the caller gave, and gives what is to be used. */
export const CHECKS = {
  client: (value: unknown) => {
    const client = heldClient(value);
    if (value === undefined || client !== undefined) return client;
    return refuse("client", value, "must be what connect() returns");
  },
  id: (value: unknown) => {
    if (value === undefined) return `run-${Date.now().toString(36)}-${randomBytes(4).toString("hex")}`;
    if (isRunId(value)) return value;
    return refuse(
      "id",
      value,
      "must be 1 to 40 of a-z, 0-9 and single hyphens between them, as it names a job and a container",
    );
  },
  pool: (value: unknown) => {
    if (value === undefined || isPoolBuilder(value)) return value;
    if (typeof value === "string" && /^[\w-]{1,64}$/.test(value)) return value;
    return refuse("pool", value, "must be the id of a pool or what pool() builds");
  },
  job: (value: unknown): Partial<JobParameter> => {
    if (value === undefined) return {};
    if (!isJobBuilder(value)) return refuse("job", value, "must be what job() builds");
    const job: Partial<JobParameter> = value.build();
    for (const { is, method, instead } of OWN_OF_A_RUN) {
      if (is(job)) return refuse("job", value, `must leave ${method} alone: ${instead}`);
    }
    return job;
  },
  chunkSize: (value: unknown) =>
    value === undefined || value === "auto" ? "auto" : integer("chunkSize", value, 1, 1_000_000),
  retries: (value: unknown) => (value === undefined ? 0 : integer("retries", value, 0, 1000)),
  timeout: (value: unknown) => (value === undefined ? undefined : duration("timeout", value)),
  deadline: (value: unknown) => (value === undefined ? DAY : duration("deadline", value)),
  onError: (value: unknown) => oneOf("onError", value, ["continue", "stop"] as const),
  shared: (value: unknown) => (value === undefined ? undefined : { value }),
  files: (value: unknown) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return refuse("files", value, "must be an array");
    return withoutClashes(value.map((file: unknown, index) => runFile(file, `files[${index}]`)));
  },
  packages: resolvePackages,
  cache: (value: unknown) => {
    if (value === undefined || value === false) return undefined;
    if (value === true) return DEFAULT_CACHE;
    if (typeof value === "string" && /^(?=.{3,63}$)[a-z0-9](-?[a-z0-9])*$/.test(value)) return value;
    return refuse("cache", value, "must be a boolean or the name of a container: 3 to 63 of a-z, 0-9 and -");
  },
  env: (value: unknown) => textRecord("env", value),
  workersPerTask: (value: unknown) =>
    value === undefined ? undefined : integer("workersPerTask", value, 1, 1024),
  submitConcurrency: (value: unknown) =>
    value === undefined ? 16 : integer("submitConcurrency", value, 1, 256),
  priority: (value: unknown) => (value === undefined ? undefined : integer("priority", value, -1000, 1000)),
  maxParallelTasks: (value: unknown) =>
    value === undefined ? undefined : integer("maxParallelTasks", value, 1, 2_147_483_647),
  tags: (value: unknown) => textRecord("tags", value),
  signal: (value: unknown) => {
    if (value === undefined || (value as AbortSignal)?.addEventListener !== undefined)
      return value as AbortSignal | undefined;
    return refuse("signal", value, "must be an AbortSignal");
  },
  progress: (value: unknown) => {
    if (value === undefined) return false;
    if (typeof value === "boolean" || typeof value === "function")
      return value as boolean | ((progress: RunProgress) => void);
    return refuse("progress", value, "must be a boolean or a function");
  },
  keep: (value: unknown) => oneOf("keep", value, ["never", "on-failure", "always"] as const),
  nodeArchive: (value: unknown) => {
    if (value !== undefined) return nodeArchive(value);
    const major = clientNodeMajor() ?? OTHERS_NODE_MAJOR;
    // Odd majors live for half a year and are not pinned: the next one does what they do.
    return pinnedNodeArchive(major) ?? pinnedNodeArchive(major + 1);
  },
};

/** The least that the node runner runs on. */
const LEAST_NODE_MAJOR = 20;
/** What nodes without Node.js get where the client is no Node.js. */
const OTHERS_NODE_MAJOR = 24;

/** The major version of Node.js that nodes must have at least. */
export function leastNodeMajor(): number {
  return clientNodeMajor() ?? LEAST_NODE_MAJOR;
}

/** This process's; undefined in Deno and Bun, where the version that they say they are like binds nobody. */
function clientNodeMajor(): number | undefined {
  const { deno, bun, node } = process.versions;
  return deno === undefined && bun === undefined ? Number.parseInt(node, 10) : undefined;
}

function refuse(option: string, value: unknown, requirement: string): never {
  const shown =
    typeof value === "string"
      ? JSON.stringify(value)
      : ["number", "boolean"].includes(typeof value) || value === null
        ? String(value)
        : undefined;
  throw new InvalidArgumentError(
    `The option ${option} ${requirement}${shown === undefined ? "" : `, not ${shown}`}.`,
    { option },
  );
}

function integer(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  return refuse(option, value, `must be a whole number from ${least} to ${most}`);
}

function duration(option: string, value: unknown): number {
  return parseDuration(value, option);
}

function oneOf<const T extends readonly [string, ...string[]]>(
  option: string,
  value: unknown,
  values: T,
): T[number] {
  if (value === undefined) return values[0];
  if (values.includes(value as string)) return value as T[number];
  return refuse(option, value, `must be one of ${values.map((one) => `"${one}"`).join(", ")}`);
}

function textRecord(option: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse(option, value, "must be an object of strings");
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") return refuse(`${option}.${name}`, text, "must be a string");
    if (option === "env" && (name === "" || /[=\0]/.test(name) || text.includes("\0"))) {
      return refuse(`${option}.${name}`, text, "must have a name without = and no NUL characters");
    }
    if (option === "env" && RESERVED_NAME.test(name)) {
      return refuse(
        `${option}.${name}`,
        undefined,
        "must have another name: AZ_BATCH_… are Batch's, AZURE_BATCH_PARALLEL_… are ours",
      );
    }
  }
  return { ...value } as Record<string, string>;
}

function runFile(file: unknown, option: string): { path: string; as: string } {
  if (typeof file === "string" && file !== "") return { path: file, as: basename(file) };
  const { path, as } = (file ?? {}) as { path?: unknown; as?: unknown };
  if (typeof path !== "string" || path === "") return refuse(option, file, "must be a path or { path, as }");
  if (typeof as !== "string" || !isRelativeName(as)) {
    return refuse(`${option}.as`, as, "must be a relative path with /, that stays in its folder");
  }
  return { path, as };
}

/** Two files cannot have one name on the node, nor can a file be the folder of another. */
function withoutClashes<F extends { as: string }>(files: readonly F[]): readonly F[] {
  const names = new Map(files.map(({ as }, index) => [as, index]));
  for (const [index, { as }] of files.entries()) {
    if (names.get(as) !== index)
      return refuse(`files[${names.get(as)}].as`, as, "must be a name that no other file of the run has");
    const folder = foldersOf(as).find((step) => names.has(step));
    if (folder !== undefined)
      return refuse(
        `files[${index}].as`,
        as,
        `must not be below "${folder}", which is another file of the run`,
      );
  }
  return files;
}

function isRelativeName(name: string): boolean {
  return (
    name !== "" &&
    !name.startsWith("/") &&
    name.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}

function nodeArchive(value: unknown): NodeArchive {
  const { url, sha256 } = (value ?? {}) as { url?: unknown; sha256?: unknown };
  if (typeof url !== "string" || !/^https?:\/\/[^\s"'`$\\]+$/.test(url)) {
    return refuse("nodeArchive.url", url, "must be an http or https URL");
  }
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/i.test(sha256)) {
    return refuse("nodeArchive.sha256", sha256, "must be the archive's SHA-256 in hexadecimal");
  }
  return { url, sha256: sha256.toLowerCase() };
}
