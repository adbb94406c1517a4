import type { ExitConditions, ExitOptions } from "../../azure/parameters/index.js";
import { checkKeys, checkOneOf, checkWhole } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkList } from "./checks.js";

/** How a task may end, and what comes of it. */
export interface ExitConditionOptions {
  /** For single exit codes. */
  readonly exitCodes?: readonly ({
    /** The exit code. */
    readonly code: number;
  } & ExitOptions)[];
  /** For ranges of exit codes. */
  readonly exitCodeRanges?: readonly ({
    /** The first exit code. */
    readonly start: number;
    /** The last one, included. */
    readonly end: number;
  } & ExitOptions)[];
  /** For a task that could not start. */
  readonly preProcessingError?: ExitOptions;
  /** For a task whose output files could not be uploaded; what its exit code says goes before. */
  readonly fileUploadError?: ExitOptions;
  /** For every failure that none of the others is for. */
  readonly default?: ExitOptions;
}

const KEYS = ["exitCodes", "exitCodeRanges", "preProcessingError", "fileUploadError", "default"];
const ACTIONS = ["jobAction", "dependencyAction"];
const JOB_ACTIONS = ["none", "disable", "terminate"] as const;
const DEPENDENCY_ACTIONS = ["satisfy", "block"] as const;
const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/** Checks what comes of the ways in which a task may end, and makes the service's parameter of it. */
export function exitConditionsParameter(
  options: ExitConditionOptions,
  option: string,
  problems: Problem[],
): ExitConditions {
  if (!checkKeys(options, KEYS, option, problems)) return {};
  if (Object.keys(options).length === 0) problems.push({ option, says: "is empty" });
  const { exitCodes, exitCodeRanges, preProcessingError, fileUploadError, default: otherwise } = options;
  const single = (value: ExitOptions | undefined, name: string) =>
    value !== undefined && { [name]: exitOptions(value, ACTIONS, `${option}.${name}`, problems) };
  return {
    ...(exitCodes !== undefined && {
      exitCodes: checkList(exitCodes, `${option}.exitCodes`, problems).map((condition, index) => {
        const at = `${option}.exitCodes[${index}]`;
        const actions = exitOptions(condition, ["code", ...ACTIONS], at, problems);
        return { code: checkWhole(condition?.code, INT32, `${at}.code`, problems), exitOptions: actions };
      }),
    }),
    ...(exitCodeRanges !== undefined && {
      exitCodeRanges: checkList(exitCodeRanges, `${option}.exitCodeRanges`, problems).map(
        (condition, index) => {
          const at = `${option}.exitCodeRanges[${index}]`;
          const actions = exitOptions(condition, ["start", "end", ...ACTIONS], at, problems);
          return { ...checkRange(condition, INT32, at, problems), exitOptions: actions };
        },
      ),
    }),
    ...single(preProcessingError, "preProcessingError"),
    ...single(fileUploadError, "fileUploadError"),
    ...single(otherwise, "default"),
  };
}

function exitOptions(options: ExitOptions, keys: string[], at: string, problems: Problem[]): ExitOptions {
  if (!checkKeys(options, keys, at, problems)) return {};
  const { jobAction, dependencyAction } = options;
  if (jobAction === undefined && dependencyAction === undefined) {
    problems.push({ option: at, says: "needs a jobAction or a dependencyAction" });
  }
  return {
    ...(jobAction !== undefined && {
      jobAction: checkOneOf(jobAction, JOB_ACTIONS, `${at}.jobAction`, problems),
    }),
    ...(dependencyAction !== undefined && {
      dependencyAction: checkOneOf(dependencyAction, DEPENDENCY_ACTIONS, `${at}.dependencyAction`, problems),
    }),
  };
}

/** Two whole numbers, the first of which is not above the second. */
export function checkRange(
  range: { readonly start: number; readonly end: number },
  bounds: readonly [number, number],
  at: string,
  problems: Problem[],
): { start: number; end: number } {
  const start = checkWhole(range?.start, bounds, `${at}.start`, problems);
  const end = checkWhole(range?.end, bounds, `${at}.end`, problems);
  if (start > end) problems.push({ option: at, says: `starts at ${start}, and ends before, at ${end}` });
  return { start, end };
}
