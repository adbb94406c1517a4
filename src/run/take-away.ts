import { type LossRecord, writeLosses } from "./losses.js";
import type { Manifest, Ownership } from "./manifest.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { Tenants } from "./pipeline/tenants.js";
import type { JobSession } from "./session.js";

/** What a run leaves. */
export interface Leaving {
  readonly ownership: Ownership;
  readonly tenants: Tenants;
  readonly log: OutcomeLog;
  readonly keep: Manifest["keep"];
  /** Whether the run failed, or an item of it. */
  readonly failed: boolean;
}

/** Takes a run's job and storage away, or ends the job alone where they are kept. Failing at it does not lose the results. */
export async function takeAway(runId: string, session: JobSession, leaving: Leaving): Promise<void> {
  const { batch, container, jobId } = session;
  const { ownership, tenants, log, keep, failed } = leaving;
  try {
    if (keep === "always" || (keep === "on-failure" && failed)) {
      tenants.close();
      await writeLosses(container, lossesOf(log));
      await Promise.all([ownership.release(), batch.terminateJob(jobId, "RunEnded")]);
      return;
    }
    await tenants.go();
    await Promise.all([ownership.release(), batch.deleteJob(jobId), container.delete()]);
  } catch (error) {
    process.emitWarning(
      `The run "${runId}" could not be cleaned up: ${(error as Error).message} Its job ends by its wall clock; its container stays.`,
      { code: "AZURE_BATCH_PARALLEL_CLEAN_UP" },
    );
  }
}

function lossesOf(log: OutcomeLog): LossRecord[] {
  return [...log.allLost()].map(({ indices, code, message, stderr }) => ({
    ...indices,
    code: code as LossRecord["code"],
    message,
    ...(stderr === undefined ? {} : { stderr }),
  }));
}
