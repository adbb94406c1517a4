import type { TaskConstraints } from "../../azure/parameters/index.js";
import { checkDuration, checkWhole } from "../checks.js";
import type { Duration } from "../duration.js";
import type { Problem } from "../problems.js";

/** Limits of a task, as a builder was told them. */
export interface ConstraintSettings {
  readonly maxWallClockTime?: Duration;
  readonly retentionTime?: Duration;
  readonly maxRetries?: number;
}

/** Checks the limits of a task, and makes the service's parameter of them and of the `former` ones. */
export function constraintsParameter(
  { maxWallClockTime, retentionTime, maxRetries }: ConstraintSettings,
  former: TaskConstraints | undefined,
  at: string,
  problems: Problem[],
): { constraints?: TaskConstraints } {
  const constraints = {
    ...former,
    ...(maxWallClockTime !== undefined && {
      maxWallClockTime: checkDuration(maxWallClockTime, {}, `${at}.maxWallClockTime`, problems),
    }),
    ...(retentionTime !== undefined && {
      retentionTime: checkDuration(retentionTime, {}, `${at}.retentionTime`, problems),
    }),
    ...(maxRetries !== undefined && {
      maxTaskRetryCount: checkWhole(maxRetries, [-1, 2 ** 31 - 1], `${at}.maxRetries`, problems),
    }),
  };
  return Object.keys(constraints).length === 0 ? {} : { constraints };
}
