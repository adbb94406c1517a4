import { join } from "node:path";
import { deployPackages } from "../execution/application-packages.js";
import { type CommandEnd, runCommand } from "../execution/command-run.js";
import { jobEnvironment } from "../execution/environment.js";
import { uploadOutputFiles } from "../execution/output-files.js";
import { killProcessesOf } from "../execution/stray-processes.js";
import type { Service } from "../service.js";
import { unknownFailure } from "../state/failure.js";
import { taskDirectory } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import type { Attempt, TaskRecord, TaskRun } from "../state/task.js";
import { limitOf } from "../wire/duration.js";
import { jobOnNode, prepareJob } from "./job-preparation.js";
import { coordinate, instanceEnvironment } from "./multi-instance.js";
import { showNodeLoad } from "./node-states.js";
import { makeReady } from "./ready-jobs.js";
import { completeTask } from "./task-completion.js";
import { changeTaskState, newRun } from "./task-states.js";
import { tokenEnvironment } from "./task-tokens.js";
import { WallClock } from "./wall-clock.js";

const recentTasksKept = 10;

/** Gives a task to its nodes and runs it there, with everything that belongs to it, until its processes are gone. */
export function startAttempt(
  service: Service,
  task: TaskRecord,
  nodes: readonly [NodeRecord, ...NodeRecord[]],
  slots: number,
): void {
  const attempt: Attempt = {
    task,
    nodes,
    slots,
    abort: new AbortController(),
    wallClock: undefined,
    ended: Promise.resolve(),
  };
  for (const node of nodes) {
    node.pool.slots.take(node, slots);
    node.attempts.add(attempt);
    showNodeLoad(service, node);
  }
  task.job.attempts.add(attempt);
  task.attempt = attempt;
  attempt.ended = formerRuns(attempt)
    .then(() => runAttempt(service, attempt))
    .catch((error: unknown) => failAttempt(service, attempt, error))
    .then(() => leaveNodes(service, attempt));
  service.inBackground(attempt.ended);
}

// A task that was interrupted, or one of the same id that was deleted, may still be on its way out of the same folder.
async function formerRuns({ task, nodes }: Attempt): Promise<void> {
  const id = task.spec.id.toLowerCase();
  const isFormer = (other: Attempt): boolean =>
    other.task.job === task.job && other.task.spec.id.toLowerCase() === id && other.task.attempt !== other;
  const former = nodes.flatMap((node) => [...node.attempts].filter(isFormer));
  await Promise.all(former.map((other) => other.ended));
}

/** Something went wrong that is the emulator's fault, not the task's: the task fails, and the fault is reported. */
function failAttempt(service: Service, attempt: Attempt, error: unknown): void {
  if (attempt.task.attempt === attempt) finish(service, attempt, { failure: unknownFailure });
  service.inBackground(Promise.reject(error));
}

/** Ends an attempt's processes. What becomes of the task is the caller's to say. */
export function abortAttempt(attempt: Attempt): void {
  if (attempt.task.attempt === attempt) attempt.task.attempt = undefined;
  attempt.abort.abort();
}

/** Sends a task that was interrupted back to wait, ahead of others. Only requeues by a request are counted. */
export function requeueTask(service: Service, attempt: Attempt, cause: "byRequest" | "bySystem"): void {
  const { task } = attempt;
  abortAttempt(attempt);
  const begun = task.state !== "active";
  const now = begun ? changeTaskState(service, task, "active") : service.clock.now();
  if (begun && cause === "byRequest") {
    task.run ??= newRun();
    task.run.requeueCount += 1;
    task.run.lastRequeueTime = now;
  }
  makeReady(service, task, true);
}

async function runAttempt(service: Service, attempt: Attempt): Promise<void> {
  const { task } = attempt;
  const { signal } = attempt.abort;
  if (signal.aborted || !(await prepareNodes(service, attempt))) return;

  const [node] = attempt.nodes;
  const run = beginRun(service, task, node);
  attempt.wallClock = new WallClock(service.clock, limitOf(task.spec.constraints?.maxWallClockTime));
  const directory = taskDirectory(task, node);
  const deployment = await deployed(service, task, node);
  if (signal.aborted) return;
  if (deployment.kind === "failed") return finish(service, attempt, { failure: deployment.failure });

  const environment = jobEnvironment(service, node, directory, task.job, task.spec.id, [
    ...Object.entries({
      ...deployment.environment,
      ...tokenEnvironment(service, task),
      ...instanceEnvironment(attempt, 0),
    }).map(([name, value]) => ({ name, value })),
    ...(task.spec.environmentSettings ?? []),
  ]);
  const coordination = await coordinate(service, attempt, run, environment, attempt.wallClock.signal);
  if (signal.aborted) return;
  if (coordination !== undefined) {
    if (isRetried(task, coordination)) return retryTask(service, attempt);
    return finish(service, attempt, coordination);
  }

  const end = await runCommand(service, {
    node,
    spec: task.spec,
    directory,
    environment,
    download: run.filesIn !== node.folders,
    timeUp: attempt.wallClock.signal,
    // What the instances of a task left is killed when all of it has ended.
    keepChildren: task.spec.multiInstanceSettings !== undefined,
    signal,
  });
  if (end.exitCode !== undefined) run.filesIn = node.folders;
  if (signal.aborted) return;
  if (isRetried(task, end)) return retryTask(service, attempt);

  const upload = await uploadOutputs(service, task, end, directory, environment, signal);
  if (signal.aborted) return;
  finish(service, attempt, end, upload);
}

/** Runs the job's preparation where it has to; `false` when the task cannot run here now. */
async function prepareNodes(service: Service, attempt: Attempt): Promise<boolean> {
  const { task, nodes } = attempt;
  for (const node of nodes) jobOnNode(task.job, node);
  if (task.job.spec.jobPreparationTask === undefined) return true;

  changeTaskState(service, task, "preparing");
  const runs = nodes.map((node) => prepareJob(service, task.job, node));
  // The preparation goes on without a task that has to leave.
  const prepared = await Promise.race([Promise.all(runs), aborted(attempt.abort.signal)]);
  if (prepared === undefined) return false;
  if (prepared.every((success) => success)) return true;
  task.attempt = undefined;
  changeTaskState(service, task, "active");
  makeReady(service, task, true);
  return false;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function beginRun(service: Service, task: TaskRecord, node: NodeRecord): TaskRun {
  const run = task.run ?? newRun();
  run.startTime = changeTaskState(service, task, "running");
  if (run.retryDue) run.lastRetryTime = run.startTime;
  run.retryDue = false;
  run.node = node;
  run.endTime = undefined;
  run.exitCode = undefined;
  run.failure = undefined;
  run.filesRemoved = false;
  task.run = run;
  node.totalTasksRun += 1;
  node.recentTasks = [...node.recentTasks.filter((recent) => recent !== task), task].slice(-recentTasksKept);
  return run;
}

function deployed(service: Service, task: TaskRecord, node: NodeRecord): ReturnType<typeof deployPackages> {
  const references = [
    ...node.installed.applicationPackageReferences,
    ...(task.spec.applicationPackageReferences ?? []),
  ];
  return deployPackages(service.applications, node, references);
}

function finish(
  service: Service,
  attempt: Attempt,
  end: CommandEnd,
  upload: CommandEnd["failure"] = undefined,
): void {
  const { task } = attempt;
  task.attempt = undefined;
  const failure = end.failure ?? upload;
  if (failure === undefined) attempt.nodes[0].totalTasksSucceeded += 1;
  completeTask(service, task, { ...end, failure, uploadFailed: upload !== undefined });
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
  const run = task.run!;
  run.retryCount += 1;
  run.retryDue = true;
  run.earlierWallClock += (now - run.startTime!) / 1000;
  makeReady(service, task, true);
}

async function uploadOutputs(
  service: Service,
  task: TaskRecord,
  end: CommandEnd,
  directory: string,
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<CommandEnd["failure"]> {
  if (task.spec.outputFiles === undefined || end.exitCode === undefined) return undefined;
  const workingDirectory = join(directory, "wd");
  const finished = { directory, workingDirectory, environment, succeeded: end.exitCode === 0 };
  return uploadOutputFiles(task.spec.outputFiles, finished, service.signIn, signal);
}

async function leaveNodes(service: Service, attempt: Attempt): Promise<void> {
  const { task, nodes, slots } = attempt;
  attempt.wallClock?.stop();
  if (task.spec.multiInstanceSettings !== undefined) await endInstances(task, nodes);
  task.job.attempts.delete(attempt);
  for (const node of nodes) {
    node.attempts.delete(attempt);
    node.pool.slots.take(node, -slots);
    showNodeLoad(service, node);
  }
  service.events.poolHasWork(nodes[0].pool);
}

// Whatever the coordination commands left running has served its purpose.
async function endInstances(task: TaskRecord, nodes: readonly NodeRecord[]): Promise<void> {
  const folders = nodes.map((node) => taskDirectory(task, node));
  const end = (folder: string): Promise<void> =>
    killProcessesOf({ variable: "AZ_BATCH_TASK_SHARED_DIR", value: folder, folder });
  await Promise.all(folders.map(end));
}
