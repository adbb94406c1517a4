import { randomUUID } from "node:crypto";
import { checkFormula } from "../autoscale/evaluate.js";
import type { Service } from "../service.js";
import type { FailureInfo } from "../state/failure.js";
import type { JobRecord } from "../state/job.js";
import type { AutoPoolSpec, PoolSpec } from "../state/specs.js";
import { createPool, deletePool } from "./pool-lifecycle.js";
import { missingCertificate, missingPackage } from "./pool-references.js";

/** Where a job with an auto pool runs, or why its pool could not be made. */
export type AutoPool = { poolId: string } | { schedulingError: FailureInfo };

/** Makes the pool that a job or a schedule asks for. */
export function createAutoPool(service: Service, spec: AutoPoolSpec): AutoPool {
  const pool = spec.pool;
  if (pool === undefined)
    return { schedulingError: autoPoolError("InvalidAutoPoolSettings", "It has no pool") };
  const schedulingError = whyNot(service, pool);
  if (schedulingError !== undefined) return { schedulingError };
  const guid = randomUUID().toUpperCase();
  const poolId = spec.autoPoolIdPrefix ? `${spec.autoPoolIdPrefix}_${guid}` : guid;
  createPool(service, poolId, pool);
  return { poolId };
}

function whyNot(service: Service, pool: PoolSpec): FailureInfo | undefined {
  if (service.account.pools.size >= service.quotas.pools) {
    return autoPoolError(
      "AutoPoolCreationFailedWithQuotaReached",
      "The pool quota of the account is reached",
    );
  }
  const formula = pool.autoScaleFormula === undefined ? undefined : checkFormula(pool.autoScaleFormula);
  if (formula !== undefined) {
    const details = (formula.values ?? []).map(({ value }) => value);
    return autoPoolError("InvalidAutoScaleFormulaInAutoPool", [formula.message, ...details].join(" "));
  }
  const application = missingPackage(service, pool.applicationPackageReferences);
  if (application !== undefined) {
    return autoPoolError("InvalidApplicationPackageReferencesInAutoPool", `No package ${application}`);
  }
  const certificate = missingCertificate(service, pool.certificateReferences);
  return certificate === undefined
    ? undefined
    : autoPoolError("InvalidCertificatesInAutoPool", `No certificate ${certificate}`);
}

function autoPoolError(code: string, reason: string): FailureInfo {
  return {
    category: "UserError",
    code,
    message: "The auto pool of the job could not be created",
    details: [{ name: "Reason", value: reason }],
  };
}

/** Deletes a job's auto pool when the job has ended, unless it lives longer. */
export function dropJobPool(service: Service, job: JobRecord): void {
  const auto = job.spec.poolInfo.autoPoolSpecification;
  if (auto?.poolLifetimeOption === "job" && !auto.keepAlive) dropPool(service, job.poolId);
}

/** Deletes an auto pool. */
export function dropPool(service: Service, poolId: string | undefined): void {
  const pool = poolId === undefined ? undefined : service.account.pools.get(poolId);
  if (pool?.state === "active") deletePool(service, pool);
}
