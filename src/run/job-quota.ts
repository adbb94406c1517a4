import { setTimeout as delay } from "node:timers/promises";
import { ServiceError } from "../errors/index.js";

/** Between two attempts, in milliseconds: a place may be free at any time, and a busy account is not to be made busier. */
const PACES = { local: { least: 100, most: 2000 }, azure: { least: 2000, most: 60_000 } } as const;

/**
 * Creates a run's job; while the account has as many jobs as it may, waits for a place, longer and longer. Whether the job was
 * created: it is not where the signal ended the wait.
 *
 * @param waiting - called when the wait begins
 */
export async function createJobInTurn(
  create: () => Promise<void>,
  engine: keyof typeof PACES,
  signal: AbortSignal,
  waiting: () => void,
): Promise<boolean> {
  const { least, most } = PACES[engine];
  for (let interval: number = least; ; interval = Math.min(interval * 1.5, most)) {
    try {
      await create();
      return true;
    } catch (error) {
      if (!isQuotaUsedUp(error)) throw error;
    }
    waiting();
    // Many that wait do not come back at once.
    await delay(interval * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
}

function isQuotaUsedUp(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "ActiveJobAndScheduleQuotaReached";
}
