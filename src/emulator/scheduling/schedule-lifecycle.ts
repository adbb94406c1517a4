import { type Service, serviceWaits } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { ScheduleRecord, ScheduleSpecification, ScheduleState } from "../state/schedule.js";
import { limitOf } from "../wire/duration.js";
import { type Micros, parseTime } from "../wire/time.js";
import { dropPool } from "./auto-pool.js";
import { createJob, deleteJob, isOpen, terminateJob } from "./job-lifecycle.js";

/** Creates a job schedule; its first job comes when the schedule says. */
export function createSchedule(service: Service, id: string, spec: ScheduleSpecification): ScheduleRecord {
  const now = service.clock.now();
  const schedule: ScheduleRecord = {
    id,
    spec,
    created: now,
    modified: now,
    state: "active",
    stateChanged: now,
    previousState: undefined,
    previousStateChanged: now,
    endTime: undefined,
    nextRun: undefined,
    over: false,
    lastDue: undefined,
    timer: undefined,
    windowEnds: undefined,
    jobCount: 0,
    recentJob: undefined,
    autoPoolId: undefined,
  };
  service.account.schedules.set(id, schedule);
  planNext(service, schedule);
  return schedule;
}

/** Changes when or what a schedule runs; jobs that exist stay as they are. */
export function changeSchedule(
  service: Service,
  schedule: ScheduleRecord,
  changes: Partial<ScheduleSpecification>,
): void {
  schedule.spec = { ...schedule.spec, ...changes };
  schedule.modified = service.clock.now();
  if (changes.schedule !== undefined) planNext(service, schedule);
}

/** Makes no more jobs until the schedule is enabled. When the next one would be due is still known. */
export function disableSchedule(service: Service, schedule: ScheduleRecord): void {
  schedule.timer?.cancel();
  schedule.windowEnds = undefined;
  changeState(service, schedule, "disabled");
}

export function enableSchedule(service: Service, schedule: ScheduleRecord): void {
  changeState(service, schedule, "active");
  planNext(service, schedule);
}

/** Ends a schedule and its active job. */
export function terminateSchedule(service: Service, schedule: ScheduleRecord): void {
  forgetPlan(schedule);
  changeState(service, schedule, "terminating");
  const job = activeJob(schedule);
  if (job !== undefined && isOpen(job)) terminateJob(service, job, "TerminateJobSchedule");
  if (job === undefined)
    service.clock.afterServiceWait(serviceWaits.jobTransition, () => completeSchedule(service, schedule));
}

/** Deletes a schedule with all its jobs. */
export function deleteSchedule(service: Service, schedule: ScheduleRecord): void {
  forgetPlan(schedule);
  changeState(service, schedule, "deleting");
  const jobs = jobsOf(service, schedule);
  for (const job of jobs) if (job.state !== "deleting") deleteJob(service, job);
  if (jobs.length > 0) return;
  service.clock.afterServiceWait(serviceWaits.jobTransition, () => removeSchedule(service, schedule));
}

/** The jobs a schedule made that still exist. */
export function jobsOf(service: Service, schedule: ScheduleRecord): JobRecord[] {
  const found: JobRecord[] = [];
  const prefix = `${schedule.id}:`.toLowerCase();
  for (const [key, job] of service.account.jobs.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(job);
  }
  return found;
}

/** Does what the end of a job means for its schedule. */
export function afterJob(service: Service, job: JobRecord): void {
  const { schedule } = job;
  if (schedule === undefined) return;
  if (schedule.state === "deleting") {
    if (jobsOf(service, schedule).length === 0) removeSchedule(service, schedule);
    return;
  }
  if (schedule.state === "terminating") {
    completeSchedule(service, schedule);
    return;
  }
  if (schedule.state !== "active") return;
  if (schedule.windowEnds !== undefined) {
    const inTime = service.clock.now() <= Math.min(schedule.windowEnds, lastTime(schedule));
    schedule.windowEnds = undefined;
    if (inTime) runJob(service, schedule);
  }
  if (schedule.over && activeJob(schedule) === undefined) completeSchedule(service, schedule);
}

/** Plans the next job of a schedule that begins, changed or was enabled again. */
function planNext(service: Service, schedule: ScheduleRecord): void {
  const now = service.clock.now();
  const { doNotRunUntil } = schedule.spec.schedule;
  const start = doNotRunUntil === undefined ? now : (parseTime(doNotRunUntil) ?? now);
  const next = nextOccurrence(service, schedule, now);
  plan(service, schedule, next === undefined ? undefined : Math.max(start, next));
}

/** When a job is due; `undefined` for a schedule without recurrence that has had its job. */
function nextOccurrence(service: Service, schedule: ScheduleRecord, now: Micros): Micros | undefined {
  if (schedule.lastDue === undefined) return now;
  const interval = recurrence(service, schedule);
  if (interval === Number.POSITIVE_INFINITY) return undefined;
  const periods = Math.max(1, Math.ceil((now - schedule.lastDue) / interval));
  return schedule.lastDue + Math.round(periods * interval);
}

// The service's recurrence passes faster with a higher speed; an absolute time of the client's does not.
function recurrence(service: Service, schedule: ScheduleRecord): Micros {
  return (limitOf(schedule.spec.schedule.recurrenceInterval) / service.clock.speed) * 1000;
}

function plan(service: Service, schedule: ScheduleRecord, time: Micros | undefined): void {
  forgetPlan(schedule);
  const last = lastTime(schedule);
  schedule.over = time === undefined;
  if (time !== undefined && time <= last) schedule.nextRun = time;
  if (schedule.state !== "active") return;
  if (time === undefined) {
    endWhenIdle(service, schedule);
    return;
  }
  // A schedule that makes no job before its last time still waits for that time: it may be changed until then.
  const wait = Math.max(0, Math.ceil((Math.min(time, last) - service.clock.now()) / 1000));
  schedule.timer = service.clock.after(wait, () => {
    if (schedule.nextRun !== undefined) {
      due(service, schedule);
      return;
    }
    schedule.over = true;
    endWhenIdle(service, schedule);
  });
}

/** When a schedule stops making jobs. */
function lastTime(schedule: ScheduleRecord): Micros {
  const { doNotRunAfter } = schedule.spec.schedule;
  return doNotRunAfter === undefined ? Number.POSITIVE_INFINITY : (parseTime(doNotRunAfter) ?? 0);
}

function endWhenIdle(service: Service, schedule: ScheduleRecord): void {
  if (activeJob(schedule) !== undefined) return;
  service.clock.afterServiceWait(serviceWaits.jobTransition, () => {
    if (schedule.state === "active" && schedule.over && activeJob(schedule) === undefined) {
      completeSchedule(service, schedule);
    }
  });
}

function due(service: Service, schedule: ScheduleRecord): void {
  const dueTime = schedule.nextRun ?? service.clock.now();
  schedule.lastDue = dueTime;
  const interval = recurrence(service, schedule);
  const window = (limitOf(schedule.spec.schedule.startWindow) / service.clock.speed) * 1000;
  if (activeJob(schedule) === undefined) runJob(service, schedule);
  else schedule.windowEnds = window > interval ? Number.POSITIVE_INFINITY : dueTime + window;
  plan(service, schedule, interval === Number.POSITIVE_INFINITY ? undefined : dueTime + Math.round(interval));
}

function runJob(service: Service, schedule: ScheduleRecord): void {
  schedule.jobCount += 1;
  const id = `${schedule.id}:job-${schedule.jobCount}`;
  schedule.recentJob = createJob(service, { ...schedule.spec.jobSpecification, id }, schedule);
}

function forgetPlan(schedule: ScheduleRecord): void {
  schedule.timer?.cancel();
  schedule.timer = undefined;
  schedule.nextRun = undefined;
  schedule.over = false;
}

function activeJob(schedule: ScheduleRecord): JobRecord | undefined {
  const job = schedule.recentJob;
  return job !== undefined && (isOpen(job) || job.state === "terminating") ? job : undefined;
}

function completeSchedule(service: Service, schedule: ScheduleRecord): void {
  forgetPlan(schedule);
  schedule.endTime = changeState(service, schedule, "completed");
  dropSharedPool(service, schedule);
}

function removeSchedule(service: Service, schedule: ScheduleRecord): void {
  service.account.schedules.delete(schedule.id);
  dropSharedPool(service, schedule);
}

function dropSharedPool(service: Service, schedule: ScheduleRecord): void {
  const auto = schedule.spec.jobSpecification.poolInfo.autoPoolSpecification;
  // Without one now, the pool is of a specification that was changed since.
  if (!auto?.keepAlive) dropPool(service, schedule.autoPoolId);
}

function changeState(service: Service, schedule: ScheduleRecord, state: ScheduleState): Micros {
  const now = service.clock.now();
  schedule.previousState = schedule.state;
  schedule.previousStateChanged = schedule.stateChanged;
  schedule.state = state;
  schedule.stateChanged = now;
  schedule.modified = now;
  return now;
}
