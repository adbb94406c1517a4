import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type { BatchJob, BatchJobSchedule, JobSchedulePatch } from "../../azure/resources/index.js";
import type { Client } from "../client.js";
import { type ListOptions, queryOf } from "./list-options.js";
import { missing } from "./missing.js";
import type { DeleteOptions } from "./pool.js";
import { waitUntilGone } from "./wait.js";

/**
 * A job schedule, by its id: what can be asked of it, and done with it. Made by `batch.jobSchedule(id)` without a request, and
 * by `batch.createJobSchedule`.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * const { executionInfo } = await batch.jobSchedule("every-night").get();
 * console.log(executionInfo?.recentJob?.id, executionInfo?.nextRunTime);
 * ```
 */
export class JobSchedule {
  /** The schedule's id. */
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
   * @throws ServiceError `JobScheduleNotFound` where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/get
   * @example
   * ```ts
   * await using batch = connect();
   * const { state } = await batch.jobSchedule("every-night").get();
   * ```
   */
  async get(options: CallOptions = {}): Promise<BatchJobSchedule> {
    const schedule = await (await this.#batch()).jobSchedules.get(this.id, options);
    if (schedule === undefined) throw missing("job schedule", this.id);
    return schedule;
  }

  /**
   * The jobs that it made and that are there; `batch.job(id)` gives a handle.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/job/listfromjobschedule
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { id, state } of batch.jobSchedule("every-night").jobs({ select: ["id", "state"] })) {
   *   console.log(id, state);
   * }
   * ```
   */
  async *jobs<K extends keyof BatchJob = keyof BatchJob>(
    options: ListOptions<BatchJob, K> = {},
  ): AsyncGenerator<Pick<BatchJob, K>, void, undefined> {
    const { signal } = options;
    yield* (await this.#batch()).jobSchedules.jobs(this.id, queryOf(options), { signal });
  }

  /**
   * Changes what is given, for the jobs to come.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/patch
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").patch({ schedule: { recurrenceInterval: "PT12H" } });
   * ```
   */
  async patch(changes: JobSchedulePatch, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobSchedules.patch(this.id, changes, options);
  }

  /**
   * Lets it make no jobs until it is enabled again; the one that runs goes on.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/disable
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").disable();
   * ```
   */
  async disable(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobSchedules.disable(this.id, options);
  }

  /**
   * Lets it make jobs again.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/enable
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").enable();
   * ```
   */
  async enable(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobSchedules.enable(this.id, options);
  }

  /**
   * Ends it with the job that runs. Fine with a schedule that has ended or is gone.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/terminate
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").terminate();
   * ```
   */
  async terminate(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).jobSchedules.terminate(this.id, options);
  }

  /**
   * Deletes it with all its jobs and their tasks. Fine with a schedule that is gone.
   *
   * @throws WaitError at the deadline of the wait
   * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/delete
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.jobSchedule("every-night").delete({ wait: true, deadline: "10m" });
   * ```
   */
  async delete({ wait = false, ...options }: DeleteOptions = {}): Promise<void> {
    const { batch, engine } = await this.#client.connection();
    await batch.jobSchedules.delete(this.id, { signal: options.signal });
    if (!wait) return;
    await waitUntilGone(
      engine,
      `job schedule ${this.id}`,
      (call) => batch.jobSchedules.get(this.id, call),
      ({ state }) => `it was ${state}`,
      options,
    );
  }
}
