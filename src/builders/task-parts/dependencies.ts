import type { TaskDependencies } from "../../azure/parameters/index.js";
import { checkId, checkKeys } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkRange } from "./exit-conditions.js";

/** A task that has to succeed before another starts, by its id, or several whose ids are whole numbers. */
export type TaskDependency =
  | string
  | {
      /** The first number. */
      readonly start: number;
      /** The last number, included. */
      readonly end: number;
    };

/** What the service takes of ids, in characters. */
const LONGEST_IDS = 64_000;

/** Checks the tasks that the task with this id waits for, and makes the service's parameter of them. */
export function dependenciesParameter(
  dependencies: readonly TaskDependency[],
  taskId: string,
  problems: Problem[],
): TaskDependencies {
  const at = "task.dependsOn";
  const ids = dependencies.filter((dependency) => typeof dependency === "string");
  const ranges = dependencies.filter((dependency) => typeof dependency !== "string");
  if (dependencies.length === 0) problems.push({ option: at, says: "names no task" });
  for (const id of ids) {
    checkId(id, at, problems);
    // The service tells ids apart without their case.
    if (id.toLowerCase() === String(taskId).toLowerCase()) {
      problems.push({ option: at, says: `names the task itself, ${JSON.stringify(id)}` });
    }
  }
  const length = ids.reduce((sum, id) => sum + id.length, 0);
  if (length > LONGEST_IDS) {
    const says = `has ids of ${length} characters, and the service takes ${LONGEST_IDS}: use ranges of numbers`;
    problems.push({ option: at, says });
  }
  for (const range of ranges) checkKeys(range, ["start", "end"], at, problems);
  return {
    ...(ids.length > 0 && { taskIds: ids }),
    ...(ranges.length > 0 && {
      taskIdRanges: ranges.map((range) => checkRange(range, [0, 2 ** 31 - 1], at, problems)),
    }),
  };
}
