import { join } from "node:path";
import type { JobRecord } from "./job.js";
import type { NodeRecord } from "./node.js";
import { runsWindows } from "./operating-system.js";
import type { PoolRecord } from "./pool.js";
import type { TaskRecord } from "./task.js";

/** A job's folder below a node's root; jobs of a schedule, whose ids read `schedule:job-1`, share the schedule's. */
export function jobFolder(job: JobRecord): string {
  const [first, second = "job-1"] = job.id.split(":");
  return `workitems/${first}/${second}`;
}

/** A task's folder below a node's root: the service's `taskRootDirectory`, but for what {@link shownPath} does. */
export function taskFolder(task: TaskRecord): string {
  return `${jobFolder(task.job)}/${task.spec.id}`;
}

/** A path below a node's root as the service writes it. */
export function shownPath(pool: PoolRecord, path: string): string {
  return runsWindows(pool.spec) ? path.replaceAll("/", "\\") : path;
}

/** Where a task's files are on this machine. */
export function taskDirectory(task: TaskRecord, node: NodeRecord): string {
  return join(node.folders.root, taskFolder(task));
}
