import { readFile } from "node:fs/promises";
import type { EnvironmentSetting, JobParameter, ResourceFile } from "../azure/parameters/index.js";
import type { BatchPort, ContainerPort } from "../azure/ports.js";
import { toIsoDuration } from "../builders/duration.js";
import { builtFile } from "../built-file.js";
import type { Connection } from "../client/client.js";
import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { PREPARED, RUN_SETTING, type RunSettings } from "../protocol/task-settings.js";
import type { FileSource } from "../work/prepared-work.js";
import type { FileStage } from "./file-stage.js";
import { type Ownership, own, writeManifest } from "./manifest.js";
import { choosePool, type PoolChoice } from "./pool-choice.js";
import {
  NODE_MAJOR_SETTING,
  NODE_SHA256_SETTING,
  NODE_URL_SETTING,
  PREPARE_COMMAND,
  PREPARE_SCRIPT,
  PREPARE_SCRIPT_NAME,
} from "./prepare-script.js";
import { leastNodeMajor, type ResolvedOptions } from "./resolve-options.js";

/** A file of the run: its blob, and its name in the preparation task's working directory. */
export interface PreparationFile {
  readonly name: string;
  readonly blob: string;
}

/** A run's job and container, ready for tasks. */
export interface Session {
  readonly engine: "local" | "azure";
  readonly batch: BatchPort;
  readonly container: ContainerPort;
  readonly jobId: string;
  readonly pool: PoolChoice;
  /** Says to other processes that this one drives the run. */
  readonly ownership: Ownership;
  /** Aborted when the local engine has ended, and all of the run with it. */
  readonly lost?: AbortSignal;
}

/** The container of a run: its id, which is too short to name a container only if it has one or two characters. */
export function containerName(runId: string): string {
  return runId.length < 3 ? `run-${runId}` : runId;
}

/** Puts what every node needs onto the stage: the runner, the work, `shared`, the run's files. */
export async function stagePreparation(
  stage: FileStage,
  work: { readonly files: readonly { readonly name: string; readonly source: FileSource }[] },
  options: ResolvedOptions,
  sharedText: string | undefined,
): Promise<PreparationFile[]> {
  const files: { name: string; source: FileSource; option: string }[] = [
    { name: PREPARE_SCRIPT_NAME, source: { content: PREPARE_SCRIPT }, option: "work" },
    {
      name: PREPARED.runner,
      source: { content: await readFile(builtFile("node-runner/runner.cjs")) },
      option: "work",
    },
    ...work.files.map((file) => ({ ...file, option: "work" })),
    ...options.files.map(({ path, as }) => ({
      name: `${PREPARED.files}/${as}`,
      source: { path },
      option: "files",
    })),
  ];
  if (sharedText !== undefined)
    files.push({ name: PREPARED.shared, source: { content: sharedText }, option: "shared" });
  const script = work.files.find(({ name }) => name.startsWith(`${PREPARED.files}/`))?.name;
  if (script !== undefined && files.filter(({ name }) => name === script).length > 1) {
    throw new InvalidArgumentError(
      `The option files has a file by the name of the script, "${script.slice(PREPARED.files.length + 1)}": give it another one with { path, as }.`,
      { option: "files" },
    );
  }
  return Promise.all(
    files.map(async ({ name, source, option }) => ({ name, blob: await stage.add(source, name, option) })),
  );
}

/**
 * Creates the run's container and job. If anything fails, what was created is deleted again: the error is all that is left.
 */
export async function openSession(
  connection: Connection,
  options: ResolvedOptions,
  work: "function" | "command",
  stage: FileStage,
  preparation: readonly PreparationFile[],
): Promise<Session> {
  const { batch, storage, engine, lost } = connection;
  const pool = await choosePool(options.pool, engine, batch);
  const container = storage.container(containerName(options.id));
  const createdAt = await createContainer(container, options.id);
  const owning = claim(container, options, work, createdAt);
  try {
    const [ownership] = await Promise.all([owning, stage.upload(container)]);
    await batch.createJob(await jobParameter(options, work, container, pool, preparation));
    const session = { engine, batch, container, jobId: options.id, pool, ownership };
    return lost === undefined ? session : { ...session, lost };
  } catch (error) {
    // Why it failed says more than what else failed after it.
    const ownership = await owning.catch(() => undefined);
    await Promise.allSettled([ownership?.release(), container.delete()]);
    throw error;
  }
}

/** Writes what the run is, and makes this process its owner. */
async function claim(
  container: ContainerPort,
  options: ResolvedOptions,
  work: "function" | "command",
  createdAt: Date,
): Promise<Ownership> {
  const { id, deadline, retries, onError, keep, tags } = options;
  await writeManifest(container, {
    version: 1,
    runId: id,
    createdAt: createdAt.toISOString(),
    work,
    deadline,
    retries,
    onError,
    keep,
    tags,
  });
  const ownership = await own(container);
  if (ownership !== undefined) return ownership;
  throw new InvalidArgumentError(`Another process has taken over the run "${id}". Use another id.`, {
    option: "id",
  });
}

async function createContainer(container: ContainerPort, runId: string): Promise<Date> {
  try {
    return await container.create({ azurebatchparallel: "run", runid: runId });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "ContainerAlreadyExists") throw error;
    throw new InvalidArgumentError(
      `The storage account has a container "${containerName(runId)}" already: a run with the id "${runId}" exists. Use another id.`,
      { option: "id", cause: error },
    );
  }
}

async function jobParameter(
  options: ResolvedOptions,
  work: "function" | "command",
  container: ContainerPort,
  pool: PoolChoice,
  preparation: readonly PreparationFile[],
): Promise<JobParameter> {
  const [inputUrl, outputUrl] = await Promise.all([
    container.sasUrl("r", options.deadline),
    container.sasUrl("rc", options.deadline),
  ]);
  const settings: RunSettings = {
    version: 1,
    runId: options.id,
    work,
    inputUrl,
    outputUrl,
    retries: options.retries,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.workersPerTask === undefined ? {} : { workers: options.workersPerTask }),
    taskSlotsPerNode: pool.taskSlotsPerNode,
    files: options.files.map(({ as }) => as),
    stopOnFailure: options.onError === "stop",
  };
  const custom = options.job;
  const tags = Object.entries(options.tags).map(([name, value]) => ({ name, value }));
  const priority = options.priority ?? custom.priority;
  const maxParallelTasks = options.maxParallelTasks ?? custom.maxParallelTasks;
  return {
    ...custom,
    id: options.id,
    poolInfo: pool.poolInfo,
    ...(priority === undefined ? {} : { priority }),
    ...(maxParallelTasks === undefined ? {} : { maxParallelTasks }),
    metadata: [...(custom.metadata ?? []), ...tags],
    // A task is tried once more by the service itself where its runner died: that works without this process, too.
    constraints: {
      maxTaskRetryCount: 1,
      ...custom.constraints,
      maxWallClockTime: toIsoDuration(options.deadline),
    },
    commonEnvironmentSettings: [
      ...(custom.commonEnvironmentSettings ?? []),
      ...Object.entries(options.env).map(([name, value]) => ({ name, value })),
      { name: RUN_SETTING, value: JSON.stringify(settings) },
    ],
    jobPreparationTask: {
      commandLine: PREPARE_COMMAND,
      resourceFiles: preparation.map((file) => resourceFile(file, inputUrl)),
      environmentSettings: nodeSettings(options),
      constraints: { maxTaskRetryCount: 1 },
      waitForSuccess: true,
    },
    onAllTasksComplete: "noaction",
    onTaskFailure: "noaction",
  };
}

function resourceFile({ name, blob }: PreparationFile, inputUrl: string): ResourceFile {
  const url = new URL(inputUrl);
  url.pathname += `/${blob.split("/").map(encodeURIComponent).join("/")}`;
  return { httpUrl: url.href, filePath: name };
}

function nodeSettings(options: ResolvedOptions): EnvironmentSetting[] {
  const settings = [{ name: NODE_MAJOR_SETTING, value: String(leastNodeMajor()) }];
  if (options.nodeArchive === undefined) return settings;
  return [
    ...settings,
    { name: NODE_URL_SETTING, value: options.nodeArchive.url },
    { name: NODE_SHA256_SETTING, value: options.nodeArchive.sha256 },
  ];
}
