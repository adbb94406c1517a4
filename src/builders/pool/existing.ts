import type { ContainerRegistry, PoolSpecification } from "../../azure/parameters/index.js";
import { propertiesOf } from "../existing.js";
import { isWindowsAgent } from "../images.js";
import type { Problem } from "../problems.js";
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
const SIZE = [
  "enableAutoScale",
  "autoScaleFormula",
  "autoScaleEvaluationInterval",
  "targetDedicatedNodes",
  "targetLowPriorityNodes",
] as const;

/** The settings by which a pool's description begins as an existing pool is. */
export function settingsOf(existing: ExistingPool): PoolSettings {
  const kept = propertiesOf(existing, [...KEPT, ...SIZE], "pool.from") as ExistingPool;
  const pool = Object.fromEntries(Object.entries(kept).filter(([name]) => KEPT.includes(name as never)));
  return { existing: withoutOwn(pool as InheritedPool), inheritedSize: sizeOf(kept) };
}

/** Without what is that pool's alone: the exact version of its image. */
function withoutOwn(pool: InheritedPool): InheritedPool {
  const { virtualMachineConfiguration: machine } = pool;
  const { exactVersion: _, ...imageReference } = { exactVersion: "", ...machine?.imageReference };
  return {
    ...pool,
    ...(machine !== undefined && { virtualMachineConfiguration: { ...machine, imageReference } }),
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
