import type { JobScheduleParameter } from "../azure/parameters/index.js";
import { brand, hasBrand } from "../errors/brand.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import { propertiesOf } from "./existing.js";
import type { JobBuilder } from "./job.js";
import type { JobPlace } from "./job-parameter.js";
import {
  JOB_SCHEDULE_PROPERTIES,
  type JobScheduleSettings,
  jobScheduleParameter,
} from "./job-schedule-parameter.js";

/** What a job schedule's builder makes. */
export type BuiltJobSchedule<Id extends string> = JobScheduleParameter & { readonly id: Id };

/**
 * A description of a schedule by which Batch makes jobs, which has no job yet. It never changes: each method gives a new
 * one, and a second call of a method replaces the first.
 *
 * @typeParam Id - the type of the schedule's id
 * @example
 * ```ts
 * const hourly = jobSchedule("hourly")
 *   .every("1h")
 *   .doNotRunAfter("2030-12-31")
 *   .job(job().pool("render").managerTask({ command: ["python3", "plan.py"] }));
 * ```
 */
export interface JobScheduleStart<Id extends string = string> {
  /** The schedule's id. */
  readonly id: Id;
  /**
   * A name for people, up to 1024 characters.
   *
   * @example
   * ```ts
   * jobSchedule("hourly").displayName("Every hour");
   * ```
   */
  displayName(name: string): this;
  /**
   * The time between the starts of two jobs, at least a minute. Without it there is one job. While a job runs there is no
   * other of the schedule.
   *
   * @example
   * ```ts
   * jobSchedule("nightly").every("1d");
   * ```
   */
  every(interval: Duration): this;
  /**
   * How long after its time a job may still be made, at least a minute. Default: for ever. A job that could not be made in
   * this time, because the one before still ran, is left out.
   *
   * @example
   * ```ts
   * jobSchedule("hourly").every("1h").startWindow("10m");
   * ```
   */
  startWindow(window: Duration): this;
  /**
   * There is no job before this time: a `Date`, or an ISO 8601 time with its zone; a day alone begins in UTC. Fractions of
   * seconds are left out.
   *
   * @example
   * ```ts
   * jobSchedule("nightly").every("1d").doNotRunUntil("2030-01-01T02:00:00+01:00");
   * ```
   */
  doNotRunUntil(time: Date | string): this;
  /**
   * There is no job after this time, and the schedule ends: a `Date`, or an ISO 8601 time with its zone; a day alone
   * begins in UTC. Fractions of seconds are left out.
   *
   * @example
   * ```ts
   * jobSchedule("nightly").every("1d").doNotRunAfter(new Date("2030-12-31"));
   * ```
   */
  doNotRunAfter(time: Date | string): this;
  /**
   * Names and values for whoever looks at the schedule; Batch gives them no meaning. Those of its jobs are the job's.
   *
   * @example
   * ```ts
   * jobSchedule("nightly").metadata({ team: "film" });
   * ```
   */
  metadata(entries: Readonly<Record<string, string>>): this;
  /**
   * What the schedule's jobs are like: a job without an id, as Batch gives them theirs, and with a pool. As nobody adds
   * tasks to them, it usually has a manager task that does.
   *
   * @example
   * ```ts
   * const report = job().pool("reports").managerTask({ command: ["python3", "report.py"] });
   * jobSchedule("nightly").every("1d").job(report);
   * ```
   */
  job(job: JobBuilder<undefined, JobPlace>): JobScheduleBuilder<Id>;
}

/** A description of a schedule that can be built: it has a job. */
export interface JobScheduleBuilder<Id extends string = string> extends JobScheduleStart<Id> {
  /**
   * The service's parameter, checked against the documented limits.
   *
   * @throws InvalidArgumentError that lists everything that is wrong at once
   * @example
   * ```ts
   * const parameter = jobSchedule("hourly").every("1h").job(job().pool("render")).build();
   * console.log(parameter.schedule.recurrenceInterval); // PT1H
   * ```
   */
  build(): BuiltJobSchedule<Id>;
}

/**
 * Begins the description of a schedule by which Batch makes jobs.
 *
 * @param id - the schedule's id, 1 to 64 letters, digits, hyphens and underscores; its jobs are called `<id>:job-<n>`
 * @example
 * ```ts
 * const nightly = jobSchedule("nightly").every("1d").job(job().pool("reports"));
 * ```
 */
export function jobSchedule<Id extends string>(id: Id): JobScheduleStart<Id> {
  return new JobSchedule({ id }) as unknown as JobScheduleStart<Id>;
}

/** Other beginnings of a schedule's description. */
export namespace jobSchedule {
  /**
   * Begins from a schedule that exists, as the service gives it, or from another description; the methods then say what
   * differs. What only the service sets, such as the schedule's state, is left out. So are secrets, which it never gives:
   * say them again.
   *
   * @param existing - a schedule's description, or its properties
   * @param id - the new schedule's id
   * @example
   * ```ts
   * const nightly = jobSchedule("nightly").every("1d").job(job().pool("reports"));
   * const hourly = jobSchedule.from(nightly, "hourly").every("1h");
   * ```
   */
  export function from<Id extends string>(
    existing: JobScheduleBuilder | Partial<JobScheduleParameter>,
    id: Id,
  ): JobScheduleBuilder<Id> {
    const former = JobSchedule.settingsOf(existing) ?? {
      existing: propertiesOf(parameterOf(existing), JOB_SCHEDULE_PROPERTIES, "jobSchedule.from"),
    };
    return new JobSchedule({ ...former, id }) as unknown as JobScheduleBuilder<Id>;
  }
}

function parameterOf(
  existing: JobScheduleBuilder | Partial<JobScheduleParameter>,
): Partial<JobScheduleParameter> {
  return isJobScheduleBuilder(existing) ? existing.build() : existing;
}

/** Whether a value is a job schedule's description, of this copy of the package or another. */
export function isJobScheduleBuilder(value: unknown): value is JobScheduleBuilder {
  return hasBrand(value, "JobScheduleBuilder");
}

class JobSchedule implements JobScheduleBuilder {
  readonly #settings: JobScheduleSettings;

  constructor(settings: JobScheduleSettings) {
    this.#settings = settings;
    brand(this, "JobScheduleBuilder");
  }

  static settingsOf(value: object): JobScheduleSettings | undefined {
    return typeof value === "object" && value !== null && #settings in value ? value.#settings : undefined;
  }

  get id(): string {
    return this.#settings.id;
  }

  #with(settings: Partial<JobScheduleSettings>): this {
    return new JobSchedule({ ...this.#settings, ...settings }) as this;
  }

  displayName(displayName: string): this {
    return this.#with({ displayName });
  }

  every(every: Duration): this {
    return this.#with({ every });
  }

  startWindow(startWindow: Duration): this {
    return this.#with({ startWindow });
  }

  doNotRunUntil(time: Date | string): this {
    return this.#with({ doNotRunUntil: timeOf(time) });
  }

  doNotRunAfter(time: Date | string): this {
    return this.#with({ doNotRunAfter: timeOf(time) });
  }

  metadata(metadata: Readonly<Record<string, string>>): this {
    return this.#with({ metadata: copyOf(metadata) });
  }

  job(job: JobBuilder<undefined, JobPlace>): this {
    return this.#with({ job });
  }

  build(): BuiltJobSchedule<string> {
    return jobScheduleParameter(this.#settings);
  }
}

/** A date can be changed after it was given. */
function timeOf(time: Date | string): Date | string {
  return time instanceof Date ? new Date(time) : time;
}
