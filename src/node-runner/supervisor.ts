import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { outcomeBlob } from "../protocol/blob-names.js";
import type { ChunkSettings, RunSettings } from "../protocol/task-settings.js";
import { ChunkProgress } from "./chunk-progress.js";
import { removeItemFolder } from "./item-folder.js";
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

/** Loaded only where nodes sign in by themselves. */
async function authorizeOf({ nodeIdentity }: RunSettings): Promise<Authorize | undefined> {
  if (nodeIdentity === undefined) return undefined;
  const { managedIdentity } = await import("./storage/managed-identity.js");
  return managedIdentity(nodeIdentity, process.env);
}

async function runTask(task: Task, guard: ProcessGuard, fail: (fault: unknown) => void): Promise<void> {
  const { run, chunk, node } = task;
  // What an earlier run of this task left on this node.
  rmSync(task.itemFolders, { recursive: true, force: true });

  const pool = await startPool(task, guard, fail);
  // Loaded and used while the first worker starts.
  const { RunContainer } = await import("./storage/run-container.js");
  const container = new RunContainer(run.inputUrl, run.outputUrl, await authorizeOf(run));
  const [items, firstPart] = await Promise.all([
    readItems(container, chunk),
    container.readOutput(outcomeBlob(chunk.chunk, 0)),
  ]);

  const { retries, stopOnFailure } = run;
  const progress = new ChunkProgress(items, { start: chunk.start, retries, stopOnFailure });
  const store = new OutcomeStore({ container, chunk: chunk.chunk, node, progress, onFault: fail });
  progress.onSettled((outcome) => store.add(outcome));
  progress.onSeriesSettled((series) => store.addSeries(series));
  await store.takeOver(firstPart);

  process.once("SIGTERM", () => {
    pool
      .stop()
      .then(() => store.flush())
      .then(() => process.exit(TERMINATED), fail);
  });
  await pool.begin(progress, container);
  await progress.finished;
  await Promise.all([store.flush(), pool.stop()]);
  await removeItemFolder(task.itemFolders);
  guard.done();
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

/** The chunk's encoded items. */
async function readItems(container: RunContainer, { input, count }: ChunkSettings): Promise<string[]> {
  const text =
    input.kind === "inline" ? input.lines : await container.readInput(input.blob, input.offset, input.length);
  const items = text.split("\n");
  if (items.at(-1) === "") items.pop();
  if (items.length !== count)
    throw new Error(`The chunk should hold ${count} items, and holds ${items.length}.`);
  return items;
}
