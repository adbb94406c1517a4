import { type ItemError, RunFailedError } from "../errors/index.js";
import type { StopCause } from "./stopper.js";

/** How many failures a RunFailedError shows. */
export const ERRORS_SHOWN = 100;

/** What a run is rejected with whose items failed, or which was stopped before its input ended. */
export function runFailed(
  runId: string,
  cause: StopCause | undefined,
  errors: ItemError[],
  failed: number,
): RunFailedError {
  // What made the others pointless says more than one of those that never ran.
  const first = errors.find(({ code }) => code !== "Cancelled") ?? errors[0];
  const message =
    first === undefined
      ? `The run "${runId}" ${cause?.kind === "deadline" ? "passed its deadline" : "was cancelled"} before its input ended.`
      : `${failed === 1 ? "An item" : `${failed} items`} of the run "${runId}" failed. Item ${first.index}: ${first.message}`;
  const code =
    cause?.kind === "cancelled"
      ? "Cancelled"
      : cause?.kind === "deadline"
        ? "DeadlineExceeded"
        : "ItemsFailed";
  const reason = cause?.kind === "cancelled" ? cause.reason : undefined;
  return new RunFailedError(message, { code, runId, errors, failed, cause: reason });
}
