import { randomUUID } from "node:crypto";
import { checkFormula } from "../autoscale/evaluate.js";
import type { Service } from "../service.js";
import type { FailureInfo } from "../state/failure.js";
import type { JobRecord } from "../state/job.js";
import type { AutoPoolSpec, PoolSpec } from "../state/specs.js";
import { createPool, deletePool } from "./pool-lifecycle.js";
import { missingCertificate, missingPackage } from "./pool-references.js";

/** Where a job with an auto pool runs, or why its pool could not be made. */
export type AutoPool = { poolId: string } | { intendedPoolId: string; schedulingError: FailureInfo };

/** Makes the pool that a job or a schedule asks for. */
export function createAutoPool(service: Service, spec: AutoPoolSpec): AutoPool {
  const guid = randomUUID().toUpperCase();
  const poolId = spec.autoPoolIdPrefix ? `${spec.autoPoolIdPrefix}_${guid}` : guid;
  const schedulingError = whyNot(service, spec.pool);
  if (schedulingError !== undefined) return { intendedPoolId: poolId, schedulingError };
  createPool(service, poolId, spec.pool!);
  return { poolId };
}

function whyNot(service: Service, pool: PoolSpec | undefined): FailureInfo | undefined {
  if (pool === undefined) return autoPoolError("InvalidAutoPoolSettings", "It has no pool");
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
  return certificate === undefined ? undefined : invalidCertificate(certificate);
}

function invalidCertificate(certificate: string): FailureInfo {
  return {
    category: "UserError",
    code: "InvalidCertificatesInAutoPool",
    message: "One or more certificates specified for the pool are invalid",
    details: [{ name: certificate, value: "The specified certificate does not exist." }],
  };
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
