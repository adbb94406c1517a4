import type { JobParameter, JobSpecification } from "../azure/parameters/index.js";
import {
  checkDisplayName,
  checkDuration,
  checkEnvironment,
  checkId,
  checkKeys,
  checkOneOf,
  checkRecord,
  checkText,
  checkWhole,
} from "./checks.js";
import type { Duration } from "./duration.js";
import { type JobPoolSettings, poolInformation } from "./job-pool.js";
import {
  type ManagerTaskOptions,
  managerTaskParameter,
  type PreparationTaskOptions,
  preparationTaskParameter,
  type ReleaseTaskOptions,
  releaseTaskParameter,
} from "./job-tasks.js";
import { type Problem, refuseProblems } from "./problems.js";
import { checkBoolean } from "./task-parts/checks.js";

/** Whether a job says where its tasks run. */
export type JobPlace = "pool" | "autoPool";

/** What a job's builder makes: the service's parameter, without an id or a pool where it was given none. */
export type BuiltJob<Id extends string | undefined, Place extends JobPlace | undefined = undefined> = Omit<
  JobSpecification,
  "poolInfo"
> &
  (Id extends string ? { readonly id: Id } : unknown) &
  (Place extends JobPlace ? Pick<JobSpecification, "poolInfo"> : unknown);

/** What a job's builder was told, as it was told. */
export interface JobSettings {
  readonly id?: string;
  /** The job that it begins from. */
  readonly existing?: Partial<JobParameter>;
  readonly pool?: JobPoolSettings;
  readonly priority?: number;
  readonly maxRetries?: number;
  readonly maxParallelTasks?: number;
  readonly allowTaskPreemption?: boolean;
  readonly usesTaskDependencies?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly displayName?: string;
  readonly maxWallClockTime?: Duration;
  readonly onAllTasksComplete?: "noaction" | "terminatejob";
  readonly onTaskFailure?: "noaction" | "performexitoptionsjobaction";
  readonly network?: { readonly subnetId: string };
  readonly managerTask?: ManagerTaskOptions;
  readonly preparationTask?: PreparationTaskOptions;
  readonly releaseTask?: ReleaseTaskOptions;
}

/** What a job can have of an existing one. */
export const JOB_PROPERTIES = [
  "displayName",
  "priority",
  "maxParallelTasks",
  "allowTaskPreemption",
  "constraints",
  "jobManagerTask",
  "jobPreparationTask",
  "jobReleaseTask",
  "commonEnvironmentSettings",
  "poolInfo",
  "onAllTasksComplete",
  "onTaskFailure",
  "metadata",
  "usesTaskDependencies",
  "networkConfiguration",
] as const satisfies readonly (keyof JobParameter)[];

const COMPLETION_ACTIONS = ["noaction", "terminatejob"] as const;
const FAILURE_ACTIONS = ["noaction", "performexitoptionsjobaction"] as const;

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function jobParameter(settings: JobSettings): Partial<JobParameter> {
  const problems: Problem[] = [];
  const parameter = makeParameter(settings, problems);
  const { id } = settings;
  refuseProblems(id === undefined ? "The job" : `The job ${JSON.stringify(id)}`, problems);
  return parameter;
}

function makeParameter(settings: JobSettings, problems: Problem[]): Partial<JobParameter> {
  const { id, existing = {}, pool, priority, maxParallelTasks, allowTaskPreemption } = settings;
  const { usesTaskDependencies, env, metadata, displayName, onAllTasksComplete, onTaskFailure } = settings;
  const parameter: Partial<JobParameter> = {
    ...existing,
    ...(id !== undefined && { id: checkId(id, "job.id", problems) }),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "job.displayName", problems),
    }),
    ...(priority !== undefined && {
      priority: checkWhole(priority, [-1000, 1000], "job.priority", problems),
    }),
    ...(maxParallelTasks !== undefined && { maxParallelTasks: parallelTasks(maxParallelTasks, problems) }),
    ...(allowTaskPreemption !== undefined && {
      allowTaskPreemption: checkBoolean(allowTaskPreemption, "job.allowTaskPreemption", problems),
    }),
    ...constraints(settings, problems),
    ...(usesTaskDependencies !== undefined && {
      usesTaskDependencies: checkBoolean(usesTaskDependencies, "job.usesTaskDependencies", problems),
    }),
    ...jobTasks(settings, problems),
    ...(env !== undefined && { commonEnvironmentSettings: checkEnvironment(env, "job.env", problems) }),
    ...(pool !== undefined && { poolInfo: poolInformation(pool, problems) }),
    ...(onAllTasksComplete !== undefined && {
      onAllTasksComplete: checkOneOf(
        onAllTasksComplete,
        COMPLETION_ACTIONS,
        "job.onAllTasksComplete",
        problems,
      ),
    }),
    ...(onTaskFailure !== undefined && {
      onTaskFailure: checkOneOf(onTaskFailure, FAILURE_ACTIONS, "job.onTaskFailure", problems),
    }),
    ...network(settings, problems),
    ...(metadata !== undefined && { metadata: checkRecord(metadata, "job.metadata", problems) }),
  };
  checkTogether(parameter, problems);
  return parameter;
}

function parallelTasks(count: number, problems: Problem[]): number {
  if (count === -1) return count;
  return checkWhole(count, [1, 2 ** 31 - 1], "job.maxParallelTasks", problems);
}

function constraints(
  { maxRetries, maxWallClockTime, existing }: JobSettings,
  problems: Problem[],
): Pick<JobParameter, "constraints"> {
  const all = {
    ...existing?.constraints,
    ...(maxWallClockTime !== undefined && {
      maxWallClockTime: checkDuration(maxWallClockTime, {}, "job.maxWallClockTime", problems),
    }),
    ...(maxRetries !== undefined && {
      maxTaskRetryCount: checkWhole(maxRetries, [-1, 2 ** 31 - 1], "job.maxRetries", problems),
    }),
  };
  return Object.keys(all).length === 0 ? {} : { constraints: all };
}

function jobTasks({ managerTask, preparationTask, releaseTask }: JobSettings, problems: Problem[]) {
  return {
    ...(managerTask !== undefined && { jobManagerTask: managerTaskParameter(managerTask, problems) }),
    ...(preparationTask !== undefined && {
      jobPreparationTask: preparationTaskParameter(preparationTask, problems),
    }),
    ...(releaseTask !== undefined && { jobReleaseTask: releaseTaskParameter(releaseTask, problems) }),
  };
}

function network({ network }: JobSettings, problems: Problem[]): Pick<JobParameter, "networkConfiguration"> {
  if (network === undefined) return {};
  const isObject = checkKeys(network, ["subnetId"], "job.network", problems);
  if (isObject) checkText(network.subnetId, "job.network.subnetId", problems);
  return { networkConfiguration: network };
}

/** What may be right by itself, and is wrong with the rest. */
function checkTogether(job: Partial<JobParameter>, problems: Problem[]): void {
  const { jobPreparationTask: preparation, jobReleaseTask: release, jobManagerTask: manager } = job;
  if (release !== undefined && preparation === undefined) {
    problems.push({ option: "job.releaseTask", says: "needs a preparationTask: it runs where that has run" });
  }
  const ids = [
    ["preparationTask", preparation && (preparation.id ?? "jobpreparation")],
    ["releaseTask", release && (release.id ?? "jobrelease")],
    ["managerTask", manager?.id],
  ] as const;
  const seen = new Set<string>();
  for (const [name, id] of ids) {
    if (typeof id !== "string") continue;
    if (seen.has(id.toLowerCase())) {
      problems.push({
        option: `job.${name}.id`,
        says: `is ${JSON.stringify(id)}, as that of another of the job's tasks`,
      });
    }
    seen.add(id.toLowerCase());
  }
  const { poolInfo } = job;
  const lifetime =
    poolInfo && "autoPoolSpecification" in poolInfo && poolInfo.autoPoolSpecification.poolLifetimeOption;
  if (lifetime === "jobschedule" && job.id !== undefined) {
    const says = 'is "jobschedule", which is for the job of a schedule, without an id';
    problems.push({ option: "job.autoPool.lifetime", says });
  }
}
