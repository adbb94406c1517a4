import { ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  disableSchedule,
  enableSchedule,
  jobsOf,
  terminateSchedule,
} from "../scheduling/schedule-lifecycle.js";
import type { Service } from "../service.js";
import type { ScheduleRecord, ScheduleSpecification } from "../state/schedule.js";
import { scheduleView } from "../views/schedule-view.js";
import { jobStatistics, sumOf } from "../views/statistics-view.js";
import type { JsonObject } from "../wire/json.js";
import { requireJobQuota, requireJobSpecification } from "./job-specification.js";
import { scheduleOf } from "./lookup.js";

/** A schedule to be changed: one that has ended, or is about to, takes no change. */
function openScheduleOf(service: Service, request: BatchRequest): ScheduleRecord {
  const schedule = scheduleOf(service, request, "all");
  if (schedule.state === "deleting") throw new ServiceError("JobScheduleBeingDeleted");
  if (schedule.state === "terminating") throw new ServiceError("JobScheduleBeingTerminated");
  if (schedule.state === "completed") throw new ServiceError("JobScheduleCompleted");
  return schedule;
}

const add: Operation = {
  name: "JobSchedule_Add",
  method: "POST",
  path: "/jobschedules",
  status: 201,
  headers: "ELD",
  conditional: "none",
  body: "JobScheduleAddParameter",
  run(service, request) {
    const { id, ...spec } = request.body as unknown as ScheduleSpecification & { id: string };
    const existing = service.account.schedules.get(id);
    if (existing !== undefined) {
      const deleting = existing.state === "deleting";
      throw new ServiceError(deleting ? "JobScheduleBeingDeleted" : "JobScheduleExists");
    }
    if (service.account.jobs.has(id)) throw new ServiceError("JobWithSameIdExists");
    requireJobQuota(service);
    requireJobSpecification(service, spec.jobSpecification);
    const schedule = createSchedule(service, id, spec);
    return { modified: schedule.modified, location: `/jobschedules/${id}` };
  },
};

const statistics = (service: Service, request: BatchRequest, schedule: ScheduleRecord): JsonObject => {
  const url = `${request.baseUrl}/jobschedules/${schedule.id}/stats`;
  return jobStatistics(url, schedule.created, service.clock.now(), sumOf(jobsOf(service, schedule)));
};

const list: Operation = {
  name: "JobSchedule_List",
  method: "GET",
  path: "/jobschedules",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, service.account.schedules, {
      metadata: "jobschedules",
      view: (schedule) => scheduleView(request.baseUrl, schedule),
      filterable: filterable.jobSchedules,
      selectable: true,
      statistics: (schedule) => statistics(service, request, schedule),
    }),
};

const get: Operation = {
  name: "JobSchedule_Get",
  method: "GET",
  path: "/jobschedules/:jobScheduleId",
  status: 200,
  headers: "E",
  conditional: "all",
  run(service, request) {
    const schedule = scheduleOf(service, request, "all");
    return entityAnswer(request, "jobschedules/@Element", scheduleView(request.baseUrl, schedule), {
      modified: schedule.modified,
      statistics: () => statistics(service, request, schedule),
    });
  },
};

const exists: Operation = {
  name: "JobSchedule_Exists",
  method: "HEAD",
  path: "/jobschedules/:jobScheduleId",
  status: 200,
  headers: "E",
  conditional: "all",
  run: (service, request) => ({ modified: scheduleOf(service, request, "all").modified }),
};

const patch: Operation = {
  name: "JobSchedule_Patch",
  method: "PATCH",
  path: "/jobschedules/:jobScheduleId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "JobSchedulePatchParameter",
  run(service, request) {
    const schedule = openScheduleOf(service, request);
    const changes = request.body as unknown as Partial<ScheduleSpecification>;
    if (changes.jobSpecification !== undefined) requireJobSpecification(service, changes.jobSpecification);
    changeSchedule(service, schedule, changes);
    return { modified: schedule.modified };
  },
};

const update: Operation = {
  name: "JobSchedule_Update",
  method: "PUT",
  path: "/jobschedules/:jobScheduleId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "JobScheduleUpdateParameter",
  run(service, request) {
    const schedule = openScheduleOf(service, request);
    const changes = request.body as unknown as ScheduleSpecification;
    requireJobSpecification(service, changes.jobSpecification);
    const { metadata: _, ...kept } = schedule.spec;
    schedule.spec = kept;
    changeSchedule(service, schedule, changes);
    return { modified: schedule.modified };
  },
};

const remove: Operation = {
  name: "JobSchedule_Delete",
  method: "DELETE",
  path: "/jobschedules/:jobScheduleId",
  status: 202,
  headers: "",
  conditional: "all",
  run(service, request) {
    const schedule = scheduleOf(service, request, "all");
    if (schedule.state === "deleting") throw new ServiceError("JobScheduleBeingDeleted");
    deleteSchedule(service, schedule);
    return {};
  },
};

const disable: Operation = {
  name: "JobSchedule_Disable",
  method: "POST",
  path: "/jobschedules/:jobScheduleId/disable",
  status: 204,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const schedule = openScheduleOf(service, request);
    if (schedule.state === "disabled") schedule.modified = service.clock.now();
    else disableSchedule(service, schedule);
    return { modified: schedule.modified };
  },
};

const enable: Operation = {
  name: "JobSchedule_Enable",
  method: "POST",
  path: "/jobschedules/:jobScheduleId/enable",
  status: 204,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const schedule = openScheduleOf(service, request);
    if (schedule.state === "disabled") enableSchedule(service, schedule);
    else schedule.modified = service.clock.now();
    return { modified: schedule.modified };
  },
};

const terminate: Operation = {
  name: "JobSchedule_Terminate",
  method: "POST",
  path: "/jobschedules/:jobScheduleId/terminate",
  status: 202,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const schedule = openScheduleOf(service, request);
    terminateSchedule(service, schedule);
    return { modified: schedule.modified };
  },
};

export const jobScheduleOperations: readonly Operation[] = [
  add,
  list,
  get,
  exists,
  patch,
  update,
  remove,
  disable,
  enable,
  terminate,
];
