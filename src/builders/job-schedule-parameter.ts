import type { JobScheduleParameter, JobSpecification } from "../azure/parameters/index.js";
import { InvalidArgumentError } from "../errors/index.js";
import { checkDisplayName, checkDuration, checkId, checkRecord } from "./checks.js";
import type { Duration } from "./duration.js";
import { isJobBuilder, type JobBuilder } from "./job.js";
import type { JobPlace } from "./job-parameter.js";
import { type Problem, refuseProblems, show } from "./problems.js";

/** What a job schedule's builder was told, as it was told. */
export interface JobScheduleSettings {
  readonly id: string;
  /** The schedule that it begins from. */
  readonly existing?: Partial<JobScheduleParameter>;
  readonly displayName?: string;
  readonly every?: Duration;
  readonly startWindow?: Duration;
  readonly doNotRunUntil?: Date | string;
  readonly doNotRunAfter?: Date | string;
  readonly job?: JobBuilder<undefined, JobPlace>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a job schedule can have of an existing one. */
export const JOB_SCHEDULE_PROPERTIES = [
  "displayName",
  "schedule",
  "jobSpecification",
  "metadata",
] as const satisfies readonly (keyof JobScheduleParameter)[];

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function jobScheduleParameter(settings: JobScheduleSettings): JobScheduleParameter {
  const problems: Problem[] = [];
  const parameter = makeParameter(settings, problems);
  refuseProblems(`The job schedule ${JSON.stringify(settings.id)}`, problems);
  return parameter;
}

function makeParameter(settings: JobScheduleSettings, problems: Problem[]): JobScheduleParameter {
  const { id, existing = {}, displayName, metadata } = settings;
  return {
    ...existing,
    id: checkId(id, "jobSchedule.id", problems),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "jobSchedule.displayName", problems),
    }),
    schedule: schedule(settings, problems),
    jobSpecification: jobSpecification(settings, problems),
    ...(metadata !== undefined && { metadata: checkRecord(metadata, "jobSchedule.metadata", problems) }),
  };
}

function schedule(
  { every, startWindow, doNotRunUntil, doNotRunAfter, existing }: JobScheduleSettings,
  problems: Problem[],
): JobScheduleParameter["schedule"] {
  const least = { least: "1m" } as const;
  const all = {
    ...existing?.schedule,
    ...(doNotRunUntil !== undefined && {
      doNotRunUntil: checkTime(doNotRunUntil, "jobSchedule.doNotRunUntil", problems),
    }),
    ...(doNotRunAfter !== undefined && {
      doNotRunAfter: checkTime(doNotRunAfter, "jobSchedule.doNotRunAfter", problems),
    }),
    ...(startWindow !== undefined && {
      startWindow: checkDuration(startWindow, least, "jobSchedule.startWindow", problems),
    }),
    ...(every !== undefined && {
      recurrenceInterval: checkDuration(every, least, "jobSchedule.every", problems),
    }),
  };
  if (Date.parse(all.doNotRunAfter ?? "") <= Date.parse(all.doNotRunUntil ?? "")) {
    const says = `is ${all.doNotRunAfter}, and not later than doNotRunUntil, ${all.doNotRunUntil}`;
    problems.push({ option: "jobSchedule.doNotRunAfter", says });
  }
  return all;
}

/** A time as the service documents it, in whole seconds. */
function checkTime(time: Date | string, option: string, problems: Problem[]): string {
  const isText = typeof time === "string" && /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(time);
  const milliseconds = isText || time instanceof Date ? new Date(time).getTime() : Number.NaN;
  if (Number.isNaN(milliseconds)) {
    const says = `is ${show(time)}, and neither a Date nor an ISO 8601 time with its zone, such as "2030-01-31T08:00:00Z"`;
    problems.push({ option, says });
    return "";
  }
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What the job's builder makes; what it finds wrong is wrong with the schedule. */
function jobSpecification({ job, existing }: JobScheduleSettings, problems: Problem[]): JobSpecification {
  const former = existing?.jobSpecification;
  if (job === undefined && former !== undefined) return former;
  const option = "jobSchedule.job";
  if (!isJobBuilder(job)) {
    const says = job === undefined ? "is missing" : `is ${show(job)}, and not what job() builds`;
    return refuse({ option, says }, problems);
  }
  if (job.id !== undefined) {
    const says = `has an id, ${show(job.id)}, and Batch gives its jobs theirs: say job()`;
    return refuse({ option, says }, problems);
  }
  try {
    const specification = job.build();
    if ("poolInfo" in specification) return specification as JobSpecification;
    return refuse({ option, says: "has no pool: say .pool() or .autoPool() of it" }, problems);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return refuse({ option, says: `is wrong: ${error.message.replace(/\.$/, "")}` }, problems);
  }
}

function refuse(problem: Problem, problems: Problem[]): JobSpecification {
  problems.push(problem);
  return { poolInfo: { poolId: "" } };
}
