import type { JobState, NodeState, PoolState, PreparationState } from "../azure/ports.js";
import { remedyOf, remedySentence } from "../azure/remedies.js";
import type { FailureInfo, ResourceError } from "../azure/resources/index.js";
import { PoolError, ServiceError } from "../errors/index.js";
import type { JobSession } from "./session.js";
import type { StopCause } from "./stopper.js";
import { PACES } from "./watcher.js";

/** How long a job that is being ended is given to say why. */
const REASON_MILLISECONDS = 60_000;

/** How many times as long as a pace's patience a pool may have no nodes, and be asked for none. */
const EMPTY_PATIENCE = 10;

/** Looks for the reason why nothing happens. */
export type TroubleFinder = (signal: AbortSignal) => Promise<StopCause | undefined>;

/**
 * Finds out why nothing may be happening any more, asked of the service when nothing has happened for a while: a job that
 * ended, a pool that is gone or gets no nodes, nodes that cannot run the run's tasks. It gives undefined where waiting is
 * right; what somebody has paused is waited for, and said once.
 */
export function troubleFinder(session: JobSession): TroubleFinder {
  const warn = warnOnce(session.jobId);
  let emptySince: number | undefined;

  return async (signal) => {
    const job = await jobWithReason(session, signal);
    const trouble = troubleOf(session.jobId, job);
    const poolId = job?.executionInfo?.poolId;
    if (trouble !== undefined || poolId === undefined) return trouble;
    if (job?.state === "disabled") warn("Its job is disabled: the run goes on when somebody enables it.");

    const pool = await session.batch.getPool(poolId, { signal });
    // The pool of a job that ends goes with it: then the job says why.
    if (pool === undefined || pool.state === "deleting")
      return (await findJobTrouble(session, signal)) ?? failed(poolGone(poolId));

    const nodes: NodeState[] = [];
    for await (const node of session.batch.listNodes(poolId, { signal })) nodes.push(node);
    if (!(nodes.length === 0 && isAskedForNone(pool))) emptySince = undefined;
    else {
      emptySince ??= session.clock.now();
      warn(`Its pool "${poolId}" has no nodes, and is asked for none.`);
      const patience = EMPTY_PATIENCE * PACES[session.engine].patience;
      if (session.clock.now() - emptySince >= patience) return failed(emptyPool(poolId));
    }
    if (nodes.length === 0) return noNodes(pool);
    if (nodes.every(({ state }) => state === "offline"))
      warn(
        `Every node of its pool "${poolId}" is offline: the run goes on when somebody enables scheduling.`,
      );
    return nodesTrouble(session, poolId, nodes, signal);
  };
}

function warnOnce(runId: string): (what: string) => void {
  const said = new Set<string>();
  return (what) => {
    if (said.has(what)) return;
    said.add(what);
    process.emitWarning(`The run "${runId}" waits. ${what}`, { code: "AZURE_BATCH_PARALLEL_WAITS" });
  };
}

/** Whether the job itself has ended, which ends its tasks. */
export async function findJobTrouble(
  session: JobSession,
  signal: AbortSignal,
): Promise<StopCause | undefined> {
  return troubleOf(session.jobId, await jobWithReason(session, signal));
}

/** The job; where it is about to end, as it is then: why it ended is said only when it has. */
async function jobWithReason(session: JobSession, signal: AbortSignal): Promise<JobState | undefined> {
  const giveUp = session.clock.now() + REASON_MILLISECONDS;
  for (;;) {
    const job = await session.batch.getJob(session.jobId, { signal });
    const ending = job?.state === "terminating" && job.executionInfo?.terminateReason === undefined;
    if (!ending || session.clock.now() > giveUp) return job;
    await session.clock.delay(PACES[session.engine].least, signal);
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
    const remedy = remedyOf(schedulingError.code);
    return failed(
      new PoolError(
        `Batch could not make the run's pool: ${words(schedulingError)}${remedySentence(remedy)}`,
        {
          code: "AllocationFailed",
          option: remedy?.option,
        },
      ),
    );
  }
  if (job.state !== "terminating" && job.state !== "completed") return undefined;
  if (terminateReason === "MaxWallClockTimeExpiry") return { kind: "deadline" };
  return {
    kind: "cancelled",
    reason: new Error(`The run's job was ended: ${terminateReason ?? job.state}.`),
  };
}

function poolGone(poolId: string): PoolError {
  return new PoolError(`The pool "${poolId}" was deleted while the run needed it.`, {
    code: "PoolNotFound",
    poolId,
  });
}

function isAskedForNone(pool: PoolState): boolean {
  return !pool.enableAutoScale && pool.targetDedicatedNodes + pool.targetLowPriorityNodes === 0;
}

function emptyPool(poolId: string): PoolError {
  return new PoolError(`The pool "${poolId}" has no nodes and is asked for none: resize it.`, {
    code: "NoNodes",
    poolId,
  });
}

/** Why a pool has no nodes, where the service says so. */
function noNodes(pool: PoolState): StopCause | undefined {
  if (pool.allocationState !== "steady") return undefined;
  const formula = pool.autoScaleRun?.error;
  // Samples come with time.
  const formulaFails = formula !== undefined && formula.code !== "InsufficientSampleData";
  const reasons = [...(pool.resizeErrors ?? []), ...(formulaFails ? [formula] : [])];
  if (reasons.length === 0) return undefined;
  const why = reasons.map((reason) =>
    [reason.code, reason.message, valuesOf(reason)].filter(Boolean).join(": "),
  );
  const remedy = reasons.map(({ code }) => remedyOf(code)).find((one) => one !== undefined);
  return failed(
    new PoolError(`The pool "${pool.id}" gets no nodes. ${why.join(" ")}${remedySentence(remedy)}`, {
      code: "AllocationFailed",
      poolId: pool.id,
      option: remedy?.option,
    }),
  );
}

function valuesOf({ values }: ResourceError): string {
  return (values ?? []).map(({ value }) => value).join("; ");
}

/** Whether no node of the pool can run the run's tasks. */
async function nodesTrouble(
  session: JobSession,
  poolId: string,
  nodes: readonly NodeState[],
  signal: AbortSignal,
): Promise<StopCause | undefined> {
  const started = nodes.filter(({ state }) => state === "starttaskfailed");
  const unusable = nodes.filter(({ state }) => state === "unusable");
  const rest = nodes.filter((node) => !started.includes(node) && !unusable.includes(node));
  const unprepared = rest.length === 0 ? [] : await failedPreparations(session, rest, signal);
  if (unprepared.length < rest.length) return undefined;

  const others = (count: number) =>
    count === nodes.length ? "" : " Its other nodes cannot run tasks either.";
  const [first] = unprepared;
  if (first !== undefined) return preparationFailed(session, poolId, first, others(unprepared.length));
  const [node] = started;
  if (node !== undefined) return startTaskFailed(session, poolId, node, others(started.length));
  const [why] = unusable.flatMap(({ errors }) => errors ?? []);
  const reason = why === undefined ? "The service says no reason." : `${why.code}: ${why.message}`;
  return failed(
    new PoolError(`Every node of the pool "${poolId}" is unusable. ${reason}`, {
      code: "NodesUnusable",
      poolId,
    }),
  );
}

async function startTaskFailed(
  session: JobSession,
  poolId: string,
  node: NodeState,
  others: string,
): Promise<StopCause> {
  const stderr = await readIfPossible(
    session.batch.getNodeFile(poolId, node.id, "startup/stderr.txt", { lastBytes: 4096 }),
  );
  const info = node.startTaskInfo;
  const why =
    info?.failureInfo === undefined ? `it ended with exit code ${info?.exitCode}` : words(info.failureInfo);
  const where = others === "" ? "every node" : "a node";
  return failed(
    new PoolError(
      `The start task failed on ${where} of the pool "${poolId}": ${why}${others}${tail(stderr)}`,
      { code: "StartTaskFailed", poolId, ...(stderr === undefined ? {} : { stderr }) },
    ),
  );
}

/** The nodes of these on which the run's preparation failed for good. */
async function failedPreparations(
  session: JobSession,
  nodes: readonly NodeState[],
  signal: AbortSignal,
): Promise<PreparationState[]> {
  const failures = new Map<string, PreparationState>();
  for await (const state of session.batch.listPreparations(session.jobId, { signal })) {
    if (state.jobPreparationTaskExecutionInfo?.result === "failure") failures.set(state.nodeId, state);
  }
  return nodes.flatMap(({ id }) => failures.get(id) ?? []);
}

async function preparationFailed(
  session: JobSession,
  poolId: string,
  { nodeId, jobPreparationTaskExecutionInfo: info }: PreparationState,
  others: string,
): Promise<StopCause> {
  const path = `workitems/${session.jobId}/job-1/jobpreparation/stderr.txt`;
  const stderr = await readIfPossible(session.batch.getNodeFile(poolId, nodeId, path, { lastBytes: 4096 }));
  const why =
    info?.exitCode === undefined && info?.failureInfo !== undefined ? `: ${words(info.failureInfo)}` : "";
  const subject = others === "" ? "No node" : "A node";
  const verb = others === "" ? "could" : "could not";
  return failed(
    new PoolError(
      `${subject} of the pool "${poolId}" ${verb} be prepared for the run${why}${others === "" ? "" : `.${others}`}${tail(stderr)}`,
      { code: "PreparationFailed", poolId, ...(stderr === undefined ? {} : { stderr }) },
    ),
  );
}

/** What a failed program wrote: a failure to read that hides no other. */
export async function readIfPossible(reading: Promise<string | undefined>): Promise<string | undefined> {
  return reading.catch(() => undefined);
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
