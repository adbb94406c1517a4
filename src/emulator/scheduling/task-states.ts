import type { Service } from "../service.js";
import type { TaskCounts } from "../state/job.js";
import {
  hasFailed,
  instancesOf,
  slotsOf,
  type TaskRecord,
  type TaskRun,
  type TaskState,
} from "../state/task.js";
import type { Micros } from "../wire/time.js";

/** Moves a task to another state and keeps the job's counts and its order of changes in step. */
export function changeTaskState(service: Service, task: TaskRecord, state: TaskState): Micros {
  const now = service.clock.now();
  countTask(task, -1);
  task.previousState = task.state;
  task.previousStateChanged = task.stateChanged;
  task.state = state;
  task.stateChanged = now;
  countTask(task, 1);
  task.job.changes.touch(task);
  return now;
}

/** Adds a task to its job's counts, or with -1 takes it out. */
export function countTask(task: TaskRecord, by: 1 | -1): void {
  const { job } = task;
  addTo(job.counts, task, by);
  addTo(job.slotCounts, task, by * slotsOf(task));
  if (task.state !== "active") return;
  if (task.waitsFor > 0) job.blockedTasks += by;
  else job.furtherInstances += by * (instancesOf(task) - 1);
}

function addTo(counts: TaskCounts, task: TaskRecord, by: number): void {
  if (task.state === "active") counts.active += by;
  else if (task.state !== "completed") counts.running += by;
  else {
    counts.completed += by;
    if (hasFailed(task)) counts.failed += by;
    else counts.succeeded += by;
  }
}

/** The execution information of a task that is about to run for the first time. */
export function newRun(): TaskRun {
  return {
    node: undefined,
    startTime: undefined,
    endTime: undefined,
    exitCode: undefined,
    failure: undefined,
    retryCount: 0,
    lastRetryTime: undefined,
    retryDue: false,
    earlierWallClock: 0,
    requeueCount: 0,
    lastRequeueTime: undefined,
    subtasks: undefined,
    filesRemoved: false,
    filesIn: undefined,
  };
}
