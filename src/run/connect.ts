import { inspect } from "node:util";
import type {
  JobScheduleParameter,
  PoolParameter,
  ResourceFile,
  TaskParameter,
} from "../azure/parameters/index.js";
import type { CallOptions } from "../azure/ports.js";
import type {
  BatchApplication,
  BatchJob,
  BatchJobSchedule,
  BatchPool,
  PoolNodeCounts,
  SupportedImage,
} from "../azure/resources/index.js";
import { type Buildable, built } from "../client/account/buildable.js";
import { checkImage } from "../client/account/check-image.js";
import { type CreateJobOptions, jobOn, type NewJob } from "../client/account/create-job.js";
import { ensurePool } from "../client/account/ensure-pool.js";
import { type FanOut, type FanOutOptions, fanOut } from "../client/account/fan-out.js";
import { Job } from "../client/account/job.js";
import { JobSchedule } from "../client/account/job-schedule.js";
import { type ListOptions, queryOf } from "../client/account/list-options.js";
import { Pool } from "../client/account/pool.js";
import { type UploadOptions, type UploadSource, uploadFiles } from "../client/account/upload.js";
import { type Client, createClient } from "../client/client.js";
import type { ConnectOptions } from "../client/connect-options.js";
import type { ItemContext } from "../work/item-context.js";
import type { Work } from "../work/work.js";
import { ActiveRun } from "./active-run.js";
import type { AttachOptions } from "./attach/attach-options.js";
import { AttachedLife } from "./attach/attached-life.js";
import { holdClient } from "./held-client.js";
import type { Run } from "./run.js";
import { RunLife } from "./run-life.js";
import type { RunOptions } from "./run-options.js";
import { type SweepOptions, type SweepReport, sweep } from "./sweep.js";

/** What to do about a pool that exists and differs. */
export interface EnsurePoolOptions extends CallOptions {
  /** Whether it is changed, where all that differs can be. Default: `false`, it is refused. */
  readonly update?: boolean;
}

/**
 * An account, or this computer, to run on; made by {@link connect}.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * console.log(await batch.runParallel([1, 2, 3], (n) => n * n)); // [1, 4, 9]
 * ```
 */
export class BatchParallel {
  readonly #client: Client;

  /** @internal */
  constructor(client: Client) {
    this.#client = client;
    holdClient(this, client);
  }

  /**
   * {@link runParallel} on this account.
   *
   * @example
   * ```ts
   * const batch = connect();
   * const upper = await batch.runParallel(["a", "b"], (letter) => letter.toUpperCase());
   * ```
   */
  runParallel<T, R, S = undefined>(
    items: Iterable<T> | AsyncIterable<T>,
    work: ((item: T, ctx: ItemContext<S>) => R | Promise<R>) | Work<T, R>,
    options: Omit<RunOptions<S>, "client"> = {},
  ): Run<R> {
    return new ActiveRun<R>(new RunLife(items, work, options as RunOptions<unknown>, this.#client));
  }

  /**
   * {@link attach} to a run on this account.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * const begun = batch.runParallel(["a", "b"], (letter) => letter.toUpperCase(), { keep: "always" });
   * await begun;
   * console.log(await batch.attach(begun.id)); // ["A", "B"]
   * ```
   */
  attach<R = unknown>(runId: string, options: Omit<AttachOptions, "client"> = {}): Run<R> {
    return new ActiveRun<R>(new AttachedLife(runId, options, this.#client));
  }

  /**
   * Makes a pool. Its image is checked against those that the account's region supports first.
   *
   * @throws InvalidArgumentError for what the builder or the account does not know
   * @throws ServiceError `PoolExists`, `PoolQuotaReached`
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/add
   * @example
   * ```ts
   * await using batch = connect();
   * const render = await batch.createPool(
   *   pool("render").vmSize("Standard_D4s_v5").image(ubuntu("22.04")).spotNodes(20).taskSlotsPerNode(4),
   * );
   * await render.waitUntilSteady({ deadline: "20m" });
   * ```
   */
  async createPool(pool: Buildable<PoolParameter>, options: CallOptions = {}): Promise<Pool> {
    const parameter = built(pool);
    const { batch } = await this.#client.connection();
    await checkImage(batch, parameter, options);
    await batch.createPool(parameter, options);
    return new Pool(this.#client, parameter.id);
  }

  /**
   * Makes sure that there is such a pool: makes it where there is none, and uses the one of this id where it is the same. Where
   * it is another one, the error lists each property that differs with both values; with `update` it is changed instead, if
   * all that differs can be: its size, its autoscaling, its start task and its metadata.
   *
   * @throws PoolError `PoolDiffers` with `differences`; `PoolNotFound` where it is being deleted
   * @example
   * ```ts
   * await using batch = connect();
   * const render = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("22.04")).dedicatedNodes(2);
   * await batch.ensurePool(render).catch((error) => {
   *   if (error instanceof PoolError) for (const { property, wanted, found } of error.differences) console.error(property, wanted, found);
   * });
   * await batch.ensurePool(render, { update: true });
   * ```
   */
  async ensurePool(pool: Buildable<PoolParameter>, options: EnsurePoolOptions = {}): Promise<Pool> {
    const { update = false, ...call } = options;
    const parameter = built(pool);
    const { batch } = await this.#client.connection();
    await ensurePool(batch, parameter, { existing: update ? "update" : "same" }, call);
    return new Pool(this.#client, parameter.id);
  }

  /**
   * A pool by its id. No request is made.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").resize({ spotNodes: 50 });
   * ```
   */
  pool(poolId: string): Pool {
    return new Pool(this.#client, poolId);
  }

  /**
   * The account's pools.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/list
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { id, currentDedicatedNodes } of batch.pools({ select: ["id", "currentDedicatedNodes"] })) {
   *   console.log(id, currentDedicatedNodes);
   * }
   * ```
   */
  async *pools<K extends keyof BatchPool = keyof BatchPool>(
    options: ListOptions<BatchPool, K> = {},
  ): AsyncGenerator<Pick<BatchPool, K>, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.pools.list(queryOf(options), { signal: options.signal });
  }

  /**
   * How many nodes each of the account's pools has, by their state. The service counts them with a delay.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/account/listpoolnodecounts
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { poolId, dedicated } of batch.nodeCounts()) console.log(poolId, dedicated?.total);
   * ```
   */
  async *nodeCounts(options: CallOptions = {}): AsyncGenerator<PoolNodeCounts, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.account.nodeCounts({}, options);
  }

  /**
   * The images of virtual machines that pools of this account can have, with their node agents.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/account/listsupportedimages
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { imageReference, nodeAgentSKUId } of batch.supportedImages({ filter: "osType eq 'linux'" })) {
   *   console.log(imageReference.offer, imageReference.sku, nodeAgentSKUId);
   * }
   * ```
   */
  async *supportedImages(
    options: Omit<ListOptions<SupportedImage>, "select"> = {},
  ): AsyncGenerator<SupportedImage, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.account.supportedImages(queryOf(options), { signal: options.signal });
  }

  /**
   * The account's applications, with the versions of their packages. They are uploaded in the portal, or by Azure's management.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/application/list
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { id, versions } of batch.applications()) console.log(id, versions);
   * ```
   */
  async *applications(options: CallOptions = {}): AsyncGenerator<BatchApplication, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.account.applications(options);
  }

  /**
   * Makes a job, on a pool that is there or on one of its own.
   *
   * @throws InvalidArgumentError for what the builder does not know, and without a pool
   * @throws ServiceError `JobExists`, `ActiveJobAndScheduleQuotaReached`
   * @see https://learn.microsoft.com/rest/api/batchservice/job/add
   * @example
   * ```ts
   * await using batch = connect();
   * const nightly = await batch.createJob(job("nightly").pool("render").priority(100));
   * await nightly.addTask({ id: "hello", commandLine: "/bin/echo hello" });
   * await nightly.wait({ deadline: "1h" });
   * ```
   */
  async createJob(job: Buildable<NewJob>, options: CreateJobOptions = {}): Promise<Job> {
    const { pool, ...call } = options;
    const { batch } = await this.#client.connection();
    const parameter = jobOn(built(job), pool);
    await batch.createJob(parameter, call);
    return new Job(this.#client, parameter.id);
  }

  /**
   * A job by its id. No request is made.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").terminate();
   * ```
   */
  job(jobId: string): Job {
    return new Job(this.#client, jobId);
  }

  /**
   * The account's jobs.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/list
   * @example
   * ```ts
   * await using batch = connect();
   * const active = { filter: "state eq 'active'", select: ["id", "creationTime"] } as const;
   * for await (const { id, creationTime } of batch.jobs(active)) console.log(id, creationTime);
   * ```
   */
  async *jobs<K extends keyof BatchJob = keyof BatchJob>(
    options: ListOptions<BatchJob, K> = {},
  ): AsyncGenerator<Pick<BatchJob, K>, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.jobs.list(queryOf(options), { signal: options.signal });
  }

  /**
   * Makes a schedule, by which Batch makes jobs.
   *
   * @throws ServiceError `JobScheduleExists`, `ActiveJobAndScheduleQuotaReached`
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/add
   * @example
   * ```ts
   * await using batch = connect();
   * const everyNight = await batch.createJobSchedule(
   *   jobSchedule("every-night").every("1d").job(job().pool("render").managerTask({ command: ["date"] })),
   * );
   * ```
   */
  async createJobSchedule(
    schedule: Buildable<JobScheduleParameter>,
    options: CallOptions = {},
  ): Promise<JobSchedule> {
    const parameter = built(schedule);
    const { batch } = await this.#client.connection();
    await batch.jobSchedules.create(parameter, options);
    return new JobSchedule(this.#client, parameter.id);
  }

  /**
   * A job schedule by its id. No request is made.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").disable();
   * ```
   */
  jobSchedule(scheduleId: string): JobSchedule {
    return new JobSchedule(this.#client, scheduleId);
  }

  /**
   * The account's job schedules.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/list
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { id, executionInfo } of batch.jobSchedules({ select: ["id", "executionInfo"] })) {
   *   console.log(id, executionInfo?.nextRunTime);
   * }
   * ```
   */
  async *jobSchedules<K extends keyof BatchJobSchedule = keyof BatchJobSchedule>(
    options: ListOptions<BatchJobSchedule, K> = {},
  ): AsyncGenerator<Pick<BatchJobSchedule, K>, void, undefined> {
    const { batch } = await this.#client.connection();
    yield* batch.jobSchedules.list(queryOf(options), { signal: options.signal });
  }

  /**
   * Submits a task for each item to a job: up to 100 tasks a request, `concurrency` requests at a time, items taken only as
   * there is room for them. A task that is there already counts as done, so a fan-out that broke off may be done again.
   *
   * Await it for how many were added, or iterate it for the outcome of each, in any order. An item whose task cannot be made, or
   * whose id an earlier item has, is refused with its index, and the others go on.
   *
   * @throws FanOutError where it ends before its items do, with what was submitted until then
   * @see https://learn.microsoft.com/rest/api/batchservice/task/addcollection
   * @example
   * ```ts
   * await using batch = connect();
   * const frames = Array.from({ length: 100_000 }, (_, frame) => frame);
   * const submission = batch.fanOut("film", frames, (frame) => ({
   *   id: `frame-${frame}`,
   *   commandLine: `blender -b film.blend -f ${frame}`,
   * }));
   * for await (const outcome of submission) {
   *   if (outcome.status === "refused") console.error(outcome.index, outcome.code, outcome.message);
   * }
   * console.log((await submission).added);
   * ```
   */
  fanOut<T>(
    jobId: string,
    items: Iterable<T> | AsyncIterable<T>,
    toTask: (item: T, index: number) => Buildable<TaskParameter>,
    options: FanOutOptions = {},
  ): FanOut<T> {
    return fanOut(this.#client, jobId, items, toTask, options);
  }

  /**
   * Uploads files of this computer for tasks, and gives what the tasks need to get them into their working directory. They are
   * readable for a week, or as long as `expiresIn` says; {@link BatchParallel.sweep} takes them away after that. For the files
   * of one task there is `job.addTask(task, { files })`.
   *
   * @throws InvalidArgumentError for a file that is not there
   * @example
   * ```ts
   * await using batch = connect();
   * const resourceFiles = await batch.upload(["script.py", { path: "/tmp/table.csv", as: "data/table.csv" }]);
   * const tasks = [1, 2, 3].map((n) => ({ id: `t${n}`, commandLine: `python3 script.py ${n}`, resourceFiles }));
   * await batch.job("nightly").addTasks(tasks);
   * ```
   */
  async upload(files: readonly UploadSource[], options: UploadOptions = {}): Promise<ResourceFile[]> {
    return uploadFiles(await this.#client.connection(), files, options);
  }

  /**
   * Deletes what runs have left that no process drives any more: after a crash, or because of `keep`. It works from any process
   * and machine with the account's credentials. It touches nothing but what this library has made for runs (their jobs,
   * containers and auto pools), and files that were uploaded for tasks, once no task can read them any more.
   *
   * A process that was killed counts as one that drives its runs for up to a minute.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * const { containers, failures } = await batch.sweep({ olderThan: "2d", dryRun: true });
   * console.log(`A sweep would delete ${containers.join(", ")}`);
   * ```
   */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    return sweep(await this.#client.connection(), options);
  }

  /**
   * Lets go of the connections. Nothing that runs ends by it, and it may be used again: it connects anew. The local engine
   * belongs to the process and stays for others.
   */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** The same as {@link BatchParallel.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What it is connected to, without anything secret. */
  toJSON(): { engine: "local" | "azure"; batch?: string; storage?: string } {
    return this.#client.toJSON();
  }

  /** What `console.log` shows: what it is connected to, without anything secret. */
  [inspect.custom](): string {
    return `BatchParallel ${inspect(this.toJSON())}`;
  }
}

/**
 * Connects to the account in `options`, or to the one that the environment names, or else to this computer.
 *
 * The variables: `AZURE_BATCH_ACCOUNT`, `AZURE_BATCH_ENDPOINT` (`https://account.region.batch.azure.com`) and
 * `AZURE_BATCH_ACCESS_KEY`, without which Entra ID signs in (`DefaultAzureCredential` of `@azure/identity`); for storage
 * `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` or `AZURE_STORAGE_BLOB_ENDPOINT` for Entra ID. None of them
 * set, or Azurite's connection string alone, means this computer.
 *
 * No request is made yet.
 *
 * @throws {@link ConfigurationError} for accounts or credentials that cannot work
 * @example
 * ```ts
 * const batch = connect({
 *   account: { url: "https://account.westeurope.batch.azure.com", name: "account", key: process.env.KEY ?? "" },
 *   storage: { connectionString: process.env.STORAGE ?? "" },
 * });
 * ```
 */
export function connect(options?: ConnectOptions): BatchParallel {
  return new BatchParallel(createClient(options));
}
