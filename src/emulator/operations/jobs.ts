import { invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import { dropJobPool } from "../scheduling/auto-pool.js";
import {
  checkIdle,
  createJob,
  type DisableOption,
  deleteJob,
  disableJob,
  enableJob,
  limitWallClock,
  terminateJob,
} from "../scheduling/job-lifecycle.js";
import { joinPool, leavePool } from "../scheduling/pool-lifecycle.js";
import { jobsOf } from "../scheduling/schedule-lifecycle.js";
import { type Service, serviceWaits } from "../service.js";
import type { JobOnNode, JobRecord } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { AutoPoolSpec, JobSpec, PoolInfo } from "../state/specs.js";
import { jobOnNodeView } from "../views/job-nodes-view.js";
import { jobSpecificationView, jobView, taskCountsView } from "../views/job-view.js";
import { jobStatistics } from "../views/statistics-view.js";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";
import { requireJobQuota, requireJobSpecification } from "./job-specification.js";
import { jobOf, openJobOf, scheduleOf } from "./lookup.js";

const add: Operation = {
  name: "Job_Add",
  method: "POST",
  path: "/jobs",
  status: 201,
  headers: "ELD",
  conditional: "none",
  body: "JobAddParameter",
  run(service, request) {
    const spec = request.body as unknown as JobSpec;
    const existing = service.account.jobs.get(spec.id);
    if (existing !== undefined) {
      throw new ServiceError(existing.state === "deleting" ? "JobBeingDeleted" : "JobExists");
    }
    if (service.account.schedules.has(spec.id)) throw new ServiceError("JobScheduleWithSameIdExists");
    requireJobQuota(service);
    requireJobSpecification(service, spec);
    if (spec.poolInfo.autoPoolSpecification?.poolLifetimeOption === "jobschedule") {
      const reason = "Only the jobs of a job schedule can share a pool that lives as long as the schedule";
      throw invalidProperty("poolLifetimeOption", "jobschedule", reason);
    }
    const job = createJob(service, spec);
    // Whatever the job's id, the service names the job so here.
    return { modified: job.modified, location: "/jobs/job-1" };
  },
};

const list: Operation = {
  name: "Job_List",
  method: "GET",
  path: "/jobs",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, service.account.jobs, {
      metadata: "jobs",
      view: (job) => jobView(request.baseUrl, job),
      filterable: filterable.jobs,
      selectable: true,
      statistics: (job) => statistics(service, request, job),
    }),
};

const statistics = (service: Service, request: BatchRequest, job: JobRecord): JsonObject =>
  jobStatistics(`${request.baseUrl}/jobs/${job.id}/stats`, job.startTime, service.clock.now(), job.totals);

const listFromSchedule: Operation = {
  name: "Job_ListFromJobSchedule",
  method: "GET",
  path: "/jobschedules/:jobScheduleId/jobs",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const jobs = new OrderedIndex<JobRecord>();
    for (const job of jobsOf(service, scheduleOf(service, request))) jobs.set(job.id, job);
    return listPage(request, jobs, {
      metadata: "jobs",
      view: (job) => jobView(request.baseUrl, job),
      filterable: filterable.jobsOfSchedule,
      selectable: true,
      statistics: (job) => statistics(service, request, job),
    });
  },
};

const get: Operation = {
  name: "Job_Get",
  method: "GET",
  path: "/jobs/:jobId",
  status: 200,
  headers: "E",
  conditional: "all",
  run(service, request) {
    const job = jobOf(service, request, "all");
    return entityAnswer(request, "jobs/@Element", jobView(request.baseUrl, job), {
      modified: job.modified,
      statistics: () => statistics(service, request, job),
    });
  },
};

/** What a PUT sets back to its default where it says nothing. */
const replaced = [
  "priority",
  "maxParallelTasks",
  "allowTaskPreemption",
  "onAllTasksComplete",
  "constraints",
  "metadata",
] as const;

const patch: Operation = {
  name: "Job_Patch",
  method: "PATCH",
  path: "/jobs/:jobId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "JobPatchParameter",
  run(service, request) {
    const job = openJobOf(service, request, "all");
    changeJob(service, job, request.body);
    return { modified: job.modified };
  },
};

const update: Operation = {
  name: "Job_Update",
  method: "PUT",
  path: "/jobs/:jobId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "JobUpdateParameter",
  run(service, request) {
    const job = openJobOf(service, request, "all");
    const cleared = Object.fromEntries(replaced.map((name) => [name, undefined]));
    changeJob(service, job, { ...cleared, ...request.body });
    return { modified: job.modified };
  },
};

function changeJob(service: Service, job: JobRecord, body: JsonObject): void {
  const { poolInfo, ...changes } = body as Partial<JobSpec>;
  const endsItself = job.spec.onAllTasksComplete === "terminatejob";
  if (endsItself && "onAllTasksComplete" in changes) {
    if (changes.onAllTasksComplete !== "terminatejob") {
      const reason = "onAllTasksComplete cannot be changed from terminatejob to noaction";
      throw invalidProperty("onAllTasksComplete", changes.onAllTasksComplete ?? "noaction", reason);
    }
  }
  if (poolInfo !== undefined) changePool(service, job, poolInfo);
  job.spec = { ...job.spec, ...changes };
  job.modified = service.clock.now();
  if ("constraints" in changes) limitWallClock(service, job);
  if ("priority" in changes && job.pool !== undefined) {
    leavePool(job);
    joinPool(service, job);
  }
  if (!endsItself) checkIdle(service, job, serviceWaits.jobTransition);
  if (job.pool !== undefined) service.events.poolHasWork(job.pool);
}

function changePool(service: Service, job: JobRecord, poolInfo: PoolInfo): void {
  const present = job.spec.poolInfo;
  if (poolInfo.autoPoolSpecification !== undefined && present.autoPoolSpecification !== undefined) {
    changeAutoPool(job, present.autoPoolSpecification, poolInfo.autoPoolSpecification);
    return;
  }
  if (poolInfo.poolId !== undefined && poolInfo.poolId.toLowerCase() === present.poolId?.toLowerCase())
    return;
  // An auto pool is made with its job, never later.
  if (job.state !== "disabled" || poolInfo.autoPoolSpecification !== undefined) {
    throw new ServiceError("OperationInvalidForCurrentState");
  }
  leavePool(job);
  dropJobPool(service, job);
  job.spec = { ...job.spec, poolInfo };
  job.poolId = poolInfo.poolId;
  joinPool(service, job);
}

/** Of an auto pool only `keepAlive` may change, and only if the pool lives as long as the job. */
function changeAutoPool(job: JobRecord, present: AutoPoolSpec, wanted: AutoPoolSpec): void {
  const keepAlive = wanted.keepAlive ?? false;
  const changed = keepAlive !== (present.keepAlive ?? false);
  const isSame = JSON.stringify(comparable(present)) === JSON.stringify(comparable(wanted));
  if (!isSame || (changed && present.poolLifetimeOption !== "job")) {
    throw new ServiceError("OperationInvalidForCurrentState");
  }
  job.spec = { ...job.spec, poolInfo: { autoPoolSpecification: { ...present, keepAlive } } };
}

// A client that sends back what it got sends the defaults too, in any order.
function comparable({ keepAlive: _, ...spec }: AutoPoolSpec): unknown {
  return sorted(jobSpecificationView({ poolInfo: { autoPoolSpecification: spec } }).poolInfo);
}

function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => sorted(item) ?? null);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, sorted(value[name])]));
}

const remove: Operation = {
  name: "Job_Delete",
  method: "DELETE",
  path: "/jobs/:jobId",
  status: 202,
  headers: "",
  conditional: "all",
  run(service, request) {
    const job = jobOf(service, request, "all");
    if (job.state === "deleting") throw new ServiceError("JobBeingDeleted");
    deleteJob(service, job);
    return {};
  },
};

const disable: Operation = {
  name: "Job_Disable",
  method: "POST",
  path: "/jobs/:jobId/disable",
  status: 202,
  headers: "ED",
  conditional: "all",
  body: "JobDisableParameter",
  run(service, request) {
    const job = openJobOf(service, request, "all");
    const option = disableOption(request);
    if (job.state === "enabling") throw new ServiceError("OperationInvalidForCurrentState");
    if (job.state === "disabled") job.modified = service.clock.now();
    else disableJob(service, job, option);
    return { modified: job.modified };
  },
};

function disableOption(request: BatchRequest): DisableOption {
  const { disableTasks } = request.body;
  if (disableTasks === undefined) throw missingProperty("disableTasks");
  return disableTasks as DisableOption;
}

const enable: Operation = {
  name: "Job_Enable",
  method: "POST",
  path: "/jobs/:jobId/enable",
  status: 202,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const job = openJobOf(service, request, "all");
    if (job.state === "active" || job.state === "enabling") job.modified = service.clock.now();
    else enableJob(service, job);
    return { modified: job.modified };
  },
};

const terminate: Operation = {
  name: "Job_Terminate",
  method: "POST",
  path: "/jobs/:jobId/terminate",
  status: 202,
  headers: "ED",
  conditional: "all",
  body: "JobTerminateParameter",
  bodyOptional: true,
  run(service, request) {
    const job = openJobOf(service, request, "all");
    const reason = request.body.terminateReason;
    terminateJob(service, job, typeof reason === "string" && reason !== "" ? reason : "UserTerminate");
    return { modified: job.modified };
  },
};

const taskCounts: Operation = {
  name: "Job_GetTaskCounts",
  method: "GET",
  path: "/jobs/:jobId/taskcounts",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const job = jobOf(service, request);
    return entityAnswer(request, "taskcountsresult/@Element", taskCountsView(job.counts, job.slotCounts));
  },
};

const preparationStatus: Operation = {
  name: "Job_ListPreparationAndReleaseTaskStatus",
  method: "GET",
  path: "/jobs/:jobId/jobpreparationandreleasetaskstatus",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const job = jobOf(service, request);
    if (job.spec.jobPreparationTask === undefined && job.spec.jobReleaseTask === undefined) {
      throw new ServiceError("JobPreparationTaskOrReleaseTaskNotSpecified");
    }
    const nodes = new OrderedIndex<JobOnNode>();
    for (const here of job.nodes.values()) {
      if (here.preparation !== undefined) nodes.set(here.node.id, here);
    }
    return listPage(request, nodes, {
      metadata: "jobpreparationandreleasetaskstatuslist",
      view: (here) => jobOnNodeView(request.baseUrl, job, here),
      filterable: filterable.prepReleaseStatus,
      selectable: true,
    });
  },
};

const lifetimeStatistics: Operation = {
  name: "Job_GetAllLifetimeStatistics",
  method: "GET",
  path: "/lifetimejobstats",
  status: 200,
  headers: "",
  conditional: "none",
  versions: { until: 17 },
  missing: "figures of processors and disks are zero",
  run(service, request) {
    const { created, totals } = service.account;
    const url = `${request.baseUrl}/lifetimejobstats`;
    const body = jobStatistics(url, created, service.clock.now(), totals);
    return { metadata: "jobstats/@Element", body };
  },
};

export const jobOperations: readonly Operation[] = [
  add,
  list,
  listFromSchedule,
  get,
  patch,
  update,
  remove,
  disable,
  enable,
  terminate,
  taskCounts,
  preparationStatus,
  lifetimeStatistics,
];
