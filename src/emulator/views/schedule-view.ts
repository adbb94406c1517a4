import type { ScheduleRecord } from "../state/schedule.js";
import type { JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { asJson, time, withOthers } from "./common.js";
import { jobSpecificationView } from "./job-view.js";

/** A job schedule as GET answers it. */
export function scheduleView(baseUrl: string, schedule: ScheduleRecord): JsonObject {
  const { spec, recentJob } = schedule;
  const previous = schedule.previousState !== undefined;
  const { jobSpecification } = spec;
  const view: JsonObject = {
    id: schedule.id,
    displayName: spec.displayName,
    url: `${baseUrl}/jobschedules/${schedule.id}`,
    eTag: eTagOf(schedule.modified),
    lastModified: isoTime(schedule.modified),
    creationTime: isoTime(schedule.created),
    state: schedule.state,
    stateTransitionTime: isoTime(schedule.stateChanged),
    previousState: schedule.previousState,
    previousStateTransitionTime: previous ? isoTime(schedule.previousStateChanged) : undefined,
    schedule: asJson(spec.schedule),
    jobSpecification: withOthers(
      {
        displayName: jobSpecification.displayName,
        ...jobSpecificationView(jobSpecification),
        onAllTasksComplete: jobSpecification.onAllTasksComplete ?? "noaction",
        onTaskFailure: jobSpecification.onTaskFailure ?? "noaction",
      },
      jobSpecification,
    ),
    executionInfo: {
      nextRunTime: time(schedule.nextRun),
      recentJob:
        recentJob === undefined ? undefined : { id: recentJob.id, url: `${baseUrl}/jobs/${recentJob.id}` },
      endTime: schedule.state === "completed" ? time(schedule.endTime) : undefined,
    },
    metadata: asJson(spec.metadata),
  };
  return withOthers(view, spec);
}
