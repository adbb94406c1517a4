import type { JobScheduleParameter } from "../parameters/index.js";
import type { ResourceProperties } from "./common.js";

/** The states of a job schedule: https://learn.microsoft.com/rest/api/batchservice/jobschedule/get#jobschedulestate */
export type JobScheduleState = "active" | "completed" | "disabled" | "terminating" | "deleting";

/**
 * A job schedule as the service shows it: what it was made with, and how it is.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/jobschedule/get
 */
export interface BatchJobSchedule extends JobScheduleParameter, ResourceProperties {
  /** `"completed"` when it makes no jobs any more. */
  readonly state: JobScheduleState;
  /** Since when. */
  readonly stateTransitionTime: string;
  /** Its state before. */
  readonly previousState?: JobScheduleState;
  /** Since when it was in that. */
  readonly previousStateTransitionTime?: string;
  /** How it goes. */
  readonly executionInfo?: {
    /** When it makes its next job. */
    readonly nextRunTime?: string;
    /** The job that it made last. */
    readonly recentJob?: {
      /** The job's id. */
      readonly id: string;
      /** Where the job is in the REST API. */
      readonly url?: string;
    };
    /** When it ended. */
    readonly endTime?: string;
  };
}

/** What of a job schedule can be changed, for the jobs to come; what is left out stays as it is. */
export type JobSchedulePatch = Partial<
  Pick<JobScheduleParameter, "schedule" | "jobSpecification" | "metadata">
>;
