import { systemClock } from "../clock.js";
import { ServiceError } from "../errors/index.js";

/** How long a run under way bears that a service gives no answer: a network that is away, a computer that slept. */
const LONGEST_OUTAGE = 15 * 60_000;
/** Between two attempts, each of which the ports have repeated for a minute. */
const PAUSE = 10_000;

/**
 * Asks a service, and asks again while it gives no answer that means anything: the work goes on at the nodes meanwhile, and
 * would be lost with the run. What is asked must bear to be asked twice. Aborting the signal ends the waiting with the error.
 */
export async function throughOutages<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  { longest = LONGEST_OUTAGE, pause = PAUSE, clock = systemClock } = {},
): Promise<T> {
  const giveUp = clock.now() + longest;
  for (let told = false; ; told = true) {
    try {
      return await ask();
    } catch (error) {
      if (!isOutage(error) || signal.aborted || clock.now() > giveUp) throw error;
      if (!told) warn(error);
      await clock.delay(pause, signal).catch(() => {
        throw error;
      });
    }
  }
}

function isOutage(error: unknown): error is ServiceError {
  if (!(error instanceof ServiceError)) return false;
  const { code, statusCode = 0 } = error;
  return code === "NetworkError" || code === "CredentialError" || statusCode === 429 || statusCode >= 500;
}

function warn(error: ServiceError): void {
  process.emitWarning(`${error.message} The run goes on trying.`, { code: "AZURE_BATCH_PARALLEL_OUTAGE" });
}
