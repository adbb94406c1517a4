import { type CommandRequest, runCommand } from "../execution/command-run.js";
import type { Service } from "../service.js";
import { endedByUser } from "../state/failure.js";
import type { AuxiliaryRun } from "../state/node.js";

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

/** Runs a start, preparation or release task, again after a failing exit code as often as allowed (-1: for ever). */
export async function runAuxiliary(
  service: Service,
  run: AuxiliaryRun,
  retries: number,
  request: Omit<CommandRequest, "download">,
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
  request: Omit<CommandRequest, "download">,
): Promise<void> {
  for (;;) {
    const end = await runCommand(service, { ...request, download: run.retryCount === 0 });
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
