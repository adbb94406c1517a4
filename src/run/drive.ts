import { ServiceError } from "../errors/index.js";
import { ChunkSizer } from "./chunk-sizer.js";
import { Collector } from "./collector.js";
import { feed } from "./feeder.js";
import type { FileStage } from "./file-stage.js";
import type { ItemSource } from "./item-source.js";
import { Notifier } from "./notifier.js";
import { throughOutages } from "./outage.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { PartReader } from "./part-reader.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { ResolvedOptions } from "./resolve-options.js";
import type { Session } from "./session.js";
import type { StopCause, Stopper } from "./stopper.js";
import { Submitter } from "./submitter.js";
import { findJobTrouble, type TroubleFinder, troubleFinder } from "./trouble.js";
import { PACES, type Pace, Watcher } from "./watcher.js";

/** How much work a task shall hold, by what a task costs there besides its work. */
const TASK_MILLISECONDS = {
  local: { leastMilliseconds: 50, mostMilliseconds: 1000, guessedTasksPerSlot: 1 },
  azure: { leastMilliseconds: 1000, mostMilliseconds: 30_000, guessedTasksPerSlot: 3 },
} as const satisfies Record<Session["engine"], unknown>;
/** How long after a look for parts of tasks that still run the next one comes, for each request that it took. */
const PARTS_EVERY_MILLISECONDS = 2500;
/** How many times its patience the pace allows while looking for trouble finds none. */
const MOST_PATIENCE = 4;
/** How long a job may take to end after it was told to. */
const END_MILLISECONDS = 60_000;

/** A run with a session, about to take items. */
export interface DriveParts {
  readonly session: Session;
  readonly source: ItemSource;
  readonly stage: FileStage;
  readonly options: ResolvedOptions;
  readonly log: OutcomeLog;
  readonly parts: PartReader;
  readonly progress: ProgressMeter;
  readonly stopper: Stopper;
}

/**
 * Takes the run from its first task to its last outcome: feeds and watches side by side, and when something stops the run,
 * ends its job and gives every item that has no outcome the reason. Returns the keeper of accounts, for logs.
 */
export function drive(run: DriveParts): { readonly collector: Collector; readonly done: Promise<void> } {
  const { session, options, log, parts, progress, stopper, stage, source } = run;
  const submitter = new Submitter(session, stage, options.submitConcurrency);
  const sizer = new ChunkSizer(sizingConditions(run));
  const taskEnded = new Notifier();
  const onItemFailed = () => {
    if (options.onError === "stop") stopper.stop({ kind: "item-failed" });
  };
  const stopIfJobEnded = async () => {
    const { signal } = stopper;
    const trouble = await throughOutages(() => findJobTrouble(session, signal), signal, {
      clock: session.clock,
    });
    if (trouble !== undefined) stopper.stop(trouble);
    return trouble !== undefined;
  };
  const collector = new Collector({
    session,
    log,
    parts,
    submitter,
    sizer,
    progress,
    onItemFailed,
    stopIfJobEnded,
  });
  const feeding = feed(
    {
      source,
      submitter,
      collector,
      sizer,
      log,
      progress,
      chunkSize: options.chunkSize,
      slots: session.pool.slots,
      taskEnded,
      clock: session.clock,
    },
    stopper.signal,
  );
  return { collector, done: untilTheEnd(run, collector, taskEnded, feeding) };
}

async function untilTheEnd(
  run: DriveParts,
  collector: Collector,
  taskEnded: Notifier,
  feeding: Promise<void>,
): Promise<void> {
  const { stopper, log, source } = run;
  const input = { submitted: false };
  const fed = feeding.then(() => {
    input.submitted = true;
  });
  const watching = watch(run, collector, taskEnded, input);
  const stopOnError = async (error: unknown) => stopper.stop(await causeOf(error, run));
  await Promise.all([fed.catch(stopOnError), watching.catch(stopOnError)]);
  const cause = stopper.cause;
  if (cause === undefined) return log.end();
  await source.close();
  try {
    await endEarly(run, collector, cause);
    log.end(cause.kind === "failed" ? cause.error : undefined);
  } catch (error) {
    log.end(cause.kind === "failed" ? cause.error : error);
  }
}

/** What says that the job takes no tasks any more, to whoever adds or lists them. */
const jobEnds = new Set(["JobCompleted", "JobBeingTerminated", "JobBeingDeleted", "JobNotFound"]);

/** Why the run stops that met an error: where the job has ended, the job says it. */
async function causeOf(error: unknown, { session, stopper }: DriveParts): Promise<StopCause> {
  const ended = error instanceof ServiceError && jobEnds.has(error.code);
  const trouble = ended ? await findJobTrouble(session, stopper.signal).catch(() => undefined) : undefined;
  return trouble ?? { kind: "failed", error };
}

function sizingConditions({ session, options }: DriveParts) {
  const workersPerTask = options.workersPerTask ?? 1;
  const atOnce = Math.min(session.pool.slots, options.maxParallelTasks ?? Number.POSITIVE_INFINITY);
  return {
    workers: atOnce * workersPerTask,
    workersPerTask,
    ...TASK_MILLISECONDS[session.engine],
  };
}

/** Looks at the job until all items were submitted and have their outcome, or the run stops. */
async function watch(
  run: DriveParts,
  collector: Collector,
  taskEnded: Notifier,
  input: { readonly submitted: boolean },
): Promise<void> {
  const { session, stopper } = run;
  const { clock } = session;
  const { signal } = stopper;
  const pace = PACES[session.engine];
  const watcher = new Watcher(session, pace);
  const findTrouble = troubleFinder(session);
  let lastChange = clock.now();
  let patience = pace.patience;
  let nextParts = lastChange + PARTS_EVERY_MILLISECONDS;
  while (!signal.aborted) {
    if (input.submitted && collector.tasksUnderWay === 0) return;
    const news = await collector.seeTo(await watcher.completedTasks(signal), signal);
    if (news > 0) {
      taskEnded.notify();
      lastChange = clock.now();
      patience = pace.patience;
    }
    if (clock.now() > nextParts) {
      const requests = await collector.lookAtParts(signal);
      nextParts = clock.now() + PARTS_EVERY_MILLISECONDS * requests;
    }
    if (clock.now() - lastChange > patience && collector.tasksUnderWay > 0) {
      await lookForTrouble(run, watcher, collector, taskEnded, findTrouble);
      lastChange = clock.now();
      patience = Math.min(2 * patience, MOST_PATIENCE * pace.patience);
    }
    await watcher.pause(news, collector.tasksUnderWay, signal);
  }
}

async function lookForTrouble(
  run: DriveParts,
  watcher: Watcher,
  collector: Collector,
  taskEnded: Notifier,
  findTrouble: TroubleFinder,
): Promise<void> {
  const { signal } = run.stopper;
  const found = await watcher.openTaskIds(signal);
  if (collector.missesAny(found)) {
    // After the open ones: a task that completes between the two is in both lists.
    const tasks = await watcher.allCompletedTasks(signal);
    if ((await collector.seeTo(tasks, signal)) > 0) return taskEnded.notify();
    for (const { id } of tasks) found.add(id);
    if (await collector.addMissing(found, signal)) return taskEnded.notify();
  }
  const trouble = await throughOutages(() => findTrouble(signal), signal, { clock: run.session.clock });
  if (trouble !== undefined) run.stopper.stop(trouble);
}

/** Ends the job, takes the outcomes that were stored until then, and gives up the rest. */
async function endEarly(run: DriveParts, collector: Collector, cause: StopCause): Promise<void> {
  const { session, log, source, progress } = run;
  if (session.lost?.aborted === true) return;
  await session.batch.terminateJob(session.jobId, TERMINATE_REASONS[cause.kind]);
  if (cause.kind === "failed") return;
  await jobEnded(session, PACES[session.engine]);
  const loss = lossOf(cause);
  for (const chunk of [...collector.chunksUnderWay()]) {
    await collector.readParts(chunk);
    await collector.giveUp(chunk, loss);
  }
  const never = (source.total ?? source.pulled) - log.planned;
  if (never <= 0) return;
  const indices = { start: log.planned, count: never };
  const root = { ...indices, open: 0 };
  log.plan(root);
  log.add(root, { kind: "lost", indices, ...loss });
  progress.finished(0, never);
}

const TERMINATE_REASONS: Readonly<Record<StopCause["kind"], string>> = {
  cancelled: "RunCancelled",
  deadline: "RunDeadlineExceeded",
  "item-failed": "RunItemFailed",
  failed: "RunFailed",
};

/** What the items say that a stopped run leaves without an outcome. */
export function lossOf(cause: Exclude<StopCause, { kind: "failed" }>) {
  if (cause.kind === "deadline") {
    return {
      code: "DeadlineExceeded",
      message: "The run's deadline passed before the item had an outcome.",
    } as const;
  }
  const why =
    cause.kind === "item-failed" ? 'Another item failed, and onError is "stop"' : "The run was cancelled";
  const reason = cause.kind === "cancelled" ? cause.reason : undefined;
  return { code: "Cancelled", message: `${why} before the item had an outcome.`, cause: reason } as const;
}

async function jobEnded(session: Session, pace: Pace): Promise<void> {
  const giveUp = session.clock.now() + END_MILLISECONDS;
  while (session.clock.now() < giveUp) {
    const job = await session.batch.getJob(session.jobId);
    if (job === undefined || job.state === "completed") return;
    await session.clock.delay(pace.least);
  }
}
