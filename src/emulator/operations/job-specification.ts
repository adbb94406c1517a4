import { invalidProperty, ServiceError } from "../http/errors.js";
import { isOpen } from "../scheduling/job-lifecycle.js";
import type { Service } from "../service.js";
import type { JobSpecification } from "../state/specs.js";
import { requirePackages } from "./references.js";

/** Refuses a job or schedule beyond the account's quota. */
export function requireJobQuota(service: Service): void {
  const { jobs, schedules } = service.account;
  const limit = service.quotas.activeJobsAndSchedules;
  if (limit === Number.POSITIVE_INFINITY) return;
  const active = [...jobs.values()].filter(isOpen).length;
  const activeSchedules = [...schedules.values()].filter((schedule) => schedule.state === "active").length;
  if (active + activeSchedules >= limit) throw new ServiceError("ActiveJobAndScheduleQuotaReached");
}

/** Refuses what a job may not have, wherever it comes from. */
export function requireJobSpecification(service: Service, spec: JobSpecification): void {
  if (spec.jobReleaseTask !== undefined && spec.jobPreparationTask === undefined) {
    const reason = "A job release task needs a job preparation task";
    throw invalidProperty("jobReleaseTask", spec.jobReleaseTask.id ?? "jobrelease", reason);
  }
  requireDifferentIds(spec);
  requirePackages(service, spec.jobManagerTask?.applicationPackageReferences);
  requirePackages(service, spec.poolInfo.autoPoolSpecification?.pool?.applicationPackageReferences);
}

// They share the tasks' ids, so none may have that of another.
function requireDifferentIds({ jobManagerTask, jobPreparationTask, jobReleaseTask }: JobSpecification): void {
  const manager = jobManagerTask?.id.toLowerCase();
  const preparation = jobPreparationTask && (jobPreparationTask.id ?? "jobpreparation").toLowerCase();
  const release = jobReleaseTask && (jobReleaseTask.id ?? "jobrelease").toLowerCase();
  if (preparation !== undefined && (preparation === manager || preparation === release)) {
    throw new ServiceError("TaskIdSameAsJobPreparationTask");
  }
  if (release !== undefined && release === manager) throw new ServiceError("TaskIdSameAsJobReleaseTask");
}
