import { certificateKey } from "../execution/certificates.js";
import type { Service } from "../service.js";
import type { ApplicationPackageReference, PoolSpec } from "../state/specs.js";

/** The first application package that a specification names and the account does not have. */
export function missingPackage(
  service: Service,
  references: readonly ApplicationPackageReference[] | undefined,
): string | undefined {
  const missing = references?.find((reference) => service.applications.resolve(reference) === undefined);
  return missing === undefined ? undefined : `${missing.applicationId} ${missing.version ?? "(default)"}`;
}

/** The key of the first certificate that a specification names and the account does not have. */
export function missingCertificate(
  service: Service,
  references: PoolSpec["certificateReferences"],
): string | undefined {
  return references
    ?.map(({ thumbprintAlgorithm, thumbprint }) =>
      certificateKey(String(thumbprintAlgorithm), String(thumbprint)),
    )
    .find((key) => service.account.certificates.get(key)?.state !== "active");
}
