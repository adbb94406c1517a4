import { setTimeout as delay } from "node:timers/promises";
import type { FailureInfo, JobState, NodeState, PreparationState } from "../azure/ports.js";
import { PoolError, ServiceError } from "../errors/index.js";
import type { Session } from "./session.js";
import type { StopCause } from "./stopper.js";
import { PACES } from "./watcher.js";

/** How long a job that is being ended is given to say why. */
const REASON_MILLISECONDS = 60_000;

/**
 * Why nothing may be happening any more, asked of the service when nothing has happened for a while: a job that ended, a pool
 * that gets no nodes, nodes that cannot run the run's tasks. Undefined where waiting is right.
 */
export async function findTrouble(session: Session, signal: AbortSignal): Promise<StopCause | undefined> {
  const job = await jobWithReason(session, signal);
  const trouble = troubleOf(session.jobId, job);
  const poolId = job?.executionInfo?.poolId;
  return trouble ?? (poolId === undefined ? undefined : poolTrouble(session, poolId, signal));
}

/** Whether the job itself has ended, which ends its tasks. */
export async function findJobTrouble(session: Session, signal: AbortSignal): Promise<StopCause | undefined> {
  return troubleOf(session.jobId, await jobWithReason(session, signal));
}

/** The job; where it is about to end, as it is then: why it ended is said only when it has. */
async function jobWithReason(session: Session, signal: AbortSignal): Promise<JobState | undefined> {
  const giveUp = performance.now() + REASON_MILLISECONDS;
  for (;;) {
    const job = await session.batch.getJob(session.jobId, { signal });
    const ending = job?.state === "terminating" && job.executionInfo?.terminateReason === undefined;
    if (!ending || performance.now() > giveUp) return job;
    await delay(PACES[session.engine].least, undefined, { signal });
  }
}

function troubleOf(jobId: string, job: JobState | undefined): StopCause | undefined {
  if (job === undefined || job.state === "deleting") {
    return failed(
      new ServiceError(`The run's job "${jobId}" was deleted while it ran.`, {
        service: "batch",
        code: "JobNotFound",
        statusCode: 404,
        operation: "get job",
      }),
    );
  }
  const { schedulingError, terminateReason } = job.executionInfo ?? {};
  if (schedulingError !== undefined) {
    return failed(
      new PoolError(`Batch could not make the run's pool: ${words(schedulingError)}`, {
        code: "AllocationFailed",
      }),
    );
  }
  if (job.state !== "terminating" && job.state !== "completed") return undefined;
  if (terminateReason === "MaxWallClockTimeExpiry") return { kind: "deadline" };
  return {
    kind: "cancelled",
    reason: new Error(`The run's job was ended: ${terminateReason ?? job.state}.`),
  };
}

async function poolTrouble(
  session: Session,
  poolId: string,
  signal: AbortSignal,
): Promise<StopCause | undefined> {
  const pool = await session.batch.getPool(poolId, { signal });
  if (pool === undefined) return undefined;
  const nodes: NodeState[] = [];
  for await (const node of session.batch.listNodes(poolId, { signal })) nodes.push(node);
  if (nodes.length === 0) {
    const refusals = pool.resizeErrors ?? [];
    if (pool.allocationState !== "steady" || refusals.length === 0) return undefined;
    const why = refusals.map(({ code, message }) => `${code}: ${message}`).join(" ");
    return failed(
      new PoolError(`The pool "${poolId}" gets no nodes. ${why}`, { code: "AllocationFailed", poolId }),
    );
  }
  if (nodes.every(({ state }) => state === "starttaskfailed"))
    return startTaskFailed(session, poolId, nodes[0] as NodeState);
  if (nodes.every(({ state }) => state === "unusable")) {
    const why = nodes.flatMap(({ errors }) => errors ?? []).map(({ code, message }) => `${code}: ${message}`);
    return failed(
      new PoolError(
        `Every node of the pool "${poolId}" is unusable. ${why[0] ?? "The service says no reason."}`,
        {
          code: "NodesUnusable",
          poolId,
        },
      ),
    );
  }
  return preparationTrouble(session, poolId, nodes, signal);
}

async function startTaskFailed(session: Session, poolId: string, node: NodeState): Promise<StopCause> {
  const stderr = await session.batch.getNodeFile(poolId, node.id, "startup/stderr.txt", { lastBytes: 4096 });
  const info = node.startTaskInfo;
  const why =
    info?.failureInfo === undefined ? `it ended with exit code ${info?.exitCode}` : words(info.failureInfo);
  return failed(
    new PoolError(`The start task failed on every node of the pool "${poolId}": ${why}${tail(stderr)}`, {
      code: "StartTaskFailed",
      poolId,
      ...(stderr === undefined ? {} : { stderr }),
    }),
  );
}

async function preparationTrouble(
  session: Session,
  poolId: string,
  nodes: readonly NodeState[],
  signal: AbortSignal,
): Promise<StopCause | undefined> {
  const failures = new Map<string, PreparationState>();
  for await (const state of session.batch.listPreparations(session.jobId, { signal })) {
    if (state.jobPreparationTaskExecutionInfo?.result === "failure") failures.set(state.nodeId, state);
  }
  if (failures.size === 0 || !nodes.every(({ id }) => failures.has(id))) return undefined;
  const { nodeId, jobPreparationTaskExecutionInfo: info } = [...failures.values()][0] as PreparationState;
  const path = `workitems/${session.jobId}/job-1/jobpreparation/stderr.txt`;
  const stderr = await session.batch.getNodeFile(poolId, nodeId, path, { lastBytes: 4096 });
  const why =
    info?.exitCode === undefined && info?.failureInfo !== undefined ? `: ${words(info.failureInfo)}` : "";
  return failed(
    new PoolError(`No node of the pool "${poolId}" could be prepared for the run${why}${tail(stderr)}`, {
      code: "PreparationFailed",
      poolId,
      ...(stderr === undefined ? {} : { stderr }),
    }),
  );
}

function failed(error: unknown): StopCause {
  return { kind: "failed", error };
}

/** What a failure says, in one line. */
export function words(failure: FailureInfo): string {
  const details = (failure.details ?? []).map(({ name, value }) => `${name}: ${value}`).join("; ");
  return `${failure.code ?? failure.category}: ${failure.message ?? ""}${details === "" ? "" : ` (${details})`}`;
}

function tail(stderr: string | undefined): string {
  const text = stderr?.trim() ?? "";
  return text === "" ? "" : `\n${text}`;
}
