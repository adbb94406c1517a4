import { availableParallelism } from "node:os";
import { ServiceError } from "../errors/index.js";
import { ChunkSizer } from "./chunk-sizer.js";
import { Collector, type Loss } from "./collector.js";
import { feed } from "./feeder.js";
import type { FileStage } from "./file-stage.js";
import type { ItemSource } from "./item-source.js";
import { writeInputEnd } from "./manifest.js";
import { Notifier } from "./notifier.js";
import { throughOutages } from "./outage.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { PartReader } from "./part-reader.js";
import type { ChunkFeed } from "./pipeline/chunk-feed.js";
import type { Composition } from "./pipeline/composition.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { ResolvedOptions } from "./resolve-options.js";
import type { JobSession, Session } from "./session.js";
import type { StopCause, Stopper } from "./stopper.js";
import { Submitter } from "./submitter.js";
import { findJobTrouble } from "./trouble.js";

/** How much work a task shall hold, by what a task costs there besides its work. */
const TASK_MILLISECONDS = {
  local: { leastMilliseconds: 50, mostMilliseconds: 4000, guessedTasksPerSlot: 1 },
  azure: { leastMilliseconds: 1000, mostMilliseconds: 30_000, guessedTasksPerSlot: 3 },
} as const satisfies Record<Session["engine"], unknown>;
/** A run with a session, about to take items. */
export interface DriveParts {
  readonly composition: Composition;
  /** Told of the chunks whose tasks were submitted. */
  readonly feed: ChunkFeed;
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
  const { composition, options, log, parts, progress, stopper, stage, source } = run;
  const { session } = composition;
  const submitter = new Submitter(session, progress, stage, options.submitConcurrency, composition.numbers);
  const sizer = new ChunkSizer(sizingConditions(session, options));
  const taskEnded = new Notifier();
  const onItemFailed = () => {
    if (options.onError === "stop") stopper.stop({ kind: "item-failed" });
  };
  const collector = new Collector({
    session,
    log,
    parts,
    submitter,
    sizer,
    progress,
    onItemFailed,
    stopIfJobEnded: () => stopIfJobEnded(composition),
  });
  const feeding = feed(
    {
      source,
      submitter,
      collector,
      sizer: {
        next: (remaining) => Math.min(sizer.next(remaining), composition.chunkSize()),
        tasksPerSlot: (remaining) => sizer.tasksPerSlot(remaining),
      },
      log,
      progress,
      room: (wanted) => composition.room(wanted),
      onSubmitted: (roots) => run.feed.add(roots),
      chunkSize: options.chunkSize,
      slots: session.pool.slots,
      taskEnded,
      clock: session.clock,
    },
    stopper.signal,
  );
  return { collector, done: untilTheEnd(run, collector, taskEnded, feeding) };
}

/** A job, and what stops all its runs. */
export interface StoppableJob {
  readonly session: JobSession;
  readonly stopper: Stopper;
}

/** Looks whether the job has ended, and stops all its runs if so. */
export async function stopIfJobEnded({ session, stopper }: StoppableJob): Promise<boolean> {
  const { signal } = stopper;
  const { clock } = session;
  const trouble = await throughOutages(() => findJobTrouble(session, signal), signal, { clock });
  if (trouble !== undefined) stopper.stop(trouble);
  return trouble !== undefined;
}

async function untilTheEnd(
  run: DriveParts,
  collector: Collector,
  taskEnded: Notifier,
  feeding: Promise<void>,
): Promise<void> {
  const { stopper, log, source, composition } = run;
  let submitted = false;
  const fed = feeding
    .then(() => {
      submitted = true;
      if (source.total === undefined && source.exhausted && !source.cutShort)
        noteInputEnd(composition.session, source.taken);
    })
    .finally(() => run.feed.end());
  const watching = composition.follower.follow({
    collector,
    taskEnded,
    signal: stopper.signal,
    allSubmitted: () => submitted,
  });
  await conclude({ composition, stopper, log }, [fed, watching], async (cause) => {
    await source.close();
    await endEarly(run, collector, cause);
  });
}

/** For a process that attaches to the run later. This one does not need it, and goes on whatever becomes of it. */
function noteInputEnd({ container }: Session, items: number): void {
  writeInputEnd(container, items).catch(() => undefined);
}

/** Ends a run's log when its feeding and its watching have ended; where it stops, after it was ended early. */
export async function conclude(
  {
    composition,
    stopper,
    log,
  }: { readonly composition: StoppableJob; readonly stopper: Stopper; readonly log: OutcomeLog },
  works: readonly Promise<void>[],
  endEarly: (cause: StopCause) => Promise<void>,
): Promise<void> {
  const stopOnError = async (error: unknown) => stopper.stop(await causeOf(error, composition));
  await Promise.all(works.map((work) => work.catch(stopOnError)));
  const { cause } = stopper;
  if (cause === undefined) return log.end();
  try {
    await endEarly(cause);
    log.end(cause.kind === "failed" ? cause.error : undefined);
  } catch (error) {
    log.end(cause.kind === "failed" ? cause.error : error);
  }
}

/** What says that the job takes no tasks any more, to whoever adds or lists them. */
const jobEnds = new Set(["JobCompleted", "JobBeingTerminated", "JobBeingDeleted", "JobNotFound"]);

/** Why a run stops that met an error: where the job has ended, the job says it. */
export async function causeOf(error: unknown, { session, stopper }: StoppableJob): Promise<StopCause> {
  const ended = error instanceof ServiceError && jobEnds.has(error.code);
  const trouble = ended ? await findJobTrouble(session, stopper.signal).catch(() => undefined) : undefined;
  return trouble ?? { kind: "failed", error };
}

export function sizingConditions(
  session: Session,
  options: Pick<ResolvedOptions, "workersPerTask" | "maxParallelTasks">,
) {
  const workersPerTask = options.workersPerTask ?? workersHere(session);
  const atOnce = Math.min(session.pool.slots, options.maxParallelTasks ?? Number.POSITIVE_INFINITY);
  return {
    workers: atOnce * workersPerTask,
    workersPerTask,
    ...TASK_MILLISECONDS[session.engine],
  };
}

/** Of a task: on this computer it is known, elsewhere it depends on how many cores the VM size has. */
function workersHere({ engine, pool }: Session): number {
  return engine === "local" ? Math.max(1, Math.floor(availableParallelism() / pool.taskSlotsPerNode)) : 1;
}

/** Ends the job, takes the outcomes that were stored until then, and gives up the rest. */
async function endEarly(run: DriveParts, collector: Collector, cause: StopCause): Promise<void> {
  const { composition, log, source, progress } = run;
  if (composition.session.lost?.aborted === true) return;
  await composition.end(cause);
  if (cause.kind === "failed") return;
  const loss = lossOf(cause);
  await collector.giveUpAll(loss);
  planLost(log, progress, (source.total ?? source.pulled) - log.planned, loss);
}

/** Gives the next items of a run, for which there is no task, the reason why they never ran. */
export function planLost(log: OutcomeLog, progress: ProgressMeter, count: number, loss: Loss): void {
  if (count <= 0) return;
  const indices = { start: log.planned, count };
  const root = { ...indices, open: 0, chunks: [] };
  log.plan(root);
  log.add(root, { kind: "lost", indices, ...loss });
  progress.finished(0, count);
}

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
