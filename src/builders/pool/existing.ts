import { CREATION_ID } from "../../azure/creation-id.js";
import type { ContainerRegistry, PoolSpecification } from "../../azure/parameters/index.js";
import { InvalidArgumentError } from "../../errors/index.js";
import { copyOf } from "../copy.js";
import { isWindowsAgent } from "../images.js";
import { type Problem, show } from "../problems.js";
import type { PoolSettings } from "./pool-parameter.js";

/**
 * A pool as the service gives it (`GET /pools/{id}`), or a parameter that describes one. What of it is not to be said when
 * a pool is made, such as its state, counts.
 */
export type ExistingPool = Partial<Omit<PoolSpecification, "taskSchedulingPolicy">> & {
  /** Its id; the new pool has its own. */
  readonly id?: string;
  /** How its tasks are placed; the service writes `"Spread"` and `"Pack"`. */
  readonly taskSchedulingPolicy?: {
    /** Over all nodes, or on one before the next. */
    readonly nodeFillType: string;
  };
};

/** What of a pool is as it was with another one. */
export type InheritedPool = Omit<
  PoolSpecification,
  | "vmSize"
  | "targetDedicatedNodes"
  | "targetLowPriorityNodes"
  | "enableAutoScale"
  | "autoScaleFormula"
  | "autoScaleEvaluationInterval"
> & { readonly vmSize?: string };

/** Not among them: what is read-only, what the service has retired, and the size, which differs from pool to pool. */
const KEPT = [
  "displayName",
  "vmSize",
  "virtualMachineConfiguration",
  "taskSlotsPerNode",
  "taskSchedulingPolicy",
  "resizeTimeout",
  "enableInterNodeCommunication",
  "networkConfiguration",
  "startTask",
  "applicationPackageReferences",
  "userAccounts",
  "metadata",
  "mountConfiguration",
  "targetNodeCommunicationMode",
] as const;

/** The settings by which a pool's description begins as an existing pool is. */
export function settingsOf(existing: ExistingPool): PoolSettings {
  if (typeof existing !== "object" || existing === null || Array.isArray(existing)) {
    throw new InvalidArgumentError(
      `pool.from takes a pool as the service gives it, or a builder, and not ${show(existing)}.`,
      { option: "existing" },
    );
  }
  const copy = copyOf(existing);
  const kept = KEPT.filter((key) => copy[key] !== undefined).map((key) => [key, copy[key]]);
  return {
    existing: withoutReadOnly(Object.fromEntries(kept) as InheritedPool),
    inheritedSize: sizeOf(copy),
  };
}

function withoutReadOnly(pool: InheritedPool): InheritedPool {
  const { virtualMachineConfiguration: machine, taskSchedulingPolicy: policy, metadata } = pool;
  const { exactVersion: _, ...imageReference } = (machine?.imageReference ?? {}) as Record<string, unknown>;
  return {
    ...pool,
    ...(machine !== undefined && { virtualMachineConfiguration: { ...machine, imageReference } }),
    ...(policy !== undefined && {
      taskSchedulingPolicy: { nodeFillType: policy.nodeFillType.toLowerCase() as "spread" | "pack" },
    }),
    // Whoever made that pool left a mark there, to know it by.
    ...(metadata !== undefined && { metadata: metadata.filter(({ name }) => name !== CREATION_ID) }),
  };
}

function sizeOf(existing: ExistingPool): PoolSettings["inheritedSize"] {
  const { enableAutoScale, autoScaleFormula, autoScaleEvaluationInterval = "PT15M" } = existing;
  if (enableAutoScale === true && autoScaleFormula !== undefined) {
    return {
      scaling: {
        kind: "existing",
        parameter: { enableAutoScale, autoScaleFormula, autoScaleEvaluationInterval },
      },
    };
  }
  const { targetDedicatedNodes, targetLowPriorityNodes } = existing;
  return { fixed: { dedicatedNodes: targetDedicatedNodes, spotNodes: targetLowPriorityNodes } };
}

/** Whether the nodes of an existing pool have Windows. */
export function runsWindows({ virtualMachineConfiguration: machine }: InheritedPool): boolean {
  return isWindowsAgent(machine?.nodeAgentSKUId);
}

const NEVER_GIVEN = "the service never gives it back, so";

/** What the service keeps for itself and has to be said again; `parameter` is what is built. */
export function checkSecrets(parameter: PoolSpecification, problems: Problem[]): void {
  const { userAccounts = [], mountConfiguration = [], virtualMachineConfiguration: machine } = parameter;
  for (const [index, { password }] of userAccounts.entries()) {
    if (password === undefined)
      problems.push({
        option: `pool.users[${index}].password`,
        says: `is missing: ${NEVER_GIVEN} say .users(…)`,
      });
  }
  for (const [index, mount] of mountConfiguration.entries()) {
    const { azureBlobFileSystemConfiguration: blob, azureFileShareConfiguration: share } = mount;
    const isBlobOpen = (blob?.accountKey ?? blob?.sasKey ?? blob?.identityReference) !== undefined;
    const lacks =
      (blob !== undefined && !isBlobOpen) ||
      (share !== undefined && share.accountKey === undefined) ||
      (mount.cifsMountConfiguration !== undefined && mount.cifsMountConfiguration.password === undefined);
    if (lacks)
      problems.push({ option: `pool.mounts[${index}]`, says: `has no key: ${NEVER_GIVEN} say .mounts(…)` });
  }
  for (const [index, registry] of (machine?.containerConfiguration?.containerRegistries ?? []).entries()) {
    if (lacksPassword(registry)) {
      const option = `pool.containers.registries[${index}].password`;
      problems.push({ option, says: `is missing: ${NEVER_GIVEN} say .containers(…)` });
    }
  }
  const registry = parameter.startTask?.containerSettings?.registry;
  if (registry !== undefined && lacksPassword(registry)) {
    const option = "pool.startTask.container.registry.password";
    problems.push({ option, says: `is missing: ${NEVER_GIVEN} say .startTask(…)` });
  }
}

function lacksPassword({ username, password }: ContainerRegistry): boolean {
  return username !== undefined && password === undefined;
}
