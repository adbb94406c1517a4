import { contentOf, type Send } from "../batch-requests.js";
import { type Act, act, find, jobPath, type ListQuery, list, taskPath } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type { BatchSubtask, BatchTask, TaskUpdate } from "../resources/index.js";

/** A task by its job and its id. */
export interface TaskPlace {
  readonly jobId: string;
  readonly taskId: string;
}

/** The tasks of an account's jobs, beyond what a run needs of them. */
export interface TaskOperations {
  /** The task with all that the service tells of it, or what was selected; undefined where there is none. */
  get(
    task: TaskPlace,
    options?: CallOptions & { select?: readonly string[] },
  ): Promise<BatchTask | undefined>;
  list(jobId: string, query: ListQuery, options?: CallOptions): AsyncIterable<BatchTask>;
  subtasks(task: TaskPlace, options?: CallOptions): Promise<readonly BatchSubtask[]>;
  update(task: TaskPlace, settings: TaskUpdate, options?: CallOptions): Promise<void>;
  reactivate(task: TaskPlace, options?: CallOptions): Promise<void>;
  /** Fine with a task that is gone. */
  delete(task: TaskPlace, options?: CallOptions): Promise<void>;
}

const nameOf = ({ jobId, taskId }: TaskPlace) => `task ${taskId} of job ${jobId}`;

export function taskOperations(send: Send): TaskOperations {
  const pathOf = ({ jobId, taskId }: TaskPlace) => taskPath(jobId, taskId);
  const doing = async (request: Act, options: CallOptions | undefined) => {
    await act(send, request, options);
  };

  return {
    get: (task, { select, ...options } = {}) =>
      find(send, `get ${nameOf(task)}`, pathOf(task), select, options),

    list: (jobId, query, options) =>
      list(send, `list the tasks of job ${jobId}`, `${jobPath(jobId)}/tasks`, query, options),

    subtasks: async (task, options) => {
      const operation = `list the subtasks of ${nameOf(task)}`;
      const answer = await send(
        { operation, method: "GET", target: `${pathOf(task)}/subtasksinfo` },
        options,
      );
      return contentOf<{ value: BatchSubtask[] }>(answer, operation).value;
    },

    update: (task, body, options) =>
      doing({ operation: `update ${nameOf(task)}`, method: "PUT", target: pathOf(task), body }, options),

    reactivate: (task, options) =>
      doing(
        { operation: `reactivate ${nameOf(task)}`, method: "POST", target: `${pathOf(task)}/reactivate` },
        options,
      ),

    delete: (task, options) =>
      doing(
        {
          operation: `delete ${nameOf(task)}`,
          method: "DELETE",
          target: pathOf(task),
          fine: ["TaskNotFound", "JobNotFound"],
        },
        options,
      ),
  };
}
