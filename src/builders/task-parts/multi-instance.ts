import type {
  EnvironmentSetting,
  MultiInstanceSettings,
  ResourceFile,
} from "../../azure/parameters/index.js";
import { checkKeys, checkWhole } from "../checks.js";
import type { Problem } from "../problems.js";
import {
  COMMAND_KEYS,
  COORDINATION_SETTING,
  commandAmong,
  commandParts,
  type TaskCommandOptions,
} from "./command.js";
import { checkResourceFiles } from "./resource-files.js";

/** What makes a task run on several nodes at once. */
export interface MultiInstanceOptions {
  /** How many nodes. */
  readonly numberOfInstances: number;
  /** What every node runs first, and ends: the task's own command begins when it has ended on all of them. */
  readonly coordination: TaskCommandOptions;
  /** Files that Batch brings to every node, into `$AZ_BATCH_TASK_SHARED_DIR`. */
  readonly commonResourceFiles?: readonly ResourceFile[];
}

/** Checks the settings of a task on several nodes, and makes the service's parameter of them. */
export function multiInstanceParameter(
  options: MultiInstanceOptions,
  problems: Problem[],
): { multiInstanceSettings: MultiInstanceSettings; settings: readonly EnvironmentSetting[] } {
  const at = "task.multiInstance";
  checkKeys(options, ["numberOfInstances", "coordination", "commonResourceFiles"], at, problems);
  const { numberOfInstances, coordination, commonResourceFiles } = options ?? {};
  checkKeys(coordination, COMMAND_KEYS, `${at}.coordination`, problems);
  const command = commandAmong(coordination ?? {}, `${at}.coordination`, problems);
  const { commandLine, settings } = commandParts(
    command,
    `${at}.coordination`,
    COORDINATION_SETTING,
    problems,
  );
  return {
    multiInstanceSettings: {
      numberOfInstances: checkWhole(numberOfInstances, [1, 2 ** 31 - 1], `${at}.numberOfInstances`, problems),
      coordinationCommandLine: commandLine,
      ...(commonResourceFiles !== undefined && {
        commonResourceFiles: checkResourceFiles(commonResourceFiles, `${at}.commonResourceFiles`, problems),
      }),
    },
    settings,
  };
}
