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
import { Spawners } from "./spawners.js";

/** So much work, in milliseconds, waits at the spawner for each program that runs: quick ones do not wait for this process. */
const AHEAD = 20;
/** Each has a working directory already, and lies in the spawner's memory with what it reads from its standard input. */
const MOST_AHEAD = { programs: 20, characters: 1024 * 1024 };
/** The mean is of about so many programs. */
const MEAN_OF = 4;

/** Runs a chunk's commands, some at once. */
export class CommandPool {
  readonly #task: Task;
  readonly #guard: ProcessGuard;
  readonly #atOnce: number;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #spawners: Promise<Spawners | undefined>;
  readonly #running = new Set<Promise<void>>();
  /** Working directories in which an item left nothing. */
  readonly #unused: string[] = [];
  /** Of the items that run or wait at the spawner. */
  #characters = 0;
  #meanMilliseconds = AHEAD + 1;
  #stopping = false;

  constructor(task: Task, guard: ProcessGuard, atOnce: number, onFault: (fault: unknown) => void) {
    this.#task = task;
    this.#guard = guard;
    this.#atOnce = atOnce;
    this.#environment = guard.environment(task.environment);
    this.#spawners = Spawners.start(atOnce, this.#environment, onFault);
    guard.start();
  }

  async begin(progress: ChunkProgress, container: RunContainer): Promise<void> {
    const inputs = { container, packs: new PackWindows(container) };
    const results = new ResultFiles(container, this.#task.node);
    const spawners = await this.#spawners;
    const start = (program: Program) => spawners?.execute(program) ?? execute(program, this.#guard);
    const ahead = () => (spawners === undefined ? 0 : this.#ahead());
    progress.onStopped(() => spawners?.withdraw());
    const fill = () => {
      while (!this.#stopping && this.#running.size < this.#atOnce * (1 + ahead())) {
        const attempt = progress.take();
        if (attempt === undefined) return;
        this.#characters += attempt.text.length;
        const running = this.#run(attempt, inputs, results, start).then((end) => {
          this.#running.delete(running);
          this.#characters -= attempt.text.length;
          if (this.#stopping) return;
          if (end === undefined) return progress.giveBack([{ ...attempt, count: 1, alone: false }]);
          this.#meanMilliseconds += (end.milliseconds - this.#meanMilliseconds) / MEAN_OF;
          progress.end(end);
          fill();
        });
        this.#running.add(running);
      }
    };
    fill();
  }

  /** How many programs wait at the spawner for each that runs. */
  #ahead(): number {
    if (this.#characters > MOST_AHEAD.characters) return 0;
    return Math.min(MOST_AHEAD.programs, Math.floor(AHEAD / Math.max(1, this.#meanMilliseconds)));
  }

  /** Kills what runs: it counts as not begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const spawners = await this.#spawners;
    spawners?.killAll();
    this.#guard.killAll();
    await Promise.all(this.#running);
    spawners?.close();
  }

  async #run(
    attempt: Attempt,
    inputs: InputPlaces,
    results: ResultFiles,
    start: (program: Program) => Promise<Execution | undefined>,
  ): Promise<AttemptEnd | undefined> {
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
