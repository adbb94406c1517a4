import { type CommandEnd, runCommand } from "../execution/command-run.js";
import { jobEnvironment } from "../execution/environment.js";
import { uploadOutputFiles } from "../execution/output-files.js";
import type { Service } from "../service.js";
import { taskDirectory } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import type { Attempt, TaskRecord } from "../state/task.js";
import { parseDuration } from "../wire/duration.js";
import { jobOnNode, prepareJob } from "./job-preparation.js";
import { showNodeLoad } from "./node-states.js";
import { makeReady } from "./ready-jobs.js";
import { completeTask } from "./task-completion.js";
import { changeTaskState, newRun } from "./task-states.js";

const recentTasksKept = 10;

/** Gives a task to a node and runs it there, with everything that belongs to it, until its processes are gone. */
export function startAttempt(service: Service, task: TaskRecord, node: NodeRecord, slots: number): void {
  const attempt: Attempt = { task, node, slots, abort: new AbortController(), ended: Promise.resolve() };
  node.pool.slots.take(node, slots);
  node.attempts.add(attempt);
  task.job.attempts.add(attempt);
  task.attempt = attempt;
  showNodeLoad(service, node);
  attempt.ended = runAttempt(service, attempt).then(() => leaveNode(service, attempt));
}

/** Ends an attempt's processes. What becomes of the task is the caller's to say. */
export function abortAttempt(attempt: Attempt): void {
  if (attempt.task.attempt === attempt) attempt.task.attempt = undefined;
  attempt.abort.abort();
}

/** Sends a task that was interrupted by no fault of its own back to wait, ahead of others. */
export function requeueTask(service: Service, attempt: Attempt): void {
  const { task } = attempt;
  abortAttempt(attempt);
  const now = changeTaskState(service, task, "active");
  if (task.run !== undefined) {
    task.run.requeueCount += 1;
    task.run.lastRequeueTime = now;
  }
  makeReady(service, task, true);
}

async function runAttempt(service: Service, attempt: Attempt): Promise<void> {
  const { task, node } = attempt;
  const { signal } = attempt.abort;
  if (task.job.spec.jobPreparationTask !== undefined) {
    const ready = await waitForPreparation(service, attempt);
    if (!ready) return;
  } else {
    jobOnNode(task.job, node);
  }

  const sameNode = task.run?.node === node;
  const run = task.run ?? newRun();
  run.startTime = changeTaskState(service, task, "running");
  run.node = node;
  run.endTime = undefined;
  run.exitCode = undefined;
  run.failure = undefined;
  task.run = run;
  node.totalTasksRun += 1;
  node.recentTasks = [...node.recentTasks.filter((recent) => recent !== task), task].slice(-recentTasksKept);

  const directory = taskDirectory(task, node);
  const environment = jobEnvironment(
    service,
    node,
    directory,
    task.job,
    task.spec.id,
    task.spec.environmentSettings,
  );
  const end = await runCommand(service, {
    spec: task.spec,
    directory,
    environment,
    download: !sameNode,
    maxWallClockTime:
      parseDuration(task.spec.constraints?.maxWallClockTime ?? "") ?? Number.POSITIVE_INFINITY,
    keepChildren: false,
    signal,
  });
  if (signal.aborted) return;
  if (isRetried(task, end)) return retryTask(service, attempt);

  const upload = await uploadOutputs(task, end, directory, environment, signal);
  if (signal.aborted) return;
  task.attempt = undefined;
  completeTask(service, task, { ...end, failure: end.failure ?? upload, uploadFailed: upload !== undefined });
  if (end.failure === undefined && upload === undefined) node.totalTasksSucceeded += 1;
}

async function waitForPreparation(service: Service, attempt: Attempt): Promise<boolean> {
  const { task, node } = attempt;
  changeTaskState(service, task, "preparing");
  const prepared = await prepareJob(service, task.job, node);
  if (attempt.abort.signal.aborted) return false;
  if (prepared) return true;
  task.attempt = undefined;
  changeTaskState(service, task, "active");
  makeReady(service, task, true);
  return false;
}

// Only an exit code is retried: what went wrong before the start would go wrong again.
function isRetried(task: TaskRecord, end: CommandEnd): boolean {
  if (end.exitCode === undefined || end.failure === undefined) return false;
  return task.maxRetries < 0 || task.run!.retryCount < task.maxRetries;
}

function retryTask(service: Service, attempt: Attempt): void {
  const { task } = attempt;
  task.attempt = undefined;
  const now = changeTaskState(service, task, "active");
  task.run!.retryCount += 1;
  task.run!.lastRetryTime = now;
  task.run!.startTime = undefined;
  makeReady(service, task, true);
}

async function uploadOutputs(
  task: TaskRecord,
  end: CommandEnd,
  directory: string,
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<CommandEnd["failure"]> {
  if (task.spec.outputFiles === undefined || end.exitCode === undefined) return undefined;
  const finished = {
    directory,
    workingDirectory: `${directory}/wd`,
    environment,
    succeeded: end.exitCode === 0,
  };
  return uploadOutputFiles(task.spec.outputFiles, finished, signal);
}

function leaveNode(service: Service, attempt: Attempt): void {
  const { task, node } = attempt;
  node.attempts.delete(attempt);
  task.job.attempts.delete(attempt);
  node.pool.slots.take(node, -attempt.slots);
  showNodeLoad(service, node);
  if (node.pool.slots.has(node)) service.events.poolHasWork(node.pool);
}
