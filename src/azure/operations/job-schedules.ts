import type { Send } from "../batch-requests.js";
import { type Act, act, create, find, type ListQuery, list, segment } from "../batch-resources.js";
import type { JobScheduleParameter } from "../parameters/index.js";
import type { CallOptions } from "../ports.js";
import type { BatchJob, BatchJobSchedule, JobSchedulePatch } from "../resources/index.js";

/** The job schedules of an account. */
export interface JobScheduleOperations {
  create(schedule: JobScheduleParameter, options?: CallOptions): Promise<void>;
  /** The schedule, or undefined where there is none. */
  get(scheduleId: string, options?: CallOptions): Promise<BatchJobSchedule | undefined>;
  list(query: ListQuery, options?: CallOptions): AsyncIterable<BatchJobSchedule>;
  /** The jobs that it made and that are there. */
  jobs(scheduleId: string, query: ListQuery, options?: CallOptions): AsyncIterable<BatchJob>;
  patch(scheduleId: string, changes: JobSchedulePatch, options?: CallOptions): Promise<void>;
  disable(scheduleId: string, options?: CallOptions): Promise<void>;
  enable(scheduleId: string, options?: CallOptions): Promise<void>;
  /** Fine with a schedule that has ended or is gone. */
  terminate(scheduleId: string, options?: CallOptions): Promise<void>;
  /** Fine with a schedule that is gone. */
  delete(scheduleId: string, options?: CallOptions): Promise<void>;
}

const ENDED = [
  "JobScheduleNotFound",
  "JobScheduleCompleted",
  "JobScheduleBeingTerminated",
  "JobScheduleBeingDeleted",
];

export function jobScheduleOperations(send: Send): JobScheduleOperations {
  const pathOf = (scheduleId: string) => `/jobschedules/${segment(scheduleId, "scheduleId")}`;
  const doing = async (request: Act, options: CallOptions | undefined) => {
    await act(send, request, options);
  };
  const post = (what: string, scheduleId: string, fine: readonly string[], options?: CallOptions) =>
    doing(
      {
        operation: `${what} job schedule ${scheduleId}`,
        method: "POST",
        target: `${pathOf(scheduleId)}/${what}`,
        fine,
      },
      options,
    );

  return {
    create: (schedule, options) =>
      create(
        send,
        { what: "job schedule", at: "/jobschedules", exists: "JobScheduleExists" },
        schedule,
        options,
      ),

    get: (scheduleId, options) =>
      find(send, `get job schedule ${scheduleId}`, pathOf(scheduleId), undefined, options),

    list: (query, options) => list(send, "list the job schedules", "/jobschedules", query, options),

    jobs: (scheduleId, query, options) =>
      list(send, `list the jobs of job schedule ${scheduleId}`, `${pathOf(scheduleId)}/jobs`, query, options),

    patch: (scheduleId, body, options) =>
      doing(
        { operation: `change job schedule ${scheduleId}`, method: "PATCH", target: pathOf(scheduleId), body },
        options,
      ),

    disable: (scheduleId, options) => post("disable", scheduleId, [], options),

    enable: (scheduleId, options) => post("enable", scheduleId, [], options),

    terminate: (scheduleId, options) => post("terminate", scheduleId, ENDED, options),

    delete: (scheduleId, options) =>
      doing(
        {
          operation: `delete job schedule ${scheduleId}`,
          method: "DELETE",
          target: pathOf(scheduleId),
          fine: ["JobScheduleNotFound", "JobScheduleBeingDeleted"],
        },
        options,
      ),
  };
}
