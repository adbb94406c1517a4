import type {
  ApplicationPackageReference,
  DiskEncryptionTarget,
  PoolParameter,
  PoolSpecification,
  VirtualMachineConfiguration,
  VMExtension,
} from "../../azure/parameters/index.js";
import {
  checkBoolean,
  checkDisplayName,
  checkDuration,
  checkId,
  checkOneOf,
  checkRecord,
  checkText,
  checkWhole,
} from "../checks.js";
import type { Duration } from "../duration.js";
import { type Image, imageParameter, isWindowsAgent } from "../images.js";
import { type Problem, refuseProblems } from "../problems.js";
import { applicationPackages } from "./application-packages.js";
import { type ContainerOptions, containerConfiguration } from "./containers.js";
import { type DataDiskOptions, dataDisks, diskEncryption } from "./disks.js";
import { checkSecrets, type InheritedPool, runsWindows } from "./existing.js";
import { extensions } from "./extensions.js";
import { type MountOptions, mountConfiguration } from "./mounts.js";
import { type NetworkOptions, networkConfiguration } from "./network.js";
import { type PoolSize, sizeParameter } from "./size.js";
import { type StartTaskOptions, startTaskParameter } from "./start-task.js";
import { type UserOptions, userAccounts } from "./users.js";

/** How nodes talk to Batch: as Batch chooses, or by one of its two ways. */
export type NodeCommunicationMode = "default" | "classic" | "simplified";

/** What a pool's builder was told, as it was told. */
export interface PoolSettings extends PoolSize, MachineSettings {
  readonly id?: string;
  /** The pool that this one begins as, without its size. */
  readonly existing?: InheritedPool;
  readonly inheritedSize?: PoolSize;
  readonly displayName?: string;
  readonly vmSize?: string;
  readonly taskSlotsPerNode?: number;
  readonly taskFillType?: "spread" | "pack";
  readonly resizeTimeout?: Duration;
  readonly startTask?: StartTaskOptions;
  readonly applicationPackages?: readonly ApplicationPackageReference[];
  readonly mounts?: readonly MountOptions[];
  readonly network?: NetworkOptions;
  readonly interNodeCommunication?: boolean;
  readonly nodeCommunicationMode?: NodeCommunicationMode;
  readonly users?: readonly UserOptions[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What it was told of the virtual machines. */
interface MachineSettings {
  readonly image?: Image;
  readonly containers?: ContainerOptions;
  readonly dataDisks?: readonly DataDiskOptions[];
  readonly diskEncryption?: readonly DiskEncryptionTarget[] | "all";
  readonly ephemeralOSDisk?: boolean;
  readonly nodePlacement?: "regional" | "zonal";
  readonly extensions?: readonly VMExtension[];
  readonly automaticUpdates?: boolean;
  readonly licenseType?: "Windows_Server" | "Windows_Client";
}

const FILL_TYPES = ["spread", "pack"] as const;
const MODES = ["default", "classic", "simplified"] as const;

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function poolParameter(settings: PoolSettings): PoolParameter | PoolSpecification {
  const problems: Problem[] = [];
  const parameter = makeParameter(settings, problems);
  if (settings.existing !== undefined) checkSecrets(parameter, problems);
  refuseProblems(
    settings.id === undefined ? "The pool" : `The pool ${JSON.stringify(settings.id)}`,
    problems,
  );
  return parameter;
}

function makeParameter(settings: PoolSettings, problems: Problem[]): PoolParameter | PoolSpecification {
  const { existing = {}, inheritedSize = {} } = settings;
  const isWindows =
    settings.image === undefined ? runsWindows(existing) : isWindowsAgent(settings.image?.nodeAgentSKUId);
  const vmSize = settings.vmSize ?? existing.vmSize;
  const slots = settings.taskSlotsPerNode ?? existing.taskSlotsPerNode ?? 1;
  return {
    ...existing,
    ...named(settings, problems),
    vmSize: checkText(vmSize as string, "pool.vmSize", problems),
    virtualMachineConfiguration: machine(settings, existing, isWindows, problems),
    ...scheduling(settings, problems),
    ...sizeParameter(settings, inheritedSize, slots, problems),
    ...communication(settings, problems),
    ...contents(settings, isWindows, problems),
  };
}

function named({ id, displayName }: PoolSettings, problems: Problem[]): Partial<PoolParameter> {
  return {
    ...(id !== undefined && { id: checkId(id, "pool.id", problems) }),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "pool.displayName", problems),
    }),
  };
}

function machine(
  settings: PoolSettings,
  { virtualMachineConfiguration: existing }: InheritedPool,
  isWindows: boolean,
  problems: Problem[],
): VirtualMachineConfiguration | undefined {
  const { image, containers, nodePlacement } = settings;
  const known = image === undefined && existing !== undefined ? existing : imageParameter(image, problems);
  const options = {
    ...(containers !== undefined && { containerConfiguration: containerConfiguration(containers, problems) }),
    ...(nodePlacement !== undefined && {
      nodePlacementConfiguration: {
        policy: checkOneOf(nodePlacement, ["regional", "zonal"] as const, "pool.nodePlacement", problems),
      },
    }),
    ...(settings.extensions !== undefined && { extensions: extensions(settings.extensions, problems) }),
    ...disks(settings, isWindows, problems),
    ...windows(settings, isWindows, problems),
  };
  return known === undefined ? undefined : { ...existing, ...known, ...options };
}

function disks(
  { dataDisks: data, diskEncryption: targets, ephemeralOSDisk }: MachineSettings,
  isWindows: boolean,
  problems: Problem[],
): Partial<VirtualMachineConfiguration> {
  return {
    ...(data !== undefined && { dataDisks: dataDisks(data, problems) }),
    ...(targets !== undefined && {
      diskEncryptionConfiguration: diskEncryption(targets, isWindows, problems),
    }),
    ...(ephemeralOSDisk === true && { osDisk: { ephemeralOSDiskSettings: { placement: "CacheDisk" } } }),
  };
}

/** What is for Windows alone. */
function windows(
  { automaticUpdates, licenseType }: MachineSettings,
  isWindows: boolean,
  problems: Problem[],
): Partial<VirtualMachineConfiguration> {
  for (const [option, value] of Object.entries({ automaticUpdates, licenseType })) {
    if (value !== undefined && !isWindows)
      problems.push({
        option: `pool.${option}`,
        says: "is for Windows, and the pool's nodes run Linux",
      });
  }
  return {
    ...(automaticUpdates !== undefined && {
      windowsConfiguration: {
        enableAutomaticUpdates: checkBoolean(automaticUpdates, "pool.automaticUpdates", problems),
      },
    }),
    ...(licenseType !== undefined && {
      licenseType: checkOneOf(
        licenseType,
        ["Windows_Server", "Windows_Client"] as const,
        "pool.licenseType",
        problems,
      ),
    }),
  };
}

function scheduling(
  { taskSlotsPerNode, taskFillType, resizeTimeout }: PoolSettings,
  problems: Problem[],
): Partial<PoolSpecification> {
  return {
    ...(taskSlotsPerNode !== undefined && {
      taskSlotsPerNode: checkWhole(taskSlotsPerNode, [1, 256], "pool.taskSlotsPerNode", problems),
    }),
    ...(taskFillType !== undefined && {
      taskSchedulingPolicy: {
        nodeFillType: checkOneOf(taskFillType, FILL_TYPES, "pool.taskFillType", problems),
      },
    }),
    ...(resizeTimeout !== undefined && {
      resizeTimeout: checkDuration(resizeTimeout, { least: "5m" }, "pool.resizeTimeout", problems),
    }),
  };
}

function communication(
  { interNodeCommunication, nodeCommunicationMode, network }: PoolSettings,
  problems: Problem[],
): Partial<PoolSpecification> {
  return {
    ...(interNodeCommunication !== undefined && {
      enableInterNodeCommunication: checkBoolean(
        interNodeCommunication,
        "pool.interNodeCommunication",
        problems,
      ),
    }),
    ...(nodeCommunicationMode !== undefined && {
      targetNodeCommunicationMode: checkOneOf(
        nodeCommunicationMode,
        MODES,
        "pool.nodeCommunicationMode",
        problems,
      ),
    }),
    ...(network !== undefined && { networkConfiguration: networkConfiguration(network, problems) }),
  };
}

/** What each node gets, and what stands at the pool. */
function contents(
  { startTask, applicationPackages: packages, mounts, users, metadata }: PoolSettings,
  isWindows: boolean,
  problems: Problem[],
): Partial<PoolSpecification> {
  return {
    ...(startTask !== undefined && { startTask: startTaskParameter(startTask, isWindows, problems) }),
    ...(packages !== undefined && { applicationPackageReferences: applicationPackages(packages, problems) }),
    ...(mounts !== undefined && { mountConfiguration: mountConfiguration(mounts, problems) }),
    ...(users !== undefined && { userAccounts: userAccounts(users, isWindows, problems) }),
    ...(metadata !== undefined && { metadata: checkRecord(metadata, "pool.metadata", problems) }),
  };
}
