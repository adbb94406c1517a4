import type { Timer } from "../clock.js";
import type { Micros } from "../wire/time.js";
import type { JobRecord } from "./job.js";
import type { JobSpecification, ScheduleSpec } from "./specs.js";

export type ScheduleState = "active" | "completed" | "disabled" | "terminating" | "deleting";

/** A job schedule: it makes jobs, one after the other. */
export interface ScheduleRecord {
  readonly id: string;
  spec: ScheduleSpecification;
  readonly created: Micros;
  modified: Micros;
  state: ScheduleState;
  stateChanged: Micros;
  previousState: ScheduleState | undefined;
  previousStateChanged: Micros;
  endTime: Micros | undefined;
  /** When the next job is due; a disabled schedule shows it too. */
  nextRun: Micros | undefined;
  /** No job will come any more: the schedule ends with its latest one. */
  over: boolean;
  /** When the latest one was due. */
  lastDue: Micros | undefined;
  /** The wait for the next one, or for the time after which there is none. */
  timer: Timer | undefined;
  /** An occurrence that could not start, because a job was still active, may start until then. */
  windowEnds: Micros | undefined;
  jobCount: number;
  /** The latest job; it may be gone. */
  recentJob: JobRecord | undefined;
  /** The pool that all jobs share, for auto pools that live as long as the schedule. */
  autoPoolId: string | undefined;
}

export interface ScheduleSpecification {
  displayName?: string;
  schedule: ScheduleSpec;
  jobSpecification: JobSpecification;
  metadata?: { name: string; value: string }[];
}
