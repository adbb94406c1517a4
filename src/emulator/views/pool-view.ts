import { formatDuration } from "../schema/duration.js";
import { runsWindows } from "../state/operating-system.js";
import type { AutoScaleRun, PoolRecord } from "../state/pool.js";
import type { PoolSpec, StartTaskSpec } from "../state/specs.js";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";
import { eTagOf, isoTime } from "../wire/time.js";
import { asJson, userIdentityView } from "./common.js";
import { withoutSecrets } from "./secrets.js";

/** A pool as GET answers it. */
export function poolView(baseUrl: string, pool: PoolRecord): JsonObject {
  const { displayName, ...spec } = poolSpecView(pool.spec);
  let dedicated = 0;
  let lowPriority = 0;
  for (const node of pool.nodes.values()) {
    if (node.dedicated) dedicated += 1;
    else lowPriority += 1;
  }
  const errors = pool.allocation === "steady" && pool.resizeErrors.length > 0 ? pool.resizeErrors : undefined;
  return {
    id: pool.id,
    displayName,
    url: `${baseUrl}/pools/${pool.id}`,
    eTag: eTagOf(pool.modified),
    lastModified: isoTime(pool.modified),
    creationTime: isoTime(pool.created),
    state: pool.state,
    stateTransitionTime: isoTime(pool.stateChanged),
    allocationState: pool.allocation,
    allocationStateTransitionTime: isoTime(pool.allocationChanged),
    ...spec,
    resizeTimeout: formatDuration(pool.resizeTimeout),
    resizeErrors: asJson(errors),
    currentDedicatedNodes: dedicated,
    targetDedicatedNodes: pool.targetDedicated,
    currentLowPriorityNodes: lowPriority,
    targetLowPriorityNodes: pool.targetLowPriority,
    autoScaleRun: pool.autoScale?.run === undefined ? undefined : autoScaleRunView(pool.autoScale.run),
    currentNodeCommunicationMode: communicationMode(pool),
  };
}

export function autoScaleRunView(run: AutoScaleRun): JsonObject {
  return { timestamp: isoTime(run.timestamp), results: run.results, error: asJson(run.error) };
}

function communicationMode({ spec, nodes }: PoolRecord): string | undefined {
  if (spec.targetNodeCommunicationMode !== "default") return spec.targetNodeCommunicationMode;
  return nodes.size > 0 ? "classic" : undefined;
}

/** What describes a pool, with the defaults the service fills in; also the `pool` of an auto pool specification. */
export function poolSpecView(spec: PoolSpec): JsonObject {
  const { id: _, ...sent } = spec;
  return {
    ...withoutSecrets(sent as unknown as JsonObject),
    vmSize: spec.vmSize,
    applicationPackageReferences: unlessEmpty(spec.applicationPackageReferences),
    metadata: unlessEmpty(spec.metadata),
    resizeTimeout: spec.resizeTimeout ?? "PT15M",
    targetDedicatedNodes: spec.targetDedicatedNodes ?? 0,
    targetLowPriorityNodes: spec.targetLowPriorityNodes ?? 0,
    enableAutoScale: spec.enableAutoScale ?? false,
    autoScaleEvaluationInterval: spec.enableAutoScale
      ? (spec.autoScaleEvaluationInterval ?? "PT15M")
      : undefined,
    enableInterNodeCommunication: spec.enableInterNodeCommunication ?? false,
    startTask: spec.startTask === undefined ? undefined : startTaskView(spec.startTask),
    taskSlotsPerNode: spec.taskSlotsPerNode ?? 1,
    taskSchedulingPolicy: { nodeFillType: spec.taskSchedulingPolicy?.nodeFillType ?? "Spread" },
    cloudServiceConfiguration:
      spec.cloudServiceConfiguration === undefined
        ? undefined
        : { osVersion: "*", ...spec.cloudServiceConfiguration },
    virtualMachineConfiguration: machineView(spec.virtualMachineConfiguration),
    networkConfiguration:
      spec.networkConfiguration === undefined
        ? undefined
        : { dynamicVNetAssignmentScope: "none", ...spec.networkConfiguration },
    certificateReferences: spec.certificateReferences?.map(certificateReferenceView),
    userAccounts: spec.userAccounts?.map((account) => ({
      elevationLevel: "nonadmin",
      windowsUserConfiguration: windowsUser(spec),
      ...withoutSecrets(account),
    })),
  };
}

/** The service shows no such list when it is empty, however it was made so. */
function unlessEmpty(list: readonly object[] | undefined): Json | undefined {
  return list === undefined || list.length === 0 ? undefined : asJson(list);
}

export function certificateReferenceView(reference: JsonObject): JsonObject {
  return {
    storeLocation: "CurrentUser",
    storeName: "My",
    visibility: ["starttask", "task", "remoteuser"],
    ...reference,
  };
}

function windowsUser(spec: PoolSpec): JsonObject | undefined {
  if (!runsWindows(spec)) return undefined;
  return { loginMode: spec.cloudServiceConfiguration === undefined ? "batch" : "interactive" };
}

export function startTaskView(startTask: StartTaskSpec): JsonObject {
  return {
    ...withoutSecrets(asJson(startTask) as JsonObject),
    userIdentity: userIdentityView(startTask.userIdentity),
    maxTaskRetryCount: startTask.maxTaskRetryCount ?? 0,
    waitForSuccess: startTask.waitForSuccess ?? true,
  };
}

function machineView(machine: JsonObject | undefined): JsonObject | undefined {
  if (machine === undefined) return undefined;
  const { imageReference, dataDisks } = machine;
  return {
    ...withoutSecrets(machine),
    imageReference: isJsonObject(imageReference) ? imageView(imageReference) : imageReference,
    dataDisks: Array.isArray(dataDisks)
      ? dataDisks.map((disk) => ({
          caching: "none",
          storageAccountType: "standard_lrs",
          ...(disk as JsonObject),
        }))
      : undefined,
  };
}

/** Only nodes tell the exact version. */
function imageView({ exactVersion: _, ...image }: JsonObject): JsonObject {
  return image.publisher === undefined ? image : { ...image, version: image.version ?? "latest" };
}
