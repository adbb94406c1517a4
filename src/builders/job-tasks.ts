import type {
  ApplicationPackageReference,
  JobManagerTaskParameter,
  JobPreparationTaskParameter,
  JobReleaseTaskParameter,
  OutputFileParameter,
  ResourceFile,
  TaskContainerSettings,
} from "../azure/parameters/index.js";
import {
  checkDisplayName,
  checkDuration,
  checkEnvironment,
  checkId,
  checkKeys,
  checkWhole,
} from "./checks.js";
import type { Duration } from "./duration.js";
import type { Problem } from "./problems.js";
import { checkApplicationPackages } from "./task-parts/application-packages.js";
import { checkTokenAccess } from "./task-parts/authentication-token.js";
import { checkBoolean } from "./task-parts/checks.js";
import {
  COMMAND_KEYS,
  COMMAND_SETTING,
  commandAmong,
  commandParts,
  type TaskCommandOptions,
} from "./task-parts/command.js";
import { constraintsParameter } from "./task-parts/constraints.js";
import { checkContainer } from "./task-parts/container.js";
import { checkOutputFiles } from "./task-parts/output-files.js";
import { checkResourceFiles } from "./task-parts/resource-files.js";
import { type TaskUser, userIdentityParameter } from "./task-parts/user-identity.js";

/** What the tasks that a job brings along have in common. */
export interface JobTaskOptions {
  /** Environment variables, beside those of the job and of Batch. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** The container that the command runs in; the pool needs a container configuration. */
  readonly container?: TaskContainerSettings;
  /** The user that the command runs as. Default: one user for all tasks of a node, who is no administrator. */
  readonly userIdentity?: TaskUser;
  /** How long a try may take. Default: no limit; of a release task 15 minutes, which is the most. */
  readonly maxWallClockTime?: Duration;
  /** How long the node keeps the task's directory. Default: 7 days. */
  readonly retentionTime?: Duration;
}

/** The task that begins with a job, and makes the job's other tasks. */
export type ManagerTaskOptions = TaskCommandOptions &
  JobTaskOptions & {
    /** Its id. Default: `"jobmanager"`. */
    readonly id?: string;
    /** A name for people, up to 1024 characters. */
    readonly displayName?: string;
    /** Files that Batch uploads from the node after. */
    readonly outputFiles?: readonly OutputFileParameter[];
    /** How often it is tried again where its exit code is not 0; -1 for no limit. Default: 0. */
    readonly maxTaskRetryCount?: number;
    /** How many task slots of its node it takes. Default: 1. */
    readonly requiredSlots?: number;
    /** Application packages that Batch brings to the node before. */
    readonly applicationPackages?: readonly ApplicationPackageReference[];
    /** What it may do with Batch, by a token in `AZ_BATCH_AUTHENTICATION_TOKEN`: `["job"]` for all of its job. */
    readonly authenticationToken?: readonly "job"[];
    /** Whether the job ends with it. Default: `true`. */
    readonly killJobOnCompletion?: boolean;
    /** Whether no other task runs on its node meanwhile. Default: `true`. */
    readonly runExclusive?: boolean;
    /** Whether it may run on a Spot node. Default: `true`. */
    readonly allowSpotNode?: boolean;
  };

/** What a node does before its first task of a job. */
export type PreparationTaskOptions = TaskCommandOptions &
  JobTaskOptions & {
    /** Its id, which names its directory. Default: `"jobpreparation"`. */
    readonly id?: string;
    /** How often it is tried again where its exit code is not 0; -1 for no limit. Default: 0. */
    readonly maxTaskRetryCount?: number;
    /** Whether the job's tasks start on a node only after it has succeeded there. Default: `true`. */
    readonly waitForSuccess?: boolean;
    /** Whether it runs again when a node on which it succeeded restarts. Default: `true`. */
    readonly rerunOnNodeRebootAfterSuccess?: boolean;
  };

/** What a node that ran a job's preparation task does when the job ends. */
export type ReleaseTaskOptions = TaskCommandOptions &
  JobTaskOptions & {
    /** Its id, which names its directory. Default: `"jobrelease"`. */
    readonly id?: string;
  };

const COMMON_KEYS = [
  ...COMMAND_KEYS,
  "id",
  "env",
  "resourceFiles",
  "container",
  "userIdentity",
  "maxWallClockTime",
  "retentionTime",
];
const MANAGER_KEYS = [
  ...COMMON_KEYS,
  "displayName",
  "outputFiles",
  "maxTaskRetryCount",
  "requiredSlots",
  "applicationPackages",
  "authenticationToken",
  "killJobOnCompletion",
  "runExclusive",
  "allowSpotNode",
];
const PREPARATION_KEYS = [
  ...COMMON_KEYS,
  "maxTaskRetryCount",
  "waitForSuccess",
  "rerunOnNodeRebootAfterSuccess",
];

/** Checks a job's manager task, and makes the service's parameter of it. */
export function managerTaskParameter(
  options: ManagerTaskOptions,
  problems: Problem[],
): JobManagerTaskParameter {
  const at = "job.managerTask";
  checkKeys(options, MANAGER_KEYS, at, problems);
  const { id = "jobmanager", displayName, outputFiles, requiredSlots, applicationPackages } = options ?? {};
  const { authenticationToken, killJobOnCompletion, runExclusive, allowSpotNode } = options ?? {};
  return {
    id: checkId(id, `${at}.id`, problems),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, `${at}.displayName`, problems),
    }),
    ...commonParts(options ?? {}, at, problems),
    ...constraintsParameter(options ?? {}, undefined, at, problems),
    ...(outputFiles !== undefined && {
      outputFiles: checkOutputFiles(outputFiles, `${at}.outputFiles`, problems),
    }),
    ...(requiredSlots !== undefined && {
      requiredSlots: checkWhole(requiredSlots, [1, 256], `${at}.requiredSlots`, problems),
    }),
    ...(applicationPackages !== undefined && {
      applicationPackageReferences: checkApplicationPackages(
        applicationPackages,
        `${at}.applicationPackages`,
        problems,
      ),
    }),
    ...(authenticationToken !== undefined && {
      authenticationTokenSettings: checkTokenAccess(
        authenticationToken,
        `${at}.authenticationToken`,
        problems,
      ),
    }),
    ...(killJobOnCompletion !== undefined && {
      killJobOnCompletion: checkBoolean(killJobOnCompletion, `${at}.killJobOnCompletion`, problems),
    }),
    ...(runExclusive !== undefined && {
      runExclusive: checkBoolean(runExclusive, `${at}.runExclusive`, problems),
    }),
    ...(allowSpotNode !== undefined && {
      allowLowPriorityNode: checkBoolean(allowSpotNode, `${at}.allowSpotNode`, problems),
    }),
  };
}

/** Checks a job's preparation task, and makes the service's parameter of it. */
export function preparationTaskParameter(
  options: PreparationTaskOptions,
  problems: Problem[],
): JobPreparationTaskParameter {
  const at = "job.preparationTask";
  checkKeys(options, PREPARATION_KEYS, at, problems);
  const { id, waitForSuccess, rerunOnNodeRebootAfterSuccess } = options ?? {};
  return {
    ...(id !== undefined && { id: checkId(id, `${at}.id`, problems) }),
    ...commonParts(options ?? {}, at, problems),
    ...constraintsParameter(options ?? {}, undefined, at, problems),
    ...(waitForSuccess !== undefined && {
      waitForSuccess: checkBoolean(waitForSuccess, `${at}.waitForSuccess`, problems),
    }),
    ...(rerunOnNodeRebootAfterSuccess !== undefined && {
      rerunOnNodeRebootAfterSuccess: checkBoolean(
        rerunOnNodeRebootAfterSuccess,
        `${at}.rerunOnNodeRebootAfterSuccess`,
        problems,
      ),
    }),
  };
}

/** Checks a job's release task, and makes the service's parameter of it. */
export function releaseTaskParameter(
  options: ReleaseTaskOptions,
  problems: Problem[],
): JobReleaseTaskParameter {
  const at = "job.releaseTask";
  checkKeys(options, COMMON_KEYS, at, problems);
  const { id, maxWallClockTime, retentionTime } = options ?? {};
  return {
    ...(id !== undefined && { id: checkId(id, `${at}.id`, problems) }),
    ...commonParts(options ?? {}, at, problems),
    ...(maxWallClockTime !== undefined && {
      maxWallClockTime: checkDuration(maxWallClockTime, { most: "15m" }, `${at}.maxWallClockTime`, problems),
    }),
    ...(retentionTime !== undefined && {
      retentionTime: checkDuration(retentionTime, {}, `${at}.retentionTime`, problems),
    }),
  };
}

/** What all three have. */
function commonParts(
  options: JobTaskOptions & Parameters<typeof commandAmong>[0],
  at: string,
  problems: Problem[],
): Pick<
  JobManagerTaskParameter,
  "commandLine" | "environmentSettings" | "resourceFiles" | "containerSettings" | "userIdentity"
> {
  const { env, resourceFiles, container, userIdentity } = options;
  const command = commandAmong(options, at, problems);
  const { commandLine, settings } = commandParts(command, at, COMMAND_SETTING, problems);
  const own = env === undefined ? [] : checkEnvironment(env, `${at}.env`, problems);
  const environmentSettings = [...own, ...settings];
  return {
    commandLine,
    ...(environmentSettings.length > 0 && { environmentSettings }),
    ...(resourceFiles !== undefined && {
      resourceFiles: checkResourceFiles(resourceFiles, `${at}.resourceFiles`, problems),
    }),
    ...(container !== undefined && {
      containerSettings: checkContainer(container, `${at}.container`, problems),
    }),
    ...(userIdentity !== undefined && {
      userIdentity: userIdentityParameter(userIdentity, `${at}.userIdentity`, problems),
    }),
  };
}
