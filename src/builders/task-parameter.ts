import type {
  ApplicationPackageReference,
  EnvironmentSetting,
  OutputFileParameter,
  ResourceFile,
  TaskContainerSettings,
  TaskParameter,
} from "../azure/parameters/index.js";
import { checkDisplayName, checkEnvironment, checkId, checkText, checkWhole } from "./checks.js";
import { type Problem, refuseProblems } from "./problems.js";
import { checkApplicationPackages } from "./task-parts/application-packages.js";
import { checkTokenAccess } from "./task-parts/authentication-token.js";
import { COMMAND_SETTING, COORDINATION_SETTING, type Command, commandParts } from "./task-parts/command.js";
import { type ConstraintSettings, constraintsParameter } from "./task-parts/constraints.js";
import { checkContainer } from "./task-parts/container.js";
import { dependenciesParameter, type TaskDependency } from "./task-parts/dependencies.js";
import { type ExitConditionOptions, exitConditionsParameter } from "./task-parts/exit-conditions.js";
import { type MultiInstanceOptions, multiInstanceParameter } from "./task-parts/multi-instance.js";
import { checkOutputFiles } from "./task-parts/output-files.js";
import { checkResourceFiles } from "./task-parts/resource-files.js";
import { type TaskUser, userIdentityParameter } from "./task-parts/user-identity.js";

/** What a task's builder was told, as it was told. */
export interface TaskSettings extends ConstraintSettings {
  readonly id: string;
  /** The task that it begins from. */
  readonly existing?: Partial<TaskParameter>;
  readonly command?: Command;
  readonly displayName?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly resourceFiles?: readonly ResourceFile[];
  readonly outputFiles?: readonly OutputFileParameter[];
  readonly container?: TaskContainerSettings;
  readonly userIdentity?: TaskUser;
  readonly exitConditions?: ExitConditionOptions;
  readonly dependsOn?: readonly TaskDependency[];
  readonly affinity?: string;
  readonly requiredSlots?: number;
  readonly multiInstance?: MultiInstanceOptions;
  readonly applicationPackages?: readonly ApplicationPackageReference[];
  readonly tokenAccess?: readonly "job"[];
}

/** What a task can have of an existing one. */
export const TASK_PROPERTIES = [
  "displayName",
  "commandLine",
  "containerSettings",
  "exitConditions",
  "resourceFiles",
  "outputFiles",
  "environmentSettings",
  "affinityInfo",
  "constraints",
  "requiredSlots",
  "userIdentity",
  "multiInstanceSettings",
  "dependsOn",
  "applicationPackageReferences",
  "authenticationTokenSettings",
] as const satisfies readonly (keyof TaskParameter)[];

/** Checks the settings against the limits of the service, and makes its parameter of them. */
export function taskParameter(settings: TaskSettings): TaskParameter {
  const problems: Problem[] = [];
  const parameter = makeParameter(settings, problems);
  refuseProblems(`The task ${JSON.stringify(settings.id)}`, problems);
  return parameter;
}

function makeParameter(settings: TaskSettings, problems: Problem[]): TaskParameter {
  const {
    id,
    existing = {},
    displayName,
    affinity,
    requiredSlots,
    applicationPackages,
    tokenAccess,
  } = settings;
  const { container, exitConditions, resourceFiles, outputFiles, userIdentity, dependsOn } = settings;
  const containerSettings = container ?? existing.containerSettings;
  const parameter: TaskParameter = {
    ...existing,
    id: checkId(id, "task.id", problems),
    ...commands(settings, problems),
    ...(displayName !== undefined && {
      displayName: checkDisplayName(displayName, "task.displayName", problems),
    }),
    ...(containerSettings !== undefined && {
      containerSettings: checkContainer(containerSettings, "task.container", problems),
    }),
    ...(exitConditions !== undefined && {
      exitConditions: exitConditionsParameter(exitConditions, "task.exitConditions", problems),
    }),
    ...(resourceFiles !== undefined && {
      resourceFiles: checkResourceFiles(resourceFiles, "task.resourceFiles", problems),
    }),
    ...(outputFiles !== undefined && {
      outputFiles: checkOutputFiles(outputFiles, "task.outputFiles", problems),
    }),
    ...(affinity !== undefined && {
      affinityInfo: { affinityId: checkText(affinity, "task.affinity", problems) },
    }),
    ...constraintsParameter(settings, existing.constraints, "task", problems),
    ...(requiredSlots !== undefined && {
      requiredSlots: checkWhole(requiredSlots, [1, 256], "task.requiredSlots", problems),
    }),
    ...(userIdentity !== undefined && {
      userIdentity: userIdentityParameter(userIdentity, "task.userIdentity", problems),
    }),
    ...(dependsOn !== undefined && { dependsOn: dependenciesParameter(dependsOn, id, problems) }),
    ...(applicationPackages !== undefined && {
      applicationPackageReferences: checkApplicationPackages(
        applicationPackages,
        "task.applicationPackages",
        problems,
      ),
    }),
    ...(tokenAccess !== undefined && {
      authenticationTokenSettings: checkTokenAccess(tokenAccess, "task.authenticationToken", problems),
    }),
  };
  if (parameter.multiInstanceSettings !== undefined && (parameter.requiredSlots ?? 1) > 1) {
    const says = "is more than 1, which a task on several nodes cannot have";
    problems.push({ option: "task.requiredSlots", says });
  }
  return parameter;
}

/** The command, that of a task on several nodes, and the environment, in which the two may have a variable. */
function commands(
  { command, multiInstance, env, existing = {} }: TaskSettings,
  problems: Problem[],
): Pick<TaskParameter, "commandLine" | "multiInstanceSettings" | "environmentSettings"> {
  const { environmentSettings: former = [], commandLine = "" } = existing;
  const formerOf = (setting: string) => former.filter(({ name }) => name === setting);
  if (command === undefined && commandLine === "") {
    problems.push({ option: "task.command", says: "is missing" });
  }
  const own = command && commandParts(command, "task", COMMAND_SETTING, problems);
  const several = multiInstance && multiInstanceParameter(multiInstance, problems);
  const settings: EnvironmentSetting[] = [
    ...(env === undefined
      ? former.filter(({ name }) => name !== COMMAND_SETTING && name !== COORDINATION_SETTING)
      : checkEnvironment(env, "task.env", problems)),
    ...(own?.settings ?? formerOf(COMMAND_SETTING)),
    ...(several?.settings ?? formerOf(COORDINATION_SETTING)),
  ];
  return {
    commandLine: own?.commandLine ?? commandLine,
    ...(several && { multiInstanceSettings: several.multiInstanceSettings }),
    ...((settings.length > 0 || env !== undefined) && { environmentSettings: settings }),
  };
}
