import type { CommandEnd } from "../execution/command-run.js";
import type { Service } from "../service.js";
import type { JobTotals } from "../state/job.js";
import type { ExitConditions, ExitOptions } from "../state/specs.js";
import type { TaskRecord, TaskRun } from "../state/task.js";
import { makeReady } from "./ready-jobs.js";
import { changeTaskState, countTask, newRun } from "./task-states.js";

/** How a task came to its end. */
export interface TaskEnd extends CommandEnd {
  /** The failure is that of an output file's upload. */
  uploadFailed?: boolean;
}

/** Completes a task: its result, the tasks that waited for it, and what the job does about it. */
export function completeTask(service: Service, task: TaskRecord, end: TaskEnd): void {
  const run = task.run ?? newRun();
  task.run = run;
  const now = changeTaskState(service, task, "completed");
  // The counts of a completed task depend on its failure, so it leaves and joins them around the change.
  countTask(task, -1);
  run.endTime = now;
  run.exitCode = end.exitCode;
  run.failure = end.failure;
  countTask(task, 1);
  addToTotals(service.account.totals, task, run);
  addToTotals(task.job.totals, task, run);
  if (task.job.pool !== undefined) {
    if (end.failure === undefined) task.job.pool.succeededTasks += 1;
    else task.job.pool.failedTasks += 1;
  }

  if (exitAction(task, end, "dependencyAction") === "satisfy") satisfyDependents(service, task);
  service.events.taskCompleted(task);
}

/** What the job does about a task's end: nothing, or what its exit options or their defaults say. */
export function jobActionOf(task: TaskRecord): "none" | "disable" | "terminate" {
  if (task.job.spec.onTaskFailure !== "performexitoptionsjobaction") return "none";
  const { exitCode, failure } = task.run ?? {};
  const uploadFailed = failure?.code.startsWith("FileUpload") ?? false;
  const action = exitAction(task, { exitCode, failure, uploadFailed }, "jobAction");
  return action === "disable" || action === "terminate" ? action : "none";
}

function satisfyDependents(service: Service, task: TaskRecord): void {
  for (const dependent of task.job.dependencies?.satisfy(task.spec.id) ?? []) makeReady(service, dependent);
}

function exitAction(task: TaskRecord, end: TaskEnd, kind: keyof ExitOptions): string {
  const conditions = task.spec.exitConditions ?? {};
  const listed = optionsOfExitCode(conditions, end.exitCode);
  // An exit code that is listed decides alone, also by its defaults, whatever became of the uploads.
  const failed = listed === undefined ? end.failure !== undefined : end.exitCode !== 0;
  const fallback = kind === "jobAction" ? (failed ? "terminate" : "none") : failed ? "block" : "satisfy";
  return (listed ?? optionsOfFailure(conditions, end))?.[kind] ?? fallback;
}

function optionsOfExitCode(
  conditions: ExitConditions,
  exitCode: number | undefined,
): ExitOptions | undefined {
  if (exitCode === undefined) return undefined;
  const listed = conditions.exitCodes?.find((entry) => entry.code === exitCode);
  const covers = (entry: { start: number; end: number }) => exitCode >= entry.start && exitCode <= entry.end;
  return (listed ?? conditions.exitCodeRanges?.find(covers))?.exitOptions;
}

// The entry for the kind of error, else `default`, which never covers exit code 0.
function optionsOfFailure(conditions: ExitConditions, end: TaskEnd): ExitOptions | undefined {
  const { exitCode } = end;
  if (end.failure === undefined) return undefined;
  if (end.uploadFailed) return conditions.fileUploadError ?? conditions.default;
  if (exitCode === undefined && end.failure.code !== "TaskEnded") {
    return conditions.preProcessingError ?? conditions.default;
  }
  return conditions.default;
}

function addToTotals(totals: JobTotals, task: TaskRecord, run: TaskRun): void {
  if (run.failure === undefined) totals.succeeded += 1;
  else totals.failed += 1;
  totals.retries += run.retryCount;
  const started = run.startTime ?? run.endTime!;
  totals.wallClock += run.earlierWallClock + (run.endTime! - started) / 1000;
  totals.waiting += (started - task.created) / 1000;
}
