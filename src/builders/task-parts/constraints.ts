import type { TaskConstraints } from "../../azure/parameters/index.js";
import { checkDuration, checkWhole } from "../checks.js";
import type { Duration } from "../duration.js";
import type { Problem } from "../problems.js";

/** Limits of a task, as a builder was told them. */
export interface ConstraintSettings {
  readonly maxWallClockTime?: Duration;
  readonly retentionTime?: Duration;
  /** How often it is run again: the method of a task's builder, */
  readonly maxRetries?: number;
  /** and the option of a job's own tasks, which has the service's name. */
  readonly maxTaskRetryCount?: number;
}

/** Checks the limits of a task, and makes the service's parameter of them and of the `former` ones. */
export function constraintsParameter(
  { maxWallClockTime, retentionTime, maxRetries, maxTaskRetryCount }: ConstraintSettings,
  former: TaskConstraints | undefined,
  at: string,
  problems: Problem[],
): { constraints?: TaskConstraints } {
  const name = maxRetries === undefined ? "maxTaskRetryCount" : "maxRetries";
  const count = maxRetries ?? maxTaskRetryCount;
  const constraints = {
    ...former,
    ...(maxWallClockTime !== undefined && {
      maxWallClockTime: checkDuration(maxWallClockTime, {}, `${at}.maxWallClockTime`, problems),
    }),
    ...(retentionTime !== undefined && {
      retentionTime: checkDuration(retentionTime, {}, `${at}.retentionTime`, problems),
    }),
    ...(count !== undefined && {
      maxTaskRetryCount: checkWhole(count, [-1, 2 ** 31 - 1], `${at}.${name}`, problems),
    }),
  };
  return Object.keys(constraints).length === 0 ? {} : { constraints };
}
