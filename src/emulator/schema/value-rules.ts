import type { ValueRule } from "./condition.js";
import { parseDuration, type Ticks } from "./duration.js";
import type { ModelName } from "./models.js";
import { endpointName, sourceAddressPrefix, sourcePortRanges } from "./network-conditions.js";

const id: ValueRule = (value) =>
  /^[\w-]{1,64}$/.test(String(value))
    ? undefined
    : "An id has 1 to 64 characters, which are letters, digits, hyphens and underscores";

const atMostCharacters =
  (most: number): ValueRule =>
  (value) =>
    [...String(value)].length > most ? `The value cannot be longer than ${most} characters` : undefined;

const atMostItems =
  (most: number): ValueRule =>
  (value) =>
    Array.isArray(value) && value.length > most ? `The list cannot have more than ${most} items` : undefined;

const between =
  (least: number, most = Number.POSITIVE_INFINITY): ValueRule =>
  (value) => {
    if (Number(value) < least) return `The value cannot be less than ${least}`;
    return Number(value) > most ? `The value cannot be greater than ${most}` : undefined;
  };

// It becomes part of a pool's id.
const poolIdPrefix: ValueRule = (value) =>
  /^[\w-]*$/.test(String(value))
    ? atMostCharacters(20)(value)
    : "A prefix has letters, digits, hyphens and underscores only";

const positiveOrUnlimited: ValueRule = (value) =>
  value === -1 || Number(value) > 0 ? undefined : "The value has to be -1 (no limit) or greater than 0";

const lasting = (least: string, most?: string): ValueRule => {
  const [shortest, longest] = [ticksOf(least), most === undefined ? undefined : ticksOf(most)];
  return (value) => {
    const ticks = ticksOf(String(value));
    if (ticks < shortest) return `The duration cannot be shorter than ${least}`;
    return longest !== undefined && ticks > longest
      ? `The duration cannot be longer than ${most}`
      : undefined;
  };
};

const ticksOf = (duration: string): Ticks => parseDuration(duration) ?? 0n;

/** One of some texts, in any case. */
const oneOf =
  (...values: readonly string[]): ValueRule =>
  (value) =>
    values.includes(String(value).toLowerCase())
      ? undefined
      : `The value has to be one of ${values.join(", ")}`;

const licences = oneOf("maya", "vray", "3dsmax", "arnold");
const applicationLicenses: ValueRule = (value) =>
  Array.isArray(value) ? value.map(licences).find((reason) => reason !== undefined) : undefined;

const galleryImage =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/galleries\/[^/]+\/images\/[^/]+(?:\/versions\/[^/]+)?$/i;

const virtualMachineImageId: ValueRule = (value) =>
  galleryImage.test(String(value))
    ? undefined
    : "The specified resource id must be of the format /subscriptions/{subscriptionId}/resourceGroups/" +
      "{resourceGroupName}/providers/Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}/versions/" +
      "{galleryImageVersionName}";

const thumbprint: ValueRule = (value) =>
  /^[0-9a-f]{1,40}$/i.test(String(value).replace(/\s/g, ""))
    ? undefined
    : "A thumbprint has up to 40 hexadecimal digits";

const largestCertificate = 10 * 1024;
const certificateData: ValueRule = (value) => {
  const text = String(value).replace(/\s/g, "");
  if (text === "" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    return "The certificate is not encoded in Base64";
  return Buffer.from(text, "base64").length > largestCertificate
    ? "A certificate cannot be larger than 10 KB"
    : undefined;
};

const userName: ValueRule = (value) => {
  const { length } = [...String(value)];
  return length >= 1 && length <= 20 ? undefined : "A user name has 1 to 20 characters";
};

const loginName: ValueRule = (value) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that a name cannot have
  /^[^\u0000-\u001f\u007f]+$/.test(String(value))
    ? undefined
    : "A user name has characters, and no control characters";

const uri =
  (name: string): ValueRule =>
  (value) =>
    /^https?:\/\/\S+$/i.test(String(value)) && URL.canParse(String(value))
      ? undefined
      : `The specified ${name} is not a valid URI`;

const notEmpty: ValueRule = (value) => (value === "" ? "The value cannot be empty" : undefined);

const displayName = atMostCharacters(1024);
const nodes = between(0);
const slots = between(1, 256);
const requiredSlots = between(1);
const resizeTimeout = lasting("PT5M");
const evaluationInterval = lasting("PT5M", "PT168H");
const retries = between(-1);
const priority = between(-1000, 1000);
const maxWallClockTime = lasting("PT0S");
const retentionTime = lasting("PT0S");

const thumbprintAlgorithm = oneOf("sha1");
const applicationPackageReferences = atMostItems(10);
const poolRules = {
  displayName,
  vmSize: notEmpty,
  targetDedicatedNodes: nodes,
  targetLowPriorityNodes: nodes,
  taskSlotsPerNode: slots,
  maxTasksPerNode: slots,
  resizeTimeout,
  autoScaleEvaluationInterval: evaluationInterval,
  applicationPackageReferences,
  applicationLicenses,
  mountConfiguration: atMostItems(10),
};
const jobRules = { displayName, priority, maxParallelTasks: positiveOrUnlimited };

/** The documented limits on values, by model and property. */
export const valueRules: Partial<Record<ModelName, Readonly<Record<string, ValueRule>>>> = {
  AutoPoolSpecification: { autoPoolIdPrefix: poolIdPrefix },
  CertificateAddParameter: { thumbprint, thumbprintAlgorithm, data: certificateData },
  CertificateReference: { thumbprintAlgorithm },
  ComputeNodeUser: { name: loginName },
  CloudServiceConfiguration: { osFamily: oneOf("2", "3", "4", "5", "6") },
  ContainerConfiguration: { type: oneOf("dockercompatible", "cricompatible") },
  DataDisk: { lun: between(0, 63), diskSizeGB: between(1) },
  ImageReference: { virtualMachineImageId },
  InboundNATPool: {
    name: endpointName,
    backendPort: between(1, 65_535),
    frontendPortRangeStart: between(1, 65_534),
    frontendPortRangeEnd: between(1, 65_534),
  },
  JobAddParameter: { id, ...jobRules },
  JobConstraints: { maxWallClockTime, maxTaskRetryCount: retries },
  JobManagerTask: { id, displayName, requiredSlots },
  JobPatchParameter: jobRules,
  JobPreparationTask: { id },
  JobReleaseTask: { id, maxWallClockTime: lasting("PT0S", "PT15M"), retentionTime },
  JobScheduleAddParameter: { id, displayName },
  JobSpecification: jobRules,
  JobUpdateParameter: jobRules,
  MultiInstanceSettings: { numberOfInstances: between(1) },
  NetworkSecurityGroupRule: { priority: between(150, 4096), sourceAddressPrefix, sourcePortRanges },
  NodeRemoveParameter: { nodeList: atMostItems(100), resizeTimeout },
  OutputFileBlobContainerDestination: { containerUrl: uri("ContainerUrl") },
  PoolAddParameter: { id, ...poolRules },
  PoolEnableAutoScaleParameter: { autoScaleEvaluationInterval: evaluationInterval },
  PoolEndpointConfiguration: { inboundNATPools: atMostItems(5) },
  PoolPatchParameter: poolRules,
  PoolResizeParameter: { targetDedicatedNodes: nodes, targetLowPriorityNodes: nodes, resizeTimeout },
  PoolSpecification: poolRules,
  PoolUpdatePropertiesParameter: { applicationPackageReferences },
  ResourceFile: { httpUrl: uri("HttpUrl"), storageContainerUrl: uri("StorageContainerUrl") },
  Schedule: { startWindow: lasting("PT1M"), recurrenceInterval: lasting("PT1M") },
  StartTask: { maxTaskRetryCount: retries },
  TaskAddCollectionParameter: { value: atMostItems(100) },
  TaskAddParameter: { id, displayName, requiredSlots },
  TaskConstraints: { maxWallClockTime, retentionTime, maxTaskRetryCount: retries },
  UploadBatchServiceLogsConfiguration: { containerUrl: uri("ContainerUrl") },
  UserAccount: { name: userName },
};
