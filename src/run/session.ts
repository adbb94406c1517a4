import type { JobParameter } from "../azure/parameters/index.js";
import type { BatchPort, ContainerPort } from "../azure/ports.js";
import { toIsoDuration } from "../builders/duration.js";
import type { Connection } from "../client/client.js";
import { type Clock, systemClock } from "../clock.js";
import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { RUN_SETTING, type RunSettings } from "../protocol/task-settings.js";
import { FileCache } from "./file-cache.js";
import type { FileStage } from "./file-stage.js";
import { createJobInTurn } from "./job-quota.js";
import { type Ownership, own, writeManifest } from "./manifest.js";
import { runContainerMark, runMark } from "./marks.js";
import { type NodeAccess, nodeAccess, refuseWithoutNodeAccess, storageRefusal } from "./node-access.js";
import { choosePool, type PoolChoice } from "./pool-choice.js";
import { type Preparation, preparationTask } from "./preparation.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** A run's job and container. */
export interface JobSession {
  readonly engine: "local" | "azure";
  readonly batch: BatchPort;
  readonly container: ContainerPort;
  readonly jobId: string;
  /** The time in which the services live. */
  readonly clock: Clock;
  /** Aborted when the local engine has ended, and all of the run with it. */
  readonly lost?: AbortSignal;
}

/** The same, ready for tasks, of the process that began the run. */
export interface Session extends JobSession {
  readonly pool: PoolChoice;
  /** Says to other processes that this one drives the run. */
  readonly ownership: Ownership;
}

/** What a run works on. */
export interface RunInput {
  readonly work: "function" | "command";
  /** How many items there are, where that is known before the first one. */
  readonly total: number | undefined;
}

/** The container of a run: its id, which is too short to name a container only if it has one or two characters. */
export function containerName(runId: string): string {
  return runId.length < 3 ? `run-${runId}` : runId;
}

/** What a session that cannot begin yet waits by. */
export interface Turn {
  /** Aborted when the run stops. */
  readonly signal: AbortSignal;
  /** Told when the account has no place for a job, and one is waited for. */
  readonly waiting: () => void;
}

/**
 * Creates the run's container and job. If anything fails, what was created is deleted again: the error is all that is left.
 * Undefined where the run was stopped while it waited for a place for its job.
 */
export async function openSession(
  connection: Connection,
  options: ResolvedOptions,
  input: RunInput,
  stage: FileStage,
  preparation: Preparation,
  turn: Turn,
): Promise<Session | undefined> {
  const { batch, storage, engine, lost } = connection;
  refuseWithoutNodeAccess(connection, options);
  const pool = await choosePool(options.pool, engine, batch, options.id);
  const container = storage.container(containerName(options.id));
  const createdAt = await createContainer(container, options.id, connection.storageSetting);
  const owning = claim(container, options, input, createdAt);
  const giveUp = new AbortController();
  let uploading: Promise<void> | undefined;
  let creating: Promise<boolean> | undefined;
  const abandon = async () => {
    giveUp.abort();
    const [made, owned] = await Promise.allSettled([creating, owning, uploading]);
    await Promise.allSettled([
      made.status === "fulfilled" && made.value === true && batch.deleteJob(options.id),
      owned.status === "fulfilled" && owned.value.release(),
      container.delete(),
    ]);
  };
  try {
    if (options.cache !== undefined) stage.useCache(await FileCache.open(storage, options.cache));
    const access = await nodeAccess(connection, container, options.deadline);
    const job = jobParameter(options, input.work, { access, pool, preparation, engine });
    // Side by side: the nodes of a pool that comes with the job start while the files are on their way.
    uploading = stage.upload(container, giveUp.signal);
    creating = createJobInTurn(
      () => batch.createJob(job),
      engine,
      AbortSignal.any([turn.signal, giveUp.signal]),
      turn.waiting,
    );
    const [ownership, created] = await Promise.all([owning, creating, uploading]);
    if (!created) {
      await abandon();
      return undefined;
    }
    const session = { engine, batch, container, jobId: options.id, pool, ownership, clock: systemClock };
    return lost === undefined ? session : { ...session, lost };
  } catch (error) {
    // Why it failed says more than what else failed after it.
    await abandon();
    throw error;
  }
}

/** Writes what the run is, and makes this process its owner. */
async function claim(
  container: ContainerPort,
  options: ResolvedOptions,
  { work, total }: RunInput,
  createdAt: Date,
): Promise<Ownership> {
  const { id, deadline, retries, onError, keep, tags } = options;
  await writeManifest(container, {
    version: 1,
    runId: id,
    createdAt: createdAt.toISOString(),
    work,
    ...(total === undefined ? {} : { total }),
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

async function createContainer(
  container: ContainerPort,
  runId: string,
  storageSetting: string,
): Promise<Date> {
  try {
    return await container.create(runContainerMark(runId));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.statusCode === 401 || error.statusCode === 403) throw storageRefusal(error, storageSetting);
    if (error.code !== "ContainerAlreadyExists") throw error;
    throw new InvalidArgumentError(
      `The storage account has a container "${containerName(runId)}" already: a run with the id "${runId}" exists. Use another id.`,
      { option: "id", cause: error },
    );
  }
}

function jobParameter(
  options: ResolvedOptions,
  work: "function" | "command",
  on: { access: NodeAccess; pool: PoolChoice; preparation: Preparation; engine: "local" | "azure" },
): JobParameter {
  const { access, pool, preparation, engine } = on;
  const { nodeIdentity } = access;
  const settings: RunSettings = {
    version: 1,
    runId: options.id,
    work,
    inputUrl: access.inputUrl,
    outputUrl: access.outputUrl,
    ...(nodeIdentity === undefined ? {} : { nodeIdentity }),
    retries: options.retries,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.workersPerTask === undefined ? {} : { workers: options.workersPerTask }),
    taskSlotsPerNode: pool.taskSlotsPerNode,
    files: options.files.map(({ as }) => as),
    stopOnFailure: options.onError === "stop",
    installs: preparation.installs,
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
    metadata: [...(custom.metadata ?? []), ...tags, ...runMark(options.id)],
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
    jobPreparationTask: preparationTask(preparation, access, engine),
    // Runs that go on with the results of this one are tasks of its job.
    usesTaskDependencies: true,
    onAllTasksComplete: "noaction",
    onTaskFailure: "noaction",
  };
}
