import type { Attempt, AttemptEnd } from "../attempt.js";
import type { ChunkProgress } from "../chunk-progress.js";
import { isEmptyFolder, itemFolder, removeItemFolder } from "../item-folder.js";
import type { ProcessGuard } from "../process-guard.js";
import { ResultFiles } from "../result-files.js";
import type { RunContainer } from "../storage/run-container.js";
import type { Task } from "../task.js";
import { type Execution, execute, type Program } from "./execute.js";
import type { InputPlaces } from "./item-files.js";
import { PackWindows } from "./pack-windows.js";
import { runCommand } from "./run-command.js";
import { Spawner } from "./spawner.js";

/** Runs a chunk's commands, some at once. */
export class CommandPool {
  readonly #task: Task;
  readonly #guard: ProcessGuard;
  readonly #atOnce: number;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #spawner: Promise<Spawner | undefined>;
  readonly #running = new Set<Promise<void>>();
  /** Working directories in which an item left nothing. */
  readonly #unused: string[] = [];
  #stopping = false;

  constructor(task: Task, guard: ProcessGuard, atOnce: number, onFault: (fault: unknown) => void) {
    this.#task = task;
    this.#guard = guard;
    this.#atOnce = atOnce;
    this.#environment = guard.environment(task.environment);
    this.#spawner = Spawner.start(this.#environment, onFault);
    guard.start();
  }

  async begin(progress: ChunkProgress, container: RunContainer): Promise<void> {
    const inputs = { container, packs: new PackWindows(container) };
    const results = new ResultFiles(container, this.#task.node);
    const spawner = await this.#spawner;
    const start = (program: Program) => spawner?.execute(program) ?? execute(program, this.#guard);
    const fill = () => {
      while (!this.#stopping && this.#running.size < this.#atOnce) {
        const attempt = progress.take();
        if (attempt === undefined) return;
        const running = this.#run(attempt, inputs, results, start).then((end) => {
          this.#running.delete(running);
          if (this.#stopping) return;
          progress.end(end);
          fill();
        });
        this.#running.add(running);
      }
    };
    fill();
  }

  /** Kills what runs: it counts as not begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const spawner = await this.#spawner;
    spawner?.killAll();
    this.#guard.killAll();
    await Promise.all(this.#running);
    spawner?.close();
  }

  async #run(
    attempt: Attempt,
    inputs: InputPlaces,
    results: ResultFiles,
    start: (program: Program) => Promise<Execution>,
  ): Promise<AttemptEnd> {
    const task = this.#task;
    const folder = this.#unused.pop() ?? itemFolder(task.itemFolders, attempt.offset, attempt.attempt);
    const environment = this.#environment;
    const end = await runCommand(attempt, { task, folder, environment, execute: start, inputs, results });
    // Making and removing a directory costs as much as a small program.
    if (isEmptyFolder(folder)) this.#unused.push(folder);
    else await removeItemFolder(folder);
    return end;
  }
}
