import { ServiceError } from "../http/errors.js";
import { missingCertificate, missingPackage } from "../scheduling/pool-references.js";
import type { Service } from "../service.js";
import type { ApplicationPackageReference, PoolSpec } from "../state/specs.js";

/** Refuses references to application packages that are not there. */
export function requirePackages(
  service: Service,
  references: readonly ApplicationPackageReference[] | undefined,
): void {
  const missing = missingPackage(service, references);
  if (missing === undefined) return;
  throw new ServiceError("InvalidApplicationPackageReferences", [
    { key: "ApplicationPackageReference", value: missing },
  ]);
}

/** Refuses references to certificates that are not there. */
export function requireCertificates(service: Service, references: PoolSpec["certificateReferences"]): void {
  const missing = missingCertificate(service, references);
  if (missing === undefined) return;
  throw new ServiceError("CertificateNotFound", [{ key: "Thumbprint", value: missing }]);
}
