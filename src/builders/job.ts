import { brand, hasBrand } from "../errors/brand.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import { type BuiltJob, type JobSettings, jobParameter } from "./job-parameter.js";

/**
 * A description of a job. It never changes: each method gives a new one.
 *
 * @typeParam Id - the type of the job's id; `undefined` where the run gives it one
 * @example
 * ```ts
 * const nightly = job().priority(100).maxRetries(2).env({ LANG: "C" });
 * const results = await runParallel([1, 2, 3], (n) => n * n, { job: nightly });
 * ```
 */
export interface JobBuilder<Id extends string | undefined = string | undefined> {
  /** The job's id; `undefined` where the run gives it one. */
  readonly id: Id;
  /**
   * Which job of a pool goes first: -1000 to 1000. Default: 0.
   *
   * @example
   * ```ts
   * job("nightly").priority(-100);
   * ```
   */
  priority(priority: number): this;
  /**
   * How often Batch runs a task of the job again that failed as a whole; -1 for no limit. It has nothing to do with the
   * option `retries` of `runParallel`, which is about a single item.
   *
   * @example
   * ```ts
   * job("nightly").maxRetries(2);
   * ```
   */
  maxRetries(count: number): this;
  /**
   * How many tasks of the job run at once, on all nodes together; -1 for no limit, which is the default.
   *
   * @example
   * ```ts
   * job("nightly").maxParallelTasks(100);
   * ```
   */
  maxParallelTasks(count: number): this;
  /**
   * Environment variables of all tasks. A second call replaces the first.
   *
   * @example
   * ```ts
   * job("nightly").env({ LANG: "C", TZ: "UTC" });
   * ```
   */
  env(variables: Readonly<Record<string, string>>): this;
  /**
   * Names and values for whoever looks at the job; Batch gives them no meaning. A second call replaces the first.
   *
   * @example
   * ```ts
   * job("nightly").metadata({ team: "film", cost: "4711" });
   * ```
   */
  metadata(entries: Readonly<Record<string, string>>): this;
  /**
   * A name for people, up to 1024 characters.
   *
   * @example
   * ```ts
   * job("nightly").displayName("The nightly reports");
   * ```
   */
  displayName(name: string): this;
  /**
   * How long the job may take before Batch ends it with all its tasks.
   *
   * @example
   * ```ts
   * job("nightly").maxWallClockTime("6h");
   * ```
   */
  maxWallClockTime(time: Duration): this;
  /**
   * What happens when a task fails: nothing (the default), or what the task's exit conditions say.
   *
   * @example
   * ```ts
   * job("nightly").onTaskFailure("performexitoptionsjobaction");
   * ```
   */
  onTaskFailure(action: "noaction" | "performexitoptionsjobaction"): this;
  /**
   * The service's parameter, checked against the documented limits.
   *
   * @throws InvalidArgumentError that lists everything that is wrong at once
   * @example
   * ```ts
   * const parameter = job("nightly").priority(100).build();
   * console.log(parameter.id, parameter.priority); // nightly 100
   * ```
   */
  build(): BuiltJob<Id>;
}

/**
 * Begins the description of a job.
 *
 * @param id - the job's id, 1 to 64 letters, digits, hyphens and underscores; leave it out for the job of a run
 * @example
 * ```ts
 * const results = await runParallel([1, 2, 3], (n) => n * n, { job: job().priority(100) });
 * ```
 */
export function job(): JobBuilder<undefined>;
/** The same, under an id. */
export function job<Id extends string>(id: Id): JobBuilder<Id>;
export function job(id?: string): JobBuilder {
  return new Job({ id });
}

/** Whether a value is a job's description, of this copy of the package or another. */
export function isJobBuilder(value: unknown): value is JobBuilder {
  return hasBrand(value, "JobBuilder");
}

class Job implements JobBuilder {
  readonly #settings: JobSettings;

  constructor(settings: JobSettings) {
    this.#settings = settings;
    brand(this, "JobBuilder");
  }

  get id(): string | undefined {
    return this.#settings.id;
  }

  #with(settings: Partial<JobSettings>): this {
    return new Job({ ...this.#settings, ...settings }) as this;
  }

  priority(priority: number): this {
    return this.#with({ priority });
  }

  maxRetries(maxRetries: number): this {
    return this.#with({ maxRetries });
  }

  maxParallelTasks(maxParallelTasks: number): this {
    return this.#with({ maxParallelTasks });
  }

  env(env: Readonly<Record<string, string>>): this {
    return this.#with({ env: copyOf(env) });
  }

  metadata(metadata: Readonly<Record<string, string>>): this {
    return this.#with({ metadata: copyOf(metadata) });
  }

  displayName(displayName: string): this {
    return this.#with({ displayName });
  }

  maxWallClockTime(maxWallClockTime: Duration): this {
    return this.#with({ maxWallClockTime });
  }

  onTaskFailure(onTaskFailure: "noaction" | "performexitoptionsjobaction"): this {
    return this.#with({ onTaskFailure });
  }

  build(): BuiltJob<string | undefined> {
    return jobParameter(this.#settings);
  }
}
