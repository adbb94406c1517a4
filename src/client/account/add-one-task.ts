import type { TaskParameter } from "../../azure/parameters/index.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import { ServiceError } from "../../errors/index.js";
import { differences } from "./differences.js";

/** Adds a task; throws for one that is not added, unless the very same is there. */
export async function addOneTask(
  batch: BatchPort,
  jobId: string,
  task: TaskParameter,
  options: CallOptions,
): Promise<void> {
  const [result] = await batch.addTasks(jobId, [task], options);
  if (result?.status === "added") return;
  const found =
    result?.status === "exists" ? await batch.tasks.get({ jobId, taskId: task.id }, options) : undefined;
  // A request whose answer was lost is repeated, and then finds its own.
  if (found !== undefined && differences(task, found).length === 0) return;
  const refused = result?.status === "refused";
  const code = refused ? result.code : "TaskExists";
  const message = refused ? result.message : "The job has another task of this id.";
  throw new ServiceError(`Azure Batch refused to add task ${task.id} to job ${jobId}: ${message} (${code})`, {
    service: "batch",
    code,
    operation: `add task ${task.id} to job ${jobId}`,
  });
}
