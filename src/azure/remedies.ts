/*
 * What only the service can know, said in the words of whoever described the pool: which option it is, and what to do.
 *
 * The codes: of resizes and of jobs' pools as the SDK's and the management API's references list them
 * (https://learn.microsoft.com/rest/api/batchservice/pool/get#resizeerror,
 * https://learn.microsoft.com/azure/batch/batch-pool-node-error-checking), of requests
 * https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes, of quotas
 * https://learn.microsoft.com/azure/batch/batch-quota-limit.
 */

/** Which option to change, as its builder calls it, and how. */
export interface Remedy {
  readonly option: string;
  readonly says: string;
}

const SIZE_OFFERED =
  "take a size that Batch offers in the account's region: `az batch location list-skus --location REGION` lists them";
const FEWER =
  "ask for fewer or smaller nodes, or for more cores in the Azure portal (the account's page Quotas)";

const BY_CODE: Readonly<Record<string, Remedy>> = {
  UnsupportedVMSize: { option: "pool.vmSize", says: SIZE_OFFERED },
  IncompatibleVMSize: {
    option: "pool.vmSize",
    says: "take a size that fits the image: its generation of virtual machine (ubuntu(version, { generation })), processor and disks",
  },
  OverconstrainedAllocationRequestError: {
    option: "pool.vmSize",
    says: "take another size or region, or ask for less at once: Azure has no machine that is all of this",
  },
  AllocationFailed: {
    option: "pool.vmSize",
    says: "try again later, or take another size or region: Azure has too few of these machines at the moment",
  },
  AllocationTimedOut: {
    option: "pool.resizeTimeout",
    says: "allow more time, or take another size or region: Azure has too few of these machines at the moment",
  },
  AccountCoreQuotaReached: { option: "pool.dedicatedNodes", says: FEWER },
  AccountLowPriorityCoreQuotaReached: { option: "pool.spotNodes", says: FEWER },
  AccountSpotCoreQuotaReached: { option: "pool.spotNodes", says: FEWER },
  CommunicationEnabledPoolReachedMaxVMCount: {
    option: "pool.interNodeCommunication",
    says: "ask for fewer nodes, or do without it: pools whose nodes talk to one another are limited to about a hundred",
  },
  DiskEncryptionFailure: { option: "pool.diskEncryption", says: "take a size and a region that support it" },
  FailedIdentityOperation: {
    option: "pool",
    says: "see to it that the pool's managed identity exists, and that Batch may use it",
  },
  DependentResourceNotFound: {
    option: "pool.network",
    says: "see to it that its subnet, public addresses and images exist, in the account's region and subscription",
  },
  OperationsRestrictedByPolicy: {
    option: "pool",
    says: "ask whoever runs the subscription: an Azure Policy forbids it",
  },
  AutoPoolCreationFailedWithQuotaReached: { option: "pool", says: "delete pools, or ask for more of them" },
  PoolQuotaReached: { option: "pool", says: "delete pools, or ask for more of them in the Azure portal" },
  InvalidAutoScaleFormulaInAutoPool: {
    option: "pool.autoscaleFormula",
    says: "try the formula with evaluateAutoscale() on a pool that exists",
  },
  InvalidApplicationPackageReferencesInAutoPool: {
    option: "pool.applicationPackages",
    says: "take applications and versions that the account has: batch.applications() lists them",
  },
};

/** Properties that a refused value may be of, by the last step of their names. */
const BY_PROPERTY: Readonly<Record<string, Remedy>> = {
  vmsize: { option: "pool.vmSize", says: SIZE_OFFERED },
  ...Object.fromEntries(
    ["imageReference", "publisher", "offer", "sku", "version", "nodeAgentSKUId"].map((name) => [
      name.toLowerCase(),
      {
        option: "pool.image",
        says: "take an image and its node agent from those that batch.supportedImages() lists",
      },
    ]),
  ),
  virtualmachineimageid: {
    option: "pool.image",
    says: "give the Azure resource id of an image version in a gallery that the account may read",
  },
  subnetid: {
    option: "pool.network",
    says: "give the Azure resource id of a subnet in the account's region and subscription",
  },
};

/** What to do about a refusal; undefined where the service's own words have to do. */
export function remedyOf(code: string | undefined, property?: string): Remedy | undefined {
  const step = property?.split(/[./]/).at(-1)?.toLowerCase();
  // The older spelling of one of them is in use as well, and policies have a code for each kind of resource.
  const known =
    code === "AllocationTimedout"
      ? "AllocationTimedOut"
      : (code ?? "").replace(/(RestrictedByPolicy).*/, "$1");
  return (step === undefined ? undefined : BY_PROPERTY[step]) ?? BY_CODE[known];
}

/** A remedy as the end of a message. */
export function remedySentence(remedy: Remedy | undefined): string {
  return remedy === undefined ? "" : ` Change ${remedy.option}: ${remedy.says}.`;
}
