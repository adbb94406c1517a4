import type {
  ResourceFile,
  StartTaskParameter,
  TaskContainerSettings,
} from "../../azure/parameters/index.js";
import { checkBoolean, checkEnvironment, checkKeys, checkWhole } from "../checks.js";
import type { Problem } from "../problems.js";
import { COMMAND_KEYS, commandAmong, commandParts, type TaskCommandOptions } from "../task-parts/command.js";
import { checkContainer } from "../task-parts/container.js";
import { checkResourceFiles } from "../task-parts/resource-files.js";
import { type TaskUser, userIdentityParameter } from "../task-parts/user-identity.js";

/** What a node does when it joins a pool, before its first task. */
export type StartTaskOptions = TaskCommandOptions &
  StartTaskUser & {
    /** Environment variables. */
    readonly env?: Readonly<Record<string, string>>;
    /** Files that Batch brings to the node before. */
    readonly resourceFiles?: readonly ResourceFile[];
    /** The container it runs in; the pool needs {@link PoolBuilder.containers}. Default: none. */
    readonly container?: TaskContainerSettings;
    /** How often it is tried again where it fails; -1 for no limit. Default: 0. */
    readonly maxTaskRetryCount?: number;
    /** Whether tasks wait for it, and a node where it failed gets none. Default: `true`. */
    readonly waitForSuccess?: boolean;
  };

/** The user that a start task runs as. Default: one that Batch makes for the pool, and that is no administrator. */
export type StartTaskUser =
  | {
      /** Whether it may do what an administrator may, such as `apt-get install`. Default: `"nonadmin"`. */
      readonly elevationLevel?: "nonadmin" | "admin";
      readonly userIdentity?: never;
    }
  | {
      /** One of the pool's users, or one that Batch makes for this task. */
      readonly userIdentity: TaskUser;
      readonly elevationLevel?: never;
    };

/** Where the node finds the argument list: how Batch splits a command line on Linux is not documented, so none is in it. */
const COMMAND_SETTING = "AZURE_BATCH_PARALLEL_START_TASK";

const AT = "pool.startTask";
const KEYS = [
  ...COMMAND_KEYS,
  "env",
  "resourceFiles",
  "container",
  "elevationLevel",
  "userIdentity",
  "maxTaskRetryCount",
  "waitForSuccess",
];

/** Checks the options and makes the service's parameter of them. */
export function startTaskParameter(
  options: StartTaskOptions,
  isWindows: boolean,
  problems: Problem[],
): StartTaskParameter {
  checkKeys(options, KEYS, AT, problems);
  const { env, resourceFiles, container, maxTaskRetryCount, waitForSuccess = true } = options ?? {};
  const { commandLine, settings } = startCommand(options ?? {}, isWindows, problems);
  const environment = [
    ...(env === undefined ? [] : checkEnvironment(env, `${AT}.env`, problems)),
    ...settings,
  ];
  return {
    commandLine,
    ...(container !== undefined && {
      containerSettings: checkContainer(container, `${AT}.container`, problems),
    }),
    ...(environment.length > 0 && { environmentSettings: environment }),
    ...(resourceFiles !== undefined && {
      resourceFiles: checkResourceFiles(resourceFiles, `${AT}.resourceFiles`, problems),
    }),
    ...startUser(options ?? {}, problems),
    ...(maxTaskRetryCount !== undefined && {
      maxTaskRetryCount: checkWhole(
        maxTaskRetryCount,
        [-1, 2 ** 31 - 1],
        `${AT}.maxTaskRetryCount`,
        problems,
      ),
    }),
    waitForSuccess: checkBoolean(waitForSuccess, `${AT}.waitForSuccess`, problems),
  };
}

function startCommand(options: Partial<TaskCommandOptions>, isWindows: boolean, problems: Problem[]) {
  const command = commandAmong(options, AT, problems);
  if (command.kind !== "line" && (command.system === "windows") !== isWindows) {
    const [option, other] = isWindows ? ["command", "windowsCommand"] : ["windowsCommand", "command"];
    const [system, present] = isWindows ? ["Linux", "Windows"] : ["Windows", "Linux"];
    problems.push({
      option: `${AT}.${option}`,
      says: `is for ${system}, and the pool's nodes run ${present}: use \`${other}\``,
    });
  }
  return commandParts(command, AT, COMMAND_SETTING, problems);
}

function startUser(
  { elevationLevel, userIdentity }: Partial<StartTaskUser>,
  problems: Problem[],
): Pick<StartTaskParameter, "userIdentity"> {
  if (elevationLevel !== undefined && userIdentity !== undefined) {
    problems.push({ option: `${AT}.elevationLevel`, says: "excludes userIdentity" });
  }
  if (userIdentity !== undefined) {
    return { userIdentity: userIdentityParameter(userIdentity, `${AT}.userIdentity`, problems) };
  }
  if (elevationLevel === undefined) return {};
  return { userIdentity: userIdentityParameter({ scope: "pool", elevationLevel }, AT, problems) };
}
