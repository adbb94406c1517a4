import { contentOf, type Send } from "../batch-requests.js";
import { type Act, act, find, jobPath, type ListQuery, list } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type { BatchJob, JobNodePreparation, JobPatch, JobUpdate, TaskCounts } from "../resources/index.js";

/** The jobs of an account, beyond what a run needs of them. */
export interface JobOperations {
  /** The job with all that the service tells of it; undefined where there is none. */
  get(jobId: string, options?: CallOptions): Promise<BatchJob | undefined>;
  list(query: ListQuery, options?: CallOptions): AsyncIterable<BatchJob>;
  patch(jobId: string, changes: JobPatch, options?: CallOptions): Promise<void>;
  update(jobId: string, settings: JobUpdate, options?: CallOptions): Promise<void>;
  disable(jobId: string, disableTasks: string, options?: CallOptions): Promise<void>;
  enable(jobId: string, options?: CallOptions): Promise<void>;
  counts(jobId: string, options?: CallOptions): Promise<TaskCounts>;
  /** One entry a node on which the job's preparation ran; fails where the job has none. */
  preparations(jobId: string, query: ListQuery, options?: CallOptions): AsyncIterable<JobNodePreparation>;
}

export function jobOperations(send: Send): JobOperations {
  const doing = async (request: Act, options: CallOptions | undefined) => {
    await act(send, request, options);
  };

  return {
    get: (jobId, options) => find(send, `get job ${jobId}`, jobPath(jobId), undefined, options),

    list: (query, options) => list(send, "list the jobs", "/jobs", query, options),

    patch: (jobId, body, options) =>
      doing({ operation: `change job ${jobId}`, method: "PATCH", target: jobPath(jobId), body }, options),

    update: (jobId, body, options) =>
      doing({ operation: `update job ${jobId}`, method: "PUT", target: jobPath(jobId), body }, options),

    disable: (jobId, disableTasks, options) =>
      doing(
        {
          operation: `disable job ${jobId}`,
          method: "POST",
          target: `${jobPath(jobId)}/disable`,
          body: { disableTasks },
        },
        options,
      ),

    enable: (jobId, options) =>
      doing(
        { operation: `enable job ${jobId}`, method: "POST", target: `${jobPath(jobId)}/enable` },
        options,
      ),

    counts: async (jobId, options) => {
      const operation = `count the tasks of job ${jobId}`;
      const target = `${jobPath(jobId)}/taskcounts`;
      const answer = await send({ operation, method: "GET", target }, options);
      return contentOf<{ taskCounts: TaskCounts }>(answer, operation).taskCounts;
    },

    preparations: (jobId, query, options) =>
      list(
        send,
        `list the preparations of job ${jobId}`,
        `${jobPath(jobId)}/jobpreparationandreleasetaskstatus`,
        query,
        options,
      ),
  };
}
