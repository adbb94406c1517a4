import { type CommandRequest, runCommand } from "../execution/command-run.js";
import type { Service } from "../service.js";
import { endedByUser } from "../state/failure.js";
import type { AuxiliaryRun } from "../state/node.js";
import { WallClock } from "./wall-clock.js";

/** A run that starts now. */
export function newAuxiliaryRun(service: Service): AuxiliaryRun {
  return {
    state: "running",
    startTime: service.clock.now(),
    endTime: undefined,
    exitCode: undefined,
    failure: undefined,
    retryCount: 0,
    lastRetryTime: undefined,
  };
}

/** What such a task is, with the limit of each of its tries in milliseconds. */
export type AuxiliaryRequest = Omit<CommandRequest, "download" | "timeUp"> & { maxWallClockTime: number };

/** Runs a start, preparation or release task, again after a failing exit code as often as allowed (-1: for ever). */
export async function runAuxiliary(
  service: Service,
  run: AuxiliaryRun,
  retries: number,
  request: AuxiliaryRequest,
): Promise<void> {
  const { auxiliaryRuns } = request.node;
  const ended = runAndRetry(service, run, retries, request);
  auxiliaryRuns.add(ended);
  try {
    await ended;
  } finally {
    auxiliaryRuns.delete(ended);
  }
}

async function runAndRetry(
  service: Service,
  run: AuxiliaryRun,
  retries: number,
  { maxWallClockTime, ...request }: AuxiliaryRequest,
): Promise<void> {
  for (;;) {
    const wallClock = new WallClock(service.clock, maxWallClockTime);
    const { signal: timeUp } = wallClock;
    const end = await runCommand(service, { ...request, timeUp, download: run.retryCount === 0 });
    wallClock.stop();
    const retried = end.exitCode !== undefined && end.failure !== undefined && !request.signal.aborted;
    if (retried && (retries < 0 || run.retryCount < retries)) {
      run.retryCount += 1;
      run.startTime = run.lastRetryTime = service.clock.now();
      continue;
    }
    run.state = "completed";
    run.endTime = service.clock.now();
    run.exitCode = end.exitCode;
    run.failure = request.signal.aborted ? endedByUser : end.failure;
    return;
  }
}
