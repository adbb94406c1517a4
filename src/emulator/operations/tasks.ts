import { errorBody, invalidProperty, missingProperty, ServiceError, unreadableBody } from "../http/errors.js";
import { entityAnswer, filterOf, type Listing, listPage, selectOf } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import {
  addTask,
  deleteTask,
  maxRetriesOf,
  reactivateTask,
  terminateTask,
} from "../scheduling/task-lifecycle.js";
import { isAnnotation } from "../schema/models.js";
import { normalise } from "../schema/normalise.js";
import { validate } from "../schema/validate.js";
import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { TaskConstraints, TaskSpec } from "../state/specs.js";
import { hasFailed, type TaskRecord } from "../state/task.js";
import { taskStatistics } from "../views/statistics-view.js";
import { FilterableTask, subtaskView, taskUrl, taskView } from "../views/task-view.js";
import { limitOf } from "../wire/duration.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { jobOf, openJobOf, taskOf } from "./lookup.js";
import { requirePackages } from "./references.js";

const largestCollection = 100;
const largestCollectionBytes = 1024 * 1024;
const longestDependencies = 64_000;

const add: Operation = {
  name: "Task_Add",
  method: "POST",
  path: "/jobs/:jobId/tasks",
  status: 201,
  headers: "ELD",
  conditional: "none",
  body: "TaskAddParameter",
  run(service, request) {
    const job = openJobOf(service, request);
    const task = addChecked(service, job, request.body as unknown as TaskSpec);
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
  body: "unchecked",
  bodyLimit: largestCollectionBytes,
  run(service, request) {
    const job = openJobOf(service, request);
    const checked = readCollection(request);
    const value = checked.map((task) => addResult(service, request, job, task));
    return { metadata: "taskaddresult", body: { value } };
  },
};

/** A task of a collection, and what is wrong with its values. */
interface CheckedTask {
  body: JsonObject;
  problem: ServiceError | undefined;
}

/** Reads a collection. What cannot be read at all refuses the whole, a bad value only its own task. */
function readCollection(request: BatchRequest): CheckedTask[] {
  const { value: tasks, ...others } = request.body;
  const [unknown] = Object.keys(others).filter((name) => !isAnnotation(name));
  if (unknown !== undefined) throw unreadableBody(`The property '${unknown}' does not exist`);
  if (tasks === undefined || tasks === null) throw missingProperty("value");
  if (!Array.isArray(tasks)) throw unreadableBody("The property 'value' is not an array");
  if (tasks.length > largestCollection) {
    throw invalidProperty(
      "value",
      String(tasks.length),
      `The list cannot have more than ${largestCollection} items`,
    );
  }
  return tasks.map((task) => {
    const [problem] = validate("TaskAddParameter", task, request.apiVersion);
    if (problem?.code === "InvalidRequestBody" || !isJsonObject(task)) {
      throw new ServiceError("InvalidRequestBody", problem?.values ?? []);
    }
    if (problem !== undefined) return { body: task, problem: new ServiceError(problem.code, problem.values) };
    const body = normalise("TaskAddParameter", task, request.apiVersion) as JsonObject;
    return { body, problem: undefined };
  });
}

function addResult(
  service: Service,
  request: BatchRequest,
  job: JobRecord,
  checked: CheckedTask,
): JsonObject {
  try {
    if (checked.problem !== undefined) throw checked.problem;
    const task = addChecked(service, job, checked.body as unknown as TaskSpec);
    return {
      status: "Success",
      taskId: task.spec.id,
      eTag: eTagOf(task.modified),
      lastModified: isoTime(task.modified),
      location: taskUrl(request.baseUrl, task),
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const taskId = typeof checked.body.id === "string" ? checked.body.id : "";
    return {
      "error@odata.navigationLinkUrl": `${request.baseUrl}/jobs/${job.id}/tasks/${taskId}/error`,
      error: errorBody(request.id, error),
      status: error.status < 500 ? "ClientError" : "ServerError",
      taskId,
    };
  }
}

function addChecked(service: Service, job: JobRecord, spec: TaskSpec): TaskRecord {
  requireFreeId(job, spec.id);
  requireDependencies(job, spec);
  requireActions(job, spec);
  requirePackages(service, spec.applicationPackageReferences);
  if (spec.multiInstanceSettings !== undefined && (spec.requiredSlots ?? 1) !== 1) {
    throw invalidProperty("requiredSlots", spec.requiredSlots, "It must be 1 for a multi-instance task");
  }
  return addTask(service, job, spec);
}

function requireFreeId(job: JobRecord, id: string): void {
  const key = id.toLowerCase();
  const { jobPreparationTask: preparation, jobReleaseTask: release } = job.spec;
  if (preparation !== undefined && key === (preparation.id ?? "jobpreparation").toLowerCase()) {
    throw new ServiceError("TaskIdSameAsJobPreparationTask");
  }
  if (release !== undefined && key === (release.id ?? "jobrelease").toLowerCase()) {
    throw new ServiceError("TaskIdSameAsJobReleaseTask");
  }
  if (job.tasks.has(id)) throw new ServiceError("TaskExists");
}

function requireDependencies(job: JobRecord, { dependsOn }: TaskSpec): void {
  if (dependsOn === undefined) return;
  if (!job.spec.usesTaskDependencies) throw new ServiceError("TaskDependenciesNotSpecifiedOnJob");
  const length = (dependsOn.taskIds ?? []).reduce((sum, id) => sum + id.length, 0);
  if (length > longestDependencies) throw new ServiceError("TaskDependencyListTooLong");
}

// Actions need a job that acts: dependency actions one with dependencies, job actions one with `onTaskFailure`.
function requireActions(job: JobRecord, { exitConditions }: TaskSpec): void {
  if (exitConditions === undefined) return;
  const { exitCodes = [], exitCodeRanges = [], preProcessingError, fileUploadError } = exitConditions;
  const options = [
    ...exitCodes.map((entry) => entry.exitOptions),
    ...exitCodeRanges.map((entry) => entry.exitOptions),
    ...[preProcessingError, fileUploadError, exitConditions.default].filter((entry) => entry !== undefined),
  ];
  for (const { jobAction, dependencyAction } of options) {
    if (dependencyAction !== undefined && !job.spec.usesTaskDependencies) {
      const reason = "A dependency action needs a job with usesTaskDependencies";
      throw invalidProperty("dependencyAction", dependencyAction, reason);
    }
    if (jobAction !== undefined && job.spec.onTaskFailure !== "performexitoptionsjobaction") {
      const reason = "A job action needs a job whose onTaskFailure is performexitoptionsjobaction";
      throw invalidProperty("jobAction", jobAction, reason);
    }
  }
}

const statistics = (service: Service, request: BatchRequest, task: TaskRecord): JsonObject | undefined =>
  taskStatistics(`${taskUrl(request.baseUrl, task)}/stats`, task, service.clock.now());

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
      filterView: (task) => new FilterableTask(task),
      filterable: filterable.tasks,
      selectable: true,
      statistics: (task) => statistics(service, request, task),
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
    return entityAnswer(request, "tasks/@Element", taskView(request.baseUrl, task), {
      modified: task.modified,
      statistics: () => statistics(service, request, task),
    });
  },
};

const update: Operation = {
  name: "Task_Update",
  method: "PUT",
  path: "/jobs/:jobId/tasks/:taskId",
  status: 200,
  headers: "ED",
  conditional: "all",
  body: "TaskUpdateParameter",
  run(service, request) {
    openJobOf(service, request);
    const task = taskOf(service, request, "all");
    if (task.state === "completed") throw new ServiceError("TaskCompleted");
    const constraints = (request.body.constraints ?? {}) as TaskConstraints;
    task.spec.constraints = constraints;
    task.maxRetries = maxRetriesOf(task.job, constraints);
    task.attempt?.wallClock?.limitTo(limitOf(constraints.maxWallClockTime));
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

const listSubtasks: Operation = {
  name: "Task_ListSubtasks",
  method: "GET",
  path: "/jobs/:jobId/tasks/:taskId/subtasksinfo",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const task = taskOf(service, request);
    const select = selectOf(request);
    const views = (task.run?.subtasks ?? []).map((subtask) => subtaskView(request.baseUrl, task, subtask));
    return { metadata: "subtaskinfo", body: { value: select === undefined ? views : views.map(select) } };
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
  listSubtasks,
];
