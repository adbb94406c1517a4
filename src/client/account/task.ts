import type { TaskPlace } from "../../azure/operations/tasks.js";
import type { CallOptions } from "../../azure/ports.js";
import type { BatchFile, BatchSubtask, BatchTask, TaskUpdate } from "../../azure/resources/index.js";
import type { Client } from "../client.js";
import {
  downloadFile,
  downloadFolder,
  type ListFilesOptions,
  listFiles,
  readTail,
  readText,
} from "./files.js";
import { followText } from "./follow.js";
import { missing } from "./missing.js";
import { type WaitOptions, waitFor } from "./wait.js";

/** Which of a task's files is meant. */
export interface TaskFileOptions extends CallOptions {
  /** Its path below the task's directory. Default: `"stdout.txt"`, its standard output. */
  readonly path?: string;
}

/**
 * A task of a job, by its id: what can be asked of it, and done with it. Made by `job.task(id)` without a request, and by
 * `job.addTask`.
 *
 * Paths of files are below the task's directory: `stdout.txt`, `stderr.txt`, and `wd/…` for what its program wrote into its
 * working directory. They are on the task's node: gone with it, or when the task's retention time is over.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * const first = batch.job("nightly").task("t1");
 * const { executionInfo } = await first.wait({ deadline: "1h" });
 * console.log(executionInfo?.exitCode, await first.stdout());
 * ```
 */
export class Task {
  /** The task's id. */
  readonly id: string;
  /** The id of its job. */
  readonly jobId: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, jobId: string, id: string) {
    this.#client = client;
    this.jobId = jobId;
    this.id = id;
  }

  get #place(): TaskPlace {
    return { jobId: this.jobId, taskId: this.id };
  }

  async #batch() {
    return (await this.#client.connection()).batch;
  }

  /**
   * All that the service tells of it.
   *
   * @throws ServiceError `TaskNotFound` or `JobNotFound` where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/task/get
   * @example
   * ```ts
   * await using batch = connect();
   * const { state, nodeInfo } = await batch.job("nightly").task("t1").get();
   * ```
   */
  async get(options: CallOptions = {}): Promise<BatchTask> {
    const task = await (await this.#batch()).tasks.get(this.#place, options);
    if (task === undefined) throw missing("task", `${this.id} of job ${this.jobId}`);
    return task;
  }

  /**
   * Waits until it has completed, and gives how it is then. A program that failed is no error of the wait: look at
   * `executionInfo`.
   *
   * @throws WaitError at the deadline, or where the task is deleted meanwhile
   * @example
   * ```ts
   * await using batch = connect();
   * const { executionInfo } = await batch.job("nightly").task("t1").wait({ deadline: "1h" });
   * if (executionInfo?.result === "failure") console.error(executionInfo.failureInfo?.message);
   * ```
   */
  async wait(options: WaitOptions = {}): Promise<BatchTask> {
    const { batch, engine } = await this.#client.connection();
    const select = ["state", "executionInfo", "nodeInfo"];
    const name = `task ${this.id} of job ${this.jobId}`;
    await waitFor(
      engine,
      `${name} to complete`,
      async (call) => {
        const task = await batch.tasks.get(this.#place, { ...call, select });
        if (task === undefined) return { never: "Gone", seen: `there is no ${name}` };
        if (task.state === "completed") return { found: undefined };
        const node = task.nodeInfo === undefined ? "" : ` on node ${task.nodeInfo.nodeId}`;
        return { seen: `it was ${task.state}${node}` };
      },
      options,
    );
    return this.get({ signal: options.signal });
  }

  /**
   * What it wrote to its standard output, so far.
   *
   * @throws FileError `FileNotFound` where it has not run, or its node is gone
   * @example
   * ```ts
   * await using batch = connect();
   * console.log(await batch.job("nightly").task("t1").stdout());
   * ```
   */
  stdout(options: CallOptions = {}): Promise<string> {
    return this.read("stdout.txt", options);
  }

  /**
   * What it wrote to its error stream, so far.
   *
   * @throws FileError `FileNotFound` where it has not run, or its node is gone
   * @example
   * ```ts
   * await using batch = connect();
   * console.error(await batch.job("nightly").task("t1").stderr());
   * ```
   */
  stderr(options: CallOptions = {}): Promise<string> {
    return this.read("stderr.txt", options);
  }

  /**
   * One of its files as text (UTF-8).
   *
   * @throws FileError where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/file/getfromtask
   * @example
   * ```ts
   * await using batch = connect();
   * const report = await batch.job("nightly").task("t1").read("wd/report.txt");
   * ```
   */
  async read(path: string, options: CallOptions = {}): Promise<string> {
    return readText(await this.#batch(), this.#place, path, options);
  }

  /**
   * The end of one of its files as text: at most so many bytes, whole characters.
   *
   * @throws FileError where there is none
   * @example
   * ```ts
   * await using batch = connect();
   * const lastOfErrors = await batch.job("nightly").task("t1").tail(4096, { path: "stderr.txt" });
   * ```
   */
  async tail(bytes: number, { path = "stdout.txt", ...options }: TaskFileOptions = {}): Promise<string> {
    return readTail(await this.#batch(), this.#place, path, bytes, options);
  }

  /**
   * The text of one of its files as it is written: waits for the task to start, and ends when it has completed and all is
   * read. A task that is run again begins its files anew, and so does the text.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const text of batch.job("nightly").task("t1").follow()) process.stdout.write(text);
   * ```
   */
  async *follow({
    path = "stdout.txt",
    ...options
  }: TaskFileOptions = {}): AsyncGenerator<string, void, undefined> {
    yield* followText(await this.#client.connection(), this.#place, path, options);
  }

  /**
   * Its files and folders, by their paths below its directory.
   *
   * @throws ServiceError `TaskFilesUnavailable` or `TaskFilesCleanedup` where it has none (any more)
   * @see https://learn.microsoft.com/rest/api/batchservice/file/listfromtask
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const file of batch.job("nightly").task("t1").files({ prefix: "wd/" })) {
   *   console.log(file.name, file.properties?.contentLength);
   * }
   * ```
   */
  async *files(options: ListFilesOptions = {}): AsyncGenerator<BatchFile, void, undefined> {
    yield* listFiles(await this.#batch(), this.#place, options);
  }

  /**
   * Stores one of its files here, of any size. The file has its final name only once all of it is there.
   *
   * @param path - its path below the task's directory
   * @param to - its path here; folders on the way are made, a file that is there is replaced
   * @throws FileError where there is none
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").download("wd/movie.mp4", "results/movie.mp4");
   * ```
   */
  async download(path: string, to: string, options: CallOptions = {}): Promise<void> {
    await downloadFile(await this.#batch(), this.#place, path, to, options);
  }

  /**
   * Stores all files of one of its folders here, and gives their paths here. Each has its final name only once all of it is
   * there, and none is stored outside of `to`.
   *
   * @param folder - the folder's path below the task's directory; `""` for all that the task has
   * @param to - the folder here; made where it is missing
   * @throws FileError where there is no such folder, or a file's name would lead out of `to`
   * @example
   * ```ts
   * await using batch = connect();
   * const paths = await batch.job("nightly").task("t1").downloadFolder("wd/frames", "results/frames");
   * ```
   */
  async downloadFolder(folder: string, to: string, options: CallOptions = {}): Promise<string[]> {
    return downloadFolder(await this.#batch(), this.#place, folder, to, options);
  }

  /**
   * Deletes one of its files, or a folder with all that is in it. Fine with a file that is gone.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/file/deletefromtask
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").deleteFile("wd/frames");
   * ```
   */
  async deleteFile(path: string, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).files.delete(this.#place, path, true, options);
  }

  /**
   * Ends it: it has completed then, and failed. Fine with a task that has ended or is gone.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/task/terminate
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").terminate();
   * ```
   */
  async terminate(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).terminateTask(this.jobId, this.id, options);
  }

  /**
   * Lets it run again that has completed, and not with exit code 0.
   *
   * @throws ServiceError `TaskNotCompleted`, `TaskSucceeded`, `JobCompleted`
   * @see https://learn.microsoft.com/rest/api/batchservice/task/reactivate
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").reactivate();
   * ```
   */
  async reactivate(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).tasks.reactivate(this.#place, options);
  }

  /**
   * Changes its limits; those that are left out go back to their defaults.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/task/update
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").update({ constraints: { maxTaskRetryCount: 3 } });
   * ```
   */
  async update(settings: TaskUpdate, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).tasks.update(this.#place, settings, options);
  }

  /**
   * The parts of a multi-instance task; none of any other one.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/task/listsubtasks
   * @example
   * ```ts
   * await using batch = connect();
   * for (const { id, exitCode } of await batch.job("nightly").task("mpi").subtasks()) console.log(id, exitCode);
   * ```
   */
  async subtasks(options: CallOptions = {}): Promise<readonly BatchSubtask[]> {
    return (await this.#batch()).tasks.subtasks(this.#place, options);
  }

  /**
   * Deletes it with its files. Fine with a task that is gone.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/task/delete
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.job("nightly").task("t1").delete();
   * ```
   */
  async delete(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).tasks.delete(this.#place, options);
  }
}
