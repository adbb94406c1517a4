import type { JobParameter } from "../azure/parameters/index.js";
import { brand, hasBrand } from "../errors/brand.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import { propertiesOf } from "./existing.js";
import {
  type BuiltJob,
  JOB_PROPERTIES,
  type JobPlace,
  type JobSettings,
  jobParameter,
} from "./job-parameter.js";
import type { AutoPoolOptions } from "./job-pool.js";
import type { ManagerTaskOptions, PreparationTaskOptions, ReleaseTaskOptions } from "./job-tasks.js";
import type { PoolBuilder } from "./pool.js";

/**
 * A description of a job. It never changes: each method gives a new one, and a second call of a method replaces the first.
 *
 * A job without a pool is what `runParallel` takes, which has its own; a job with one is what Batch takes.
 *
 * @typeParam Id - the type of the job's id; `undefined` where the run, or the schedule, gives it one
 * @typeParam Place - whether it says where its tasks run
 * @example
 * ```ts
 * const nightly = job().priority(100).maxRetries(2).env({ LANG: "C" });
 * const results = await runParallel([1, 2, 3], (n) => n * n, { job: nightly });
 * ```
 */
export interface JobBuilder<
  Id extends string | undefined = string | undefined,
  Place extends JobPlace | undefined = JobPlace | undefined,
> {
  /** The job's id; `undefined` where the run, or the schedule, gives it one. */
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
   * Environment variables of all tasks.
   *
   * @example
   * ```ts
   * job("nightly").env({ LANG: "C", TZ: "UTC" });
   * ```
   */
  env(variables: Readonly<Record<string, string>>): this;
  /**
   * Names and values for whoever looks at the job; Batch gives them no meaning.
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
   * What happens when all tasks have completed: nothing (the default), or the job ends, which cannot be undone. A job
   * without tasks counts as one whose tasks have completed: set it after the last task, or with a manager task.
   *
   * @example
   * ```ts
   * job("nightly").onAllTasksComplete("terminatejob");
   * ```
   */
  onAllTasksComplete(action: "noaction" | "terminatejob"): this;
  /**
   * Lets the job's tasks have `dependsOn()` and, in their exit conditions, `dependencyAction`.
   *
   * @example
   * ```ts
   * job("pipeline").pool("render").usesTaskDependencies();
   * ```
   */
  usesTaskDependencies(uses?: boolean): this;
  /**
   * Lets Batch interrupt the job's tasks, and queue them again, for those of jobs with a higher priority.
   *
   * @example
   * ```ts
   * job("background").priority(-500).allowTaskPreemption();
   * ```
   */
  allowTaskPreemption(allow?: boolean): this;
  /**
   * The network that nodes join while they run the job's tasks, by the Azure resource id of a subnet.
   *
   * @example
   * ```ts
   * job("nightly").network({
   *   subnetId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/default",
   * });
   * ```
   */
  network(network: { readonly subnetId: string }): this;
  /**
   * The task that begins with the job, and makes the job's other tasks. The job ends with it, unless
   * `killJobOnCompletion` is `false`.
   *
   * @example
   * ```ts
   * job("nightly").pool("render").managerTask({
   *   command: ["python3", "plan.py"],
   *   resourceFiles: [{ httpUrl: "https://example.com/plan.py", filePath: "plan.py" }],
   *   authenticationToken: ["job"],
   * });
   * ```
   */
  managerTask(task: ManagerTaskOptions): this;
  /**
   * What a node does before its first task of the job, such as bringing what all of them read.
   *
   * @example
   * ```ts
   * job("nightly").pool("render").preparationTask({
   *   command: ["tar", "-xf", "textures.tar", "-C", "/tmp"],
   *   resourceFiles: [{ httpUrl: "https://example.com/textures.tar", filePath: "textures.tar" }],
   *   maxTaskRetryCount: 2,
   * });
   * ```
   */
  preparationTask(task: PreparationTaskOptions): this;
  /**
   * What a node that ran the preparation task does when the job ends, in 15 minutes at the most.
   *
   * @example
   * ```ts
   * job("nightly")
   *   .pool("render")
   *   .preparationTask({ command: ["mkdir", "-p", "/tmp/nightly"] })
   *   .releaseTask({ command: ["rm", "-rf", "/tmp/nightly"] });
   * ```
   */
  releaseTask(task: ReleaseTaskOptions): this;
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
  build(): BuiltJob<Id, Place>;
}

/** A job of which it is open where its tasks run: a pool that exists and one that Batch makes exclude each other. */
export interface UnplacedJobBuilder<
  Id extends string | undefined = string | undefined,
  Place extends JobPlace | undefined = JobPlace | undefined,
> extends JobBuilder<Id, Place> {
  /**
   * Lets the job's tasks run on a pool, which may also be made later.
   *
   * @example
   * ```ts
   * job("nightly").pool("render");
   * ```
   */
  pool(poolId: string): JobBuilder<Id, "pool">;
  /**
   * Lets Batch make a pool for the job, which goes with it.
   *
   * @example
   * ```ts
   * job("nightly").autoPool(
   *   pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).spotNodes(4),
   *   { idPrefix: "nightly" },
   * );
   * ```
   */
  autoPool(pool: PoolBuilder<undefined>, options?: AutoPoolOptions): JobBuilder<Id, "autoPool">;
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
export function job(): UnplacedJobBuilder<undefined, undefined>;
/** The same, under an id. */
export function job<Id extends string>(id: Id): UnplacedJobBuilder<Id, undefined>;
export function job(id?: string): UnplacedJobBuilder {
  return new Job({ id });
}

/** Other beginnings of a job's description. */
export namespace job {
  /**
   * Begins from a job that exists, as the service gives it, or from another description; the methods then say what
   * differs. What only the service sets, such as the job's state, is left out. So are secrets, which it never gives: say
   * them again.
   *
   * @param existing - a job's description, or its properties
   * @param id - the new job's id; without one it is the job of a run or of a schedule
   * @example
   * ```ts
   * const monday = job("monday").pool("render").priority(100).env({ LANG: "C" });
   * const tuesday = job.from(monday, "tuesday").priority(200);
   * ```
   */
  export function from<
    Existing extends JobBuilder | Partial<JobParameter>,
    Id extends string | undefined = undefined,
  >(existing: Existing, id?: Id): UnplacedJobBuilder<Id, PlaceOf<Existing>> {
    const former = Job.settingsOf(existing) ?? {
      existing: propertiesOf(parameterOf(existing), JOB_PROPERTIES, "job.from"),
    };
    return new Job({ ...former, id }) as unknown as UnplacedJobBuilder<Id, PlaceOf<Existing>>;
  }
}

/** Whether what a job begins from says where its tasks run. */
export type PlaceOf<Existing> =
  Existing extends JobBuilder<string | undefined, infer Place>
    ? Place
    : Existing extends Pick<JobParameter, "poolInfo">
      ? JobPlace
      : undefined;

function parameterOf(existing: JobBuilder | Partial<JobParameter>): Partial<JobParameter> {
  return isJobBuilder(existing) ? existing.build() : existing;
}

/** Whether a value is a job's description, of this copy of the package or another. */
export function isJobBuilder(value: unknown): value is JobBuilder {
  return hasBrand(value, "JobBuilder");
}

class Job implements UnplacedJobBuilder {
  readonly #settings: JobSettings;

  constructor(settings: JobSettings) {
    this.#settings = settings;
    brand(this, "JobBuilder");
  }

  static settingsOf(value: object): JobSettings | undefined {
    return typeof value === "object" && value !== null && #settings in value ? value.#settings : undefined;
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

  onAllTasksComplete(onAllTasksComplete: "noaction" | "terminatejob"): this {
    return this.#with({ onAllTasksComplete });
  }

  usesTaskDependencies(usesTaskDependencies = true): this {
    return this.#with({ usesTaskDependencies });
  }

  allowTaskPreemption(allowTaskPreemption = true): this {
    return this.#with({ allowTaskPreemption });
  }

  network(network: { readonly subnetId: string }): this {
    return this.#with({ network: copyOf(network) });
  }

  managerTask(managerTask: ManagerTaskOptions): this {
    return this.#with({ managerTask: copyOf(managerTask) });
  }

  preparationTask(preparationTask: PreparationTaskOptions): this {
    return this.#with({ preparationTask: copyOf(preparationTask) });
  }

  releaseTask(releaseTask: ReleaseTaskOptions): this {
    return this.#with({ releaseTask: copyOf(releaseTask) });
  }

  pool(poolId: string): JobBuilder<string | undefined, "pool"> {
    return this.#with({ pool: { kind: "pool", poolId } }) as unknown as JobBuilder<
      string | undefined,
      "pool"
    >;
  }

  autoPool(
    pool: PoolBuilder<undefined>,
    options: AutoPoolOptions = {},
  ): JobBuilder<string | undefined, "autoPool"> {
    const settings = { kind: "autoPool", pool, options: copyOf(options) } as const;
    return this.#with({ pool: settings }) as unknown as JobBuilder<string | undefined, "autoPool">;
  }

  build(): BuiltJob<string | undefined, JobPlace | undefined> {
    return jobParameter(this.#settings);
  }
}
