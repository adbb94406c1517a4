import { invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
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
import { type Service, serviceWaits } from "../service.js";
import type { JobOnNode, JobRecord } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { JobSpec, PoolInfo } from "../state/specs.js";
import { jobOnNodeView } from "../views/job-nodes-view.js";
import { jobView, taskCountsView } from "../views/job-view.js";
import type { JsonObject } from "../wire/json.js";
import { jobOf, newId, openJobOf } from "./lookup.js";

const add: Operation = {
  name: "Job_Add",
  method: "POST",
  path: "/jobs",
  status: 201,
  headers: "ELD",
  conditional: "none",
  run(service, request) {
    const spec = request.body as unknown as JobSpec;
    const id = newId(spec.id);
    if (spec.poolInfo === undefined || spec.poolInfo === null) throw missingProperty("poolInfo");
    const existing = service.account.jobs.get(id);
    if (existing !== undefined) {
      throw new ServiceError(existing.state === "deleting" ? "JobBeingDeleted" : "JobExists");
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
    }),
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
    return entityAnswer(request, "jobs/@Element", jobView(request.baseUrl, job), job.modified);
  },
};

const patchable = [
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
  run(service, request) {
    const job = openJobOf(service, request, "all");
    const names = patchable.filter((name) => request.body[name] !== undefined);
    const changes = Object.fromEntries(names.map((name) => [name, request.body[name]]));
    changeJob(service, job, request.body, changes as Partial<JobSpec>);
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
  run(service, request) {
    const job = openJobOf(service, request, "all");
    if (request.body.poolInfo === undefined) throw missingProperty("poolInfo");
    const changes = Object.fromEntries(patchable.map((name) => [name, request.body[name]]));
    changeJob(service, job, request.body, changes as Partial<JobSpec>);
    return { modified: job.modified };
  },
};

function changeJob(service: Service, job: JobRecord, body: JsonObject, changes: Partial<JobSpec>): void {
  const endsItself = job.spec.onAllTasksComplete?.toLowerCase() === "terminatejob";
  if (endsItself && "onAllTasksComplete" in changes) {
    if (changes.onAllTasksComplete?.toLowerCase() !== "terminatejob") {
      const reason = "onAllTasksComplete cannot be changed from terminatejob to noaction";
      throw invalidProperty("onAllTasksComplete", changes.onAllTasksComplete ?? "noaction", reason);
    }
  }
  const poolInfo = body.poolInfo === undefined ? undefined : (body.poolInfo as unknown as PoolInfo);
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
    const keepAlive = poolInfo.autoPoolSpecification.keepAlive ?? false;
    const autoPoolSpecification = { ...present.autoPoolSpecification, keepAlive };
    job.spec = { ...job.spec, poolInfo: { autoPoolSpecification } };
    return;
  }
  if (poolInfo.poolId?.toLowerCase() === present.poolId?.toLowerCase()) return;
  if (job.state !== "disabled") throw new ServiceError("OperationInvalidForCurrentState");
  leavePool(job);
  job.spec = { ...job.spec, poolInfo };
  job.poolId = poolInfo.poolId;
  joinPool(service, job);
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
  const option = String(disableTasks).toLowerCase();
  if (option === "requeue" || option === "terminate" || option === "wait") return option;
  throw invalidProperty("disableTasks", disableTasks, "It must be requeue, terminate or wait");
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
    return { metadata: "taskcounts/@Element", body: taskCountsView(job.counts, job.slotCounts) };
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

export const jobOperations: readonly Operation[] = [
  add,
  list,
  get,
  patch,
  update,
  remove,
  disable,
  enable,
  terminate,
  taskCounts,
  preparationStatus,
];
