import { renameSync } from "node:fs";
import { join } from "node:path";
import { removeFolder } from "../execution/workspace.js";
import type { Service } from "../service.js";
import { endedByUser } from "../state/failure.js";
import { taskDirectory } from "../state/folders.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { TaskConstraints, TaskSpec } from "../state/specs.js";
import type { TaskRecord } from "../state/task.js";
import type { Micros } from "../wire/time.js";
import { makeReady } from "./ready-jobs.js";
import { abortAttempt } from "./task-attempt.js";
import { completeTask } from "./task-completion.js";
import { changeTaskState, countTask } from "./task-states.js";

/** Adds a task to a job. The caller has made sure that its id is new. */
export function addTask(service: Service, job: JobRecord, spec: TaskSpec): TaskRecord {
  const now = service.clock.now();
  const task: TaskRecord = {
    spec,
    job,
    created: now,
    modified: now,
    maxRetries: maxRetriesOf(job, spec.constraints),
    state: "active",
    stateChanged: now,
    previousState: undefined,
    previousStateChanged: now,
    waitsFor: 0,
    run: undefined,
    attempt: undefined,
  };
  job.tasks.set(spec.id, task);
  job.changes.touch(task);
  job.dependencies?.add(task);
  countTask(task, 1);
  makeReady(service, task);
  return task;
}

/** How often a task with these constraints is retried: as often as its job says, where they say nothing. */
export function maxRetriesOf(job: JobRecord, constraints: TaskConstraints | undefined): number {
  return constraints?.maxTaskRetryCount ?? job.spec.constraints?.maxTaskRetryCount ?? 0;
}

/** Completes a task at once, whatever it was doing. */
export function terminateTask(service: Service, task: TaskRecord): Micros {
  if (task.attempt !== undefined) abortAttempt(task.attempt);
  completeTask(service, task, { failure: endedByUser });
  task.modified = task.stateChanged;
  return task.modified;
}

/** Lets a failed task run again, as if it had not run before. */
export function reactivateTask(service: Service, task: TaskRecord): Micros {
  task.modified = changeTaskState(service, task, "active");
  task.run = undefined;
  makeReady(service, task);
  return task.modified;
}

let discarded = 0;

/** Removes a task, its processes and its files. */
export function deleteTask(service: Service, task: TaskRecord): void {
  const { attempt, job, run } = task;
  if (attempt !== undefined) abortAttempt(attempt);
  countTask(task, -1);
  job.tasks.delete(task.spec.id);
  job.changes.delete(task);
  // Whatever still lists the task passes over completed ones.
  task.state = "completed";
  // The further instances of the task have their files on nodes of their own.
  const nodes = new Set([run?.node, ...(run?.subtasks ?? []).map((subtask) => subtask.node)]);
  for (const node of nodes) if (node !== undefined) discardFiles(service, task, node, attempt?.ended);
  if (job.counts.active === 0 && job.counts.running === 0) service.events.jobIsIdle(job);
}

// The folder gets another name at once, so that a new task of the same id finds a clean place.
function discardFiles(
  service: Service,
  task: TaskRecord,
  node: NodeRecord,
  ended: Promise<void> | undefined,
): void {
  discarded += 1;
  const place = join(node.folders.all, `discarded-${discarded}`);
  try {
    renameSync(taskDirectory(task, node), place);
  } catch {
    // The node or the folder is gone already.
    return;
  }
  service.inBackground(Promise.resolve(ended).then(() => removeFolder(place)));
}
