import type { MetadataItem } from "./common.js";
import type { JobSpecification } from "./job.js";

/**
 * A schedule, by which Batch makes jobs.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/add
 */
export interface JobScheduleParameter {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's jobs and schedules, whatever the case. */
  readonly id: string;
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** When it makes jobs; all times are UTC. */
  readonly schedule: {
    /** No job before this time, as an ISO 8601 time. Default: from now on. */
    readonly doNotRunUntil?: string;
    /** No job after this time, as an ISO 8601 time; the schedule then ends. Default: it never does. */
    readonly doNotRunAfter?: string;
    /** How long after its time a job may still be made, as an ISO 8601 duration from `"PT1M"` on. Default: for ever. */
    readonly startWindow?: string;
    /** The time between the starts of two jobs, as an ISO 8601 duration from `"PT1M"` on. Default: there is one job. */
    readonly recurrenceInterval?: string;
  };
  /** What its jobs are like. */
  readonly jobSpecification: JobSpecification;
  /** Names and values for whoever looks at the schedule. */
  readonly metadata?: readonly MetadataItem[];
}
