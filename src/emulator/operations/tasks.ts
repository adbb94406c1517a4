import { invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, filterOf, type Listing, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import { addTask, deleteTask, reactivateTask, terminateTask } from "../scheduling/task-lifecycle.js";
import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { TaskConstraints, TaskSpec } from "../state/specs.js";
import { hasFailed, type TaskRecord } from "../state/task.js";
import { filterableTask, taskUrl, taskView } from "../views/task-view.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { jobOf, newId, openJobOf, taskOf } from "./lookup.js";

const largestCollection = 100;
const largestCollectionBytes = 1024 * 1024;

const add: Operation = {
  name: "Task_Add",
  method: "POST",
  path: "/jobs/:jobId/tasks",
  status: 201,
  headers: "ELD",
  conditional: "none",
  run(service, request) {
    const job = openJobOf(service, request);
    const task = addChecked(service, job, request.body);
    return { modified: task.modified, location: `/jobs/${job.id}/tasks/${task.spec.id}` };
  },
};

const addCollection: Operation = {
  name: "Task_AddCollection",
  method: "POST",
  path: "/jobs/:jobId/addtaskcollection",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const job = openJobOf(service, request);
    if (Number(request.headers["content-length"] ?? 0) >= largestCollectionBytes) {
      throw new ServiceError("RequestBodyTooLarge");
    }
    const tasks = request.body.value;
    if (!Array.isArray(tasks)) throw missingProperty("value");
    if (tasks.length > largestCollection) {
      throw invalidProperty(
        "value",
        String(tasks.length),
        `A collection may have ${largestCollection} tasks`,
      );
    }
    const specs = tasks.map((task) => {
      if (!isJsonObject(task)) throw new ServiceError("InvalidRequestBody");
      return task;
    });
    const value = specs.map((spec) => addResult(service, request, job, spec));
    return { metadata: "taskaddresult", body: { value } };
  },
};

function addResult(service: Service, request: BatchRequest, job: JobRecord, spec: JsonObject): JsonObject {
  try {
    const task = addChecked(service, job, spec);
    return {
      status: "Success",
      taskId: task.spec.id,
      eTag: eTagOf(task.modified),
      lastModified: isoTime(task.modified),
      location: taskUrl(request.baseUrl, task),
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const taskId = typeof spec.id === "string" ? spec.id : "";
    return {
      "error@odata.navigationLinkUrl": `${request.baseUrl}/jobs/${job.id}/tasks/${taskId}/error`,
      error: {
        code: error.code,
        message: { lang: "en-US", value: error.message },
        values: error.values.length > 0 ? error.values.map(({ key, value }) => ({ key, value })) : undefined,
      },
      status: error.status < 500 ? "ClientError" : "ServerError",
      taskId,
    };
  }
}

function addChecked(service: Service, job: JobRecord, body: JsonObject): TaskRecord {
  const spec = body as unknown as TaskSpec;
  const id = newId(spec.id);
  if (typeof spec.commandLine !== "string") throw missingProperty("commandLine");
  const { jobPreparationTask: preparation, jobReleaseTask: release } = job.spec;
  if (preparation !== undefined && id === (preparation.id ?? "jobpreparation")) {
    throw new ServiceError("TaskIdSameAsJobPreparationTask");
  }
  if (release !== undefined && id === (release.id ?? "jobrelease")) {
    throw new ServiceError("TaskIdSameAsJobReleaseTask");
  }
  if (spec.dependsOn !== undefined && !job.spec.usesTaskDependencies) {
    throw new ServiceError("TaskDependenciesNotSpecifiedOnJob");
  }
  if (job.tasks.has(id)) throw new ServiceError("TaskExists");
  return addTask(service, job, spec);
}

const list: Operation = {
  name: "Task_List",
  method: "GET",
  path: "/jobs/:jobId/tasks",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const job = jobOf(service, request);
    const listing: Listing<TaskRecord> = {
      metadata: "tasks",
      view: (task) => taskView(request.baseUrl, task),
      filterView: filterableTask,
      filterable: filterable.tasks,
      selectable: true,
    };
    return listPage(request, recentlyChanged(request, job) ?? job.tasks, listing);
  },
};

/**
 * The tasks that may pass a filter for recent changes of state. Clients that watch a big job ask for these again and
 * again, and the few that changed are found without a look at all the others.
 */
function recentlyChanged(request: BatchRequest, job: JobRecord): OrderedIndex<TaskRecord> | undefined {
  const from = filterOf(request, filterable.tasks)?.bounds.stateTransitionTime?.from;
  if (from === undefined) return undefined;
  const changed = new OrderedIndex<TaskRecord>();
  for (const task of job.changes.newestFirst()) {
    if (task.stateChanged < from * 1000) break;
    changed.set(task.spec.id, task);
  }
  return changed;
}

const get: Operation = {
  name: "Task_Get",
  method: "GET",
  path: "/jobs/:jobId/tasks/:taskId",
  status: 200,
  headers: "E",
  conditional: "all",
  run(service, request) {
    const task = taskOf(service, request, "all");
    return entityAnswer(request, "tasks/@Element", taskView(request.baseUrl, task), task.modified);
  },
};

const update: Operation = {
  name: "Task_Update",
  method: "PUT",
  path: "/jobs/:jobId/tasks/:taskId",
  status: 200,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    openJobOf(service, request);
    const task = taskOf(service, request, "all");
    if (task.state === "completed") throw new ServiceError("TaskCompleted");
    const constraints = (request.body.constraints ?? {}) as TaskConstraints;
    task.spec.constraints = constraints;
    task.maxRetries = constraints.maxTaskRetryCount ?? 0;
    task.modified = service.clock.now();
    return { modified: task.modified };
  },
};

const remove: Operation = {
  name: "Task_Delete",
  method: "DELETE",
  path: "/jobs/:jobId/tasks/:taskId",
  status: 200,
  headers: "",
  conditional: "all",
  run(service, request) {
    if (jobOf(service, request).state === "deleting") throw new ServiceError("JobBeingDeleted");
    deleteTask(service, taskOf(service, request, "all"));
    return {};
  },
};

const terminate: Operation = {
  name: "Task_Terminate",
  method: "POST",
  path: "/jobs/:jobId/tasks/:taskId/terminate",
  status: 204,
  headers: "ED",
  conditional: "all",
  run(service, request) {
    const task = taskOf(service, request, "all");
    if (task.state === "completed") throw new ServiceError("TaskCompleted");
    if (task.job.state === "deleting") throw new ServiceError("JobBeingDeleted");
    return { modified: terminateTask(service, task) };
  },
};

const reactivate: Operation = {
  name: "Task_Reactivate",
  method: "POST",
  path: "/jobs/:jobId/tasks/:taskId/reactivate",
  status: 204,
  headers: "E",
  conditional: "all",
  run(service, request) {
    openJobOf(service, request);
    const task = taskOf(service, request, "all");
    if (task.state !== "completed") throw new ServiceError("TaskNotCompleted");
    if (!hasFailed(task) || task.run?.exitCode === 0) throw new ServiceError("TaskSucceeded");
    return { modified: reactivateTask(service, task) };
  },
};

export const taskOperations: readonly Operation[] = [
  add,
  addCollection,
  list,
  get,
  update,
  remove,
  terminate,
  reactivate,
];
