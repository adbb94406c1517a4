import type { Attempt, AttemptEnd } from "../attempt.js";
import type { ChunkProgress } from "../chunk-progress.js";
import { itemFolder, removeItemFolder } from "../item-folder.js";
import type { ProcessGuard } from "../process-guard.js";
import { ResultFiles } from "../result-files.js";
import type { RunContainer } from "../storage/run-container.js";
import type { Task } from "../task.js";
import { runCommand } from "./run-command.js";

/** Runs a chunk's commands, some at once. */
export class CommandPool {
  readonly #task: Task;
  readonly #guard: ProcessGuard;
  readonly #atOnce: number;
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(task: Task, guard: ProcessGuard, atOnce: number) {
    this.#task = task;
    this.#guard = guard;
    this.#atOnce = atOnce;
    guard.start();
  }

  begin(progress: ChunkProgress, container: RunContainer): void {
    const results = new ResultFiles(container, this.#task.node);
    const fill = () => {
      while (!this.#stopping && this.#running.size < this.#atOnce) {
        const attempt = progress.take();
        if (attempt === undefined) return;
        const running = this.#run(attempt, container, results).then((end) => {
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
    this.#guard.killAll();
    await Promise.all(this.#running);
  }

  async #run(attempt: Attempt, container: RunContainer, results: ResultFiles): Promise<AttemptEnd> {
    const task = this.#task;
    const folder = itemFolder(task.itemFolders, attempt.offset, attempt.attempt);
    const end = await runCommand(attempt, { task, folder, guard: this.#guard, container, results });
    await removeItemFolder(folder);
    return end;
  }
}
