import type { JobParameter } from "../azure/parameters/index.js";
import {
  checkDisplayName,
  checkDuration,
  checkEnvironment,
  checkId,
  checkOneOf,
  checkRecord,
  checkWhole,
} from "./checks.js";
import type { Duration } from "./duration.js";
import { type Problem, refuseProblems } from "./problems.js";

/** What a job's builder makes: the service's parameter, but for what a run adds to it. */
export type BuiltJob<Id extends string | undefined> = Pick<
  JobParameter,
  | "displayName"
  | "priority"
  | "maxParallelTasks"
  | "constraints"
  | "commonEnvironmentSettings"
  | "onTaskFailure"
  | "metadata"
> &
  (Id extends string ? { readonly id: string } : unknown);

/** What a job's builder was told, as it was told. */
export interface JobSettings {
  readonly id?: string;
  readonly priority?: number;
  readonly maxRetries?: number;
  readonly maxParallelTasks?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly displayName?: string;
  readonly maxWallClockTime?: Duration;
  readonly onTaskFailure?: "noaction" | "performexitoptionsjobaction";
}

const FAILURE_ACTIONS = ["noaction", "performexitoptionsjobaction"] as const;

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function jobParameter(settings: JobSettings): BuiltJob<undefined> {
  const problems: Problem[] = [];
  const {
    id,
    displayName,
    priority,
    maxParallelTasks,
    maxRetries,
    maxWallClockTime,
    env,
    onTaskFailure,
    metadata,
  } = settings;
  const parameter = {
    ...(id !== undefined && { id: checkId(id, "job.id", problems) }),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "job.displayName", problems),
    }),
    ...(priority !== undefined && {
      priority: checkWhole(priority, [-1000, 1000], "job.priority", problems),
    }),
    ...(maxParallelTasks !== undefined && { maxParallelTasks: parallelTasks(maxParallelTasks, problems) }),
    ...((maxRetries !== undefined || maxWallClockTime !== undefined) && {
      constraints: {
        ...(maxWallClockTime !== undefined && {
          maxWallClockTime: checkDuration(maxWallClockTime, {}, "job.maxWallClockTime", problems),
        }),
        ...(maxRetries !== undefined && {
          maxTaskRetryCount: checkWhole(maxRetries, [-1, 2 ** 31 - 1], "job.maxRetries", problems),
        }),
      },
    }),
    ...(env !== undefined && { commonEnvironmentSettings: checkEnvironment(env, "job.env", problems) }),
    ...(onTaskFailure !== undefined && {
      onTaskFailure: checkOneOf(onTaskFailure, FAILURE_ACTIONS, "job.onTaskFailure", problems),
    }),
    ...(metadata !== undefined && { metadata: checkRecord(metadata, "job.metadata", problems) }),
  };
  refuseProblems(id === undefined ? "The job" : `The job ${JSON.stringify(id)}`, problems);
  return parameter;
}

function parallelTasks(count: number, problems: Problem[]): number {
  if (count === -1) return count;
  return checkWhole(count, [1, 2 ** 31 - 1], "job.maxParallelTasks", problems);
}
