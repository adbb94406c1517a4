import type { TaskParameter } from "../../azure/parameters/index.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type {
  BatchJob,
  BatchTask,
  JobNodePreparation,
  JobPatch,
  JobUpdate,
  TaskCounts,
} from "../../azure/resources/index.js";
import type { Client } from "../client.js";
import { addOneTask } from "./add-one-task.js";
import { type Buildable, built } from "./buildable.js";
import { type FanOut, type FanOutOptions, fanOut } from "./fan-out.js";
import { type ListOptions, queryOf } from "./list-options.js";
import { missing } from "./missing.js";
import type { DeleteOptions } from "./pool.js";
import { Task } from "./task.js";
import { type UploadSource, uploadFiles } from "./upload.js";
import { type WaitOptions, waitFor, waitUntilGone } from "./wait.js";

/** What a task is added with. */
export interface AddTaskOptions extends CallOptions {
  /**
   * Files of this computer that the task finds in its working directory: uploaded to the storage account, and readable by the
   * task for a week. `batch.sweep()` takes them away after that.
   */
  readonly files?: readonly UploadSource[];
}

/**
 * A job, by its id: what can be asked of it, and done with it. Made by `batch.job(id)` without a request, and by
 * `batch.createJob`.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * const nightly = batch.job("nightly");
 * await nightly.addTask({ id: "t1", commandLine: "/bin/sh -c 'date; hostname'" });
 * const { failed } = await nightly.wait({ deadline: "1h" });
 * console.log(failed, await nightly.task("t1").stdout());
 * ```
 */
export class Job {
  /** The job's id. */
  readonly id: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, id: string) {
    this.#client = client;
    this.id = id;
  }

  async #batch(): Promise<BatchPort> {
    return (await this.#client.connection()).batch;
  }

  /**
   * All that the service tells of it.
   *
   * @throws ServiceError `JobNotFound` where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/job/get
   * @example
   * ```ts
   * await using batch = connect();
   * const { state, executionInfo } = await batch.job("nightly").get();
   * ```
   */
  async get(options: CallOptions = {}): Promise<BatchJob> {
    const job = await (await this.#batch()).jobs.get(this.id, options);
    if (job === undefined) throw missing("job", this.id);
    return job;
  }

  /**
   * Whether there is such a job, be it that it has ended or is being deleted.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * if (await batch.job("nightly").exists()) console.log("There is one.");
   * ```
   */
  async exists(options: CallOptions = {}): Promise<boolean> {
    return (await (await this.#batch()).getJob(this.id, options)) !== undefined;
  }

  /**
   * Adds a task. One that is there already and is the same is fine: a request may have to be repeated.
   *
   * @throws ServiceError with the service's code for a task that it refuses, such as `TaskExists`, `JobCompleted`
   * @see https://learn.microsoft.com/rest/api/batchservice/task/addcollection
   * @example
   * ```ts
   * await using batch = connect();
   * const script = await batch.job("nightly").addTask(
   *   { id: "script", commandLine: "python3 script.py" },
   *   { files: ["script.py"] },
   * );
   * await script.wait();
   * ```
   */
  async addTask(task: Buildable<TaskParameter>, { files, signal }: AddTaskOptions = {}): Promise<Task> {
    const parameter = built(task);
    const connection = await this.#client.connection();
    const uploaded = files === undefined ? [] : await uploadFiles(connection, files, { signal });
    const whole =
      uploaded.length === 0
        ? parameter
        : { ...parameter, resourceFiles: [...(parameter.resourceFiles ?? []), ...uploaded] };
    await addOneTask(connection.batch, this.id, whole, { signal });
    return new Task(this.#client, this.id, parameter.id);
  }

  /**
   * Adds any number of tasks: {@link BatchParallel.fanOut} of tasks that are there already.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * const tasks = [1, 2, 3].map((n) => ({ id: `t${n}`, commandLine: `/bin/echo ${n}` }));
   * const { added, exists, refused } = await batch.job("nightly").addTasks(tasks);
   * ```
   */
  addTasks(
    tasks: Iterable<Buildable<TaskParameter>> | AsyncIterable<Buildable<TaskParameter>>,
    options: FanOutOptions = {},
  ): FanOut<Buildable<TaskParameter>> {
    return fanOut(this.#client, this.id, tasks, (task) => task, options);
  }

  /**
   * One of its tasks, by its id. No request is made.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * console.log(await batch.job("nightly").task("t1").stdout());
   * ```
   */
  task(taskId: string): Task {
    return new Task(this.#client, this.id, taskId);
  }

  /**
   * Its tasks.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/task/list
   * @example
   * ```ts
   * await using batch = connect();
   * const failed = { filter: "executionInfo/result eq 'failure'", select: ["id", "executionInfo"] } as const;
   * for await (const { id, executionInfo } of batch.job("nightly").tasks(failed)) {
   *   console.error(id, executionInfo?.failureInfo?.message);
   * }
   * ```
   */
  async *tasks<K extends keyof BatchTask = keyof BatchTask>(
    options: ListOptions<BatchTask, K> = {},
  ): AsyncGenerator<Pick<BatchTask, K>, void, undefined> {
    const { signal } = options;
    yield* (await this.#batch()).tasks.list(this.id, queryOf(options), { signal });
  }

  /**
   * Waits until all the tasks it has now, or gets meanwhile, have completed, or the job itself has; gives how many succeeded
   * and failed. A task that failed is no error of the wait. A job without tasks has none to wait for.
   *
   * @throws WaitError at the deadline; where the job is deleted meanwhile, or could not be started
   * @example
   * ```ts
   * await using batch = connect();
   * const { succeeded, failed } = await batch.job("nightly").wait({ deadline: "6h" });
   * ```
   */
  async wait(options: WaitOptions = {}): Promise<TaskCounts> {
    const { batch, engine } = await this.#client.connection();
    return waitFor<TaskCounts>(
      engine,
      `the tasks of job ${this.id} to complete`,
      async (call) => {
        const job = await batch.getJob(this.id, call);
        if (job === undefined) return { never: "Gone", seen: `there is no job ${this.id}` };
        const error = job.executionInfo?.schedulingError;
        if (error !== undefined) {
          return { never: "Impossible", seen: `it could not be started: ${error.message} (${error.code})` };
        }
        const counts = await batch.jobs.counts(this.id, call);
        const open = counts.active + counts.running;
        // Counts come late: only the list says that there is no more.
        if (job.state !== "completed" && (open > 0 || (await hasOpenTask(batch, this.id, call)))) {
          return {
            seen: `it was ${job.state}, and ${counts.completed} of ${counts.completed + open} tasks had completed`,
          };
        }
        return { found: await exactCounts(batch, this.id, call) };
      },
      options,
    );
  }

  /**
   * Waits until the job itself has ended, and gives how it is then: it ends by {@link Job.terminate}, by its
   * `maxWallClockTime`, or with its tasks where `onAllTasksComplete` says so.
   *
   * @throws WaitError at the deadline, or where it is deleted meanwhile
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").patch({ onAllTasksComplete: "terminatejob" });
   * const { executionInfo } = await batch.job("nightly").waitUntilEnded();
   * ```
   */
  async waitUntilEnded(options: WaitOptions = {}): Promise<BatchJob> {
    const { batch, engine } = await this.#client.connection();
    return waitFor<BatchJob>(
      engine,
      `job ${this.id} to end`,
      async (call) => {
        const job = await batch.jobs.get(this.id, call);
        if (job === undefined) return { never: "Gone", seen: `there is no job ${this.id}` };
        return job.state === "completed" ? { found: job } : { seen: `it was ${job.state}` };
      },
      options,
    );
  }

  /**
   * How many tasks it has, by their state. The service counts them with a delay of seconds.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/gettaskcounts
   * @example
   * ```ts
   * await using batch = connect();
   * const { active, running, completed } = await batch.job("nightly").counts();
   * ```
   */
  async counts(options: CallOptions = {}): Promise<TaskCounts> {
    return (await this.#batch()).jobs.counts(this.id, options);
  }

  /**
   * How its preparation and release went, node by node.
   *
   * @throws ServiceError `JobPreparationTaskOrReleaseTaskNotSpecified` where it has neither
   * @see https://learn.microsoft.com/rest/api/batchservice/job/listpreparationandreleasetaskstatus
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { nodeId, jobPreparationTaskExecutionInfo } of batch.job("nightly").preparations()) {
   *   console.log(nodeId, jobPreparationTaskExecutionInfo?.result);
   * }
   * ```
   */
  async *preparations(
    options: Omit<ListOptions<JobNodePreparation>, "select"> = {},
  ): AsyncGenerator<JobNodePreparation, void, undefined> {
    const { signal } = options;
    yield* (await this.#batch()).jobs.preparations(this.id, queryOf(options), { signal });
  }

  /**
   * Changes of it what is given.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/patch
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").patch({ priority: 500, onAllTasksComplete: "terminatejob" });
   * ```
   */
  async patch(changes: JobPatch, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobs.patch(this.id, changes, options);
  }

  /**
   * Changes all of it that can be changed: what is left out goes back to its default.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/update
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").update({ poolInfo: { poolId: "render" }, priority: 10 });
   * ```
   */
  async update(settings: JobUpdate, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobs.update(this.id, settings, options);
  }

  /**
   * Lets none of its tasks start until it is enabled again.
   *
   * @param tasks - what becomes of those that run: they are put back, they end, or they go on to their end
   * @see https://learn.microsoft.com/rest/api/batchservice/job/disable
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").disable("wait");
   * ```
   */
  async disable(tasks: "requeue" | "terminate" | "wait", options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobs.disable(this.id, tasks, options);
  }

  /**
   * Lets its tasks start again.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/enable
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").enable();
   * ```
   */
  async enable(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobs.enable(this.id, options);
  }

  /**
   * Ends it with all its tasks; it begins to, see {@link Job.waitUntilEnded}. Fine with a job that has ended or is gone.
   *
   * @param reason - what its `terminateReason` is to say. Default: `"UserTerminate"`
   * @see https://learn.microsoft.com/rest/api/batchservice/job/terminate
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").terminate("TooLate");
   * ```
   */
  async terminate(reason = "UserTerminate", options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).terminateJob(this.id, reason, options);
  }

  /**
   * Deletes it with its tasks and their files. Fine with a job that is gone.
   *
   * @throws WaitError at the deadline of the wait
   * @see https://learn.microsoft.com/rest/api/batchservice/job/delete
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").delete({ wait: true, deadline: "10m" });
   * ```
   */
  async delete({ wait = false, ...options }: DeleteOptions = {}): Promise<void> {
    const { batch, engine } = await this.#client.connection();
    await batch.deleteJob(this.id, { signal: options.signal });
    if (!wait) return;
    await waitUntilGone(
      engine,
      `job ${this.id}`,
      (call) => batch.getJob(this.id, call),
      ({ state }) => `it was ${state}`,
      options,
    );
  }
}

async function hasOpenTask(batch: BatchPort, jobId: string, options: CallOptions): Promise<boolean> {
  const query = { filter: "state ne 'completed'", select: ["id"] };
  for await (const _ of batch.tasks.list(jobId, query, options)) return true;
  return false;
}

/** As the list of tasks says, which is never late, as the service's own counts are. */
async function exactCounts(batch: BatchPort, jobId: string, options: CallOptions): Promise<TaskCounts> {
  const counts = { active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 };
  const query = { select: ["state", "executionInfo"] };
  for await (const { state, executionInfo } of batch.tasks.list(jobId, query, options)) {
    counts[state === "preparing" ? "running" : state] += 1;
    if (state === "completed") counts[executionInfo?.result === "success" ? "succeeded" : "failed"] += 1;
  }
  return counts;
}
