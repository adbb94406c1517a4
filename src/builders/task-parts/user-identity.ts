import type { UserIdentity } from "../../azure/parameters/index.js";
import { checkKeys, checkOneOf, checkText } from "../checks.js";
import type { Problem } from "../problems.js";

/** The user that a task runs as: one of the pool's user accounts by its name, or one that Batch makes. */
export type TaskUser =
  | {
      /** The name of one of the pool's user accounts. */
      readonly username: string;
      readonly scope?: never;
      readonly elevationLevel?: never;
    }
  | {
      readonly username?: never;
      /** `"pool"` (default): one user for all tasks of the node; `"task"`: a new one for each task. */
      readonly scope?: "task" | "pool";
      /** Whether it may do what an administrator may. Default: `"nonadmin"`. */
      readonly elevationLevel?: "nonadmin" | "admin";
    };

const SCOPES = ["task", "pool"] as const;
const ELEVATION_LEVELS = ["nonadmin", "admin"] as const;
const KEYS = ["username", "scope", "elevationLevel"];

/** Checks who runs a task, and makes the service's parameter of it. */
export function userIdentityParameter(user: TaskUser, option: string, problems: Problem[]): UserIdentity {
  if (!checkKeys(user, KEYS, option, problems)) return {};
  const { username, scope, elevationLevel } = user;
  if (username !== undefined && (scope !== undefined || elevationLevel !== undefined)) {
    problems.push({ option: `${option}.username`, says: "excludes scope and elevationLevel" });
  }
  if (username !== undefined) return { username: checkText(username, `${option}.username`, problems) };
  return {
    autoUser: {
      ...(scope !== undefined && {
        scope: checkOneOf(scope, SCOPES, `${option}.scope`, problems),
      }),
      ...(elevationLevel !== undefined && {
        elevationLevel: checkOneOf(elevationLevel, ELEVATION_LEVELS, `${option}.elevationLevel`, problems),
      }),
    },
  };
}
