import { InvalidArgumentError } from "../../errors/index.js";
import type { BatchParallel } from "../connect.js";
import { CHECKS, checkNames, isRunId, type ResolvedOptions } from "../resolve-options.js";
import type { RunProgress } from "../run.js";

/** Options of {@link attach}. All are optional; a name that is not here is refused. */
export interface AttachOptions {
  /** The accounts that the run is on. Default: those of the environment, else the local engine of this process. */
  readonly client?: BatchParallel;
  /** Aborting it cancels the run, as `run.cancel()` does. */
  readonly signal?: AbortSignal;
  /** `true` shows a line of progress on standard error; a function is called as by `run.onProgress`. Default `false`. */
  readonly progress?: boolean | ((progress: RunProgress) => void);
}

/** Checked options. */
export type ResolvedAttachOptions = Pick<ResolvedOptions, "client" | "signal" | "progress">;

const NAMES = ["client", "signal", "progress"];

/** @throws InvalidArgumentError for the first option that cannot be used. */
export function resolveAttachOptions(options: AttachOptions): ResolvedAttachOptions {
  checkNames("attach", options, NAMES);
  return {
    client: CHECKS.client(options.client),
    signal: CHECKS.signal(options.signal),
    progress: CHECKS.progress(options.progress),
  };
}

export function resolveRunId(runId: unknown): string {
  if (isRunId(runId)) return runId;
  throw new InvalidArgumentError(
    `What attach is given must be the id of a run, as run.id has it, not ${JSON.stringify(runId)}.`,
    { option: "runId" },
  );
}
