import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { outcomeBlob } from "../protocol/blob-names.js";
import type { RunSettings } from "../protocol/task-settings.js";
import { ChunkProgress } from "./chunk-progress.js";
import { readInput } from "./input.js";
import { removeItemFolders } from "./item-folder.js";
import { OutcomeStore } from "./outcome-store.js";
import { ProcessGuard } from "./process-guard.js";
import type { Authorize } from "./storage/managed-identity.js";
import type { RunContainer } from "./storage/run-container.js";
import { readTask, type Task } from "./task.js";

/** What runs the items: worker processes, or the commands themselves. */
interface Pool {
  begin(progress: ChunkProgress, container: RunContainer): void | Promise<void>;
  /** Ends what runs; resolves once all that it finished before is known. */
  stop(): Promise<void>;
}

/** As shells report a process that SIGTERM ended. */
const TERMINATED = 143;

/** The life of a task: gets its items, has them run, stores their outcomes. It ends the process. */
export async function supervise(): Promise<void> {
  const guard = new ProcessGuard();
  const fail = (fault: unknown) => {
    // The message alone: nothing that inspects an object, which might show a URL with its SAS.
    console.error(`azure-batch-parallel: ${fault instanceof Error ? fault.message : String(fault)}`);
    guard.killAll();
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  try {
    await runTask(readTask(process.env), guard, fail);
    process.exit(0);
  } catch (fault) {
    fail(fault);
  }
}

/** The run's container, in which nodes may have to sign in by themselves: what that takes is loaded only there. */
async function openContainer(run: RunSettings): Promise<RunContainer> {
  const { RunContainer } = await import("./storage/run-container.js");
  return new RunContainer(run.inputUrl, run.outputUrl, await authorizeOf(run));
}

async function authorizeOf({ nodeIdentity }: RunSettings): Promise<Authorize | undefined> {
  if (nodeIdentity === undefined) return undefined;
  const { managedIdentity } = await import("./storage/managed-identity.js");
  return managedIdentity(nodeIdentity, process.env);
}

async function runTask(found: Task, guard: ProcessGuard, fail: (fault: unknown) => void): Promise<void> {
  // What an earlier run of this task left on this node.
  rmSync(found.itemFolders, { recursive: true, force: true });

  const task = await withStage(found);
  const { run, chunk, node } = task;
  const pool = await startPool(task, guard, fail);
  // Loaded and used while the first worker starts.
  const container = await openContainer(run);
  const [input, firstPart] = await Promise.all([
    readInput(container, task),
    container.readOutput(outcomeBlob(chunk.chunk, 0)),
  ]);

  const { retries, stopOnFailure } = run;
  const progress = new ChunkProgress(input.items, { start: chunk.start, retries, stopOnFailure });
  const store = new OutcomeStore({ container, chunk: chunk.chunk, node, progress, onFault: fail });
  progress.onSettled((outcome) => store.add(outcome));
  progress.onSeriesSettled((series) => store.addSeries(series));
  await store.takeOver(firstPart);
  for (const [offset, failure] of input.failed) progress.fail(offset, failure);
  for (const offset of input.missing) progress.skip(offset);

  process.once("SIGTERM", () => {
    pool
      .stop()
      .then(() => store.flush())
      .then(() => process.exit(TERMINATED), fail);
  });
  await pool.begin(progress, container);
  await progress.finished;
  await Promise.all([store.flush(), pool.stop()]);
  removeItemFolders(task.itemFolders);
  guard.done();
}

/** The task with what its stage brings, where it has one. */
async function withStage(task: Task): Promise<Task> {
  const { run, chunk } = task;
  if (chunk.stage === undefined) return task;
  const [{ enterStage }, container] = await Promise.all([import("./stage.js"), openContainer(run)]);
  return enterStage(task, chunk.stage, container);
}

async function startPool(task: Task, guard: ProcessGuard, fail: (fault: unknown) => void): Promise<Pool> {
  const { run, chunk } = task;
  const perSlot = Math.max(1, Math.floor(availableParallelism() / run.taskSlotsPerNode));
  const atOnce = Math.min(run.workers ?? perSlot, chunk.count);
  if (run.work === "command") {
    const { CommandPool } = await import("./command/command-pool.js");
    return new CommandPool(task, guard, atOnce, fail);
  }
  const { FunctionPool } = await import("./function/function-pool.js");
  return new FunctionPool(task, guard, atOnce);
}
