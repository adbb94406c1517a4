import { inspect } from "node:util";
import type { RunProgress } from "./run.js";

type Listener = (progress: RunProgress) => void;

/** What the parts of a run count. */
interface Counts {
  phase: RunProgress["phase"];
  engine: RunProgress["engine"];
  total: number | undefined;
  taken: number;
  tasks: number;
  bytesUp: number;
  bytesDown: number;
}

const LEAST_MILLISECONDS_BETWEEN_CALLS = 100;

/** Counts what a run has done, and tells its listeners, not more often than someone can read. */
export class ProgressMeter {
  readonly #listeners = new Set<Listener>();
  readonly #started = performance.now();
  readonly #nodes = new Set<string>();
  #firstOutcome: number | undefined;
  #ended: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #fulfilled = 0;
  #rejected = 0;
  #counts: Counts = {
    phase: "starting",
    engine: undefined,
    total: undefined,
    taken: 0,
    tasks: 0,
    bytesUp: 0,
    bytesDown: 0,
  };

  /** Sets counts; who counts them knows them. */
  update(change: Partial<Counts>): void {
    Object.assign(this.#counts, change);
    if (change.phase === "ended") this.#ended = performance.now();
    this.#tellSoon();
  }

  /** Takes note of tasks that were submitted, besides those of before. */
  submitted(tasks: number): void {
    this.update({ tasks: this.#counts.tasks + tasks });
  }

  /** Takes note of finished items. */
  finished(fulfilled: number, rejected: number, node?: string): void {
    this.#firstOutcome ??= performance.now();
    this.#fulfilled += fulfilled;
    this.#rejected += rejected;
    if (node !== undefined) this.#nodes.add(node);
    this.#tellSoon();
  }

  /** How it stands now. */
  now(): RunProgress {
    const { bytesUp, bytesDown, total, engine, ...counts } = this.#counts;
    const at = this.#ended ?? performance.now();
    const done = this.#fulfilled + this.#rejected;
    const working = this.#firstOutcome === undefined ? 0 : (at - this.#firstOutcome) / 1000;
    const rate = working > 0 ? done / working : 0;
    const secondsLeft = total !== undefined && rate > 0 ? (total - done) / rate : undefined;
    return {
      ...counts,
      ...(engine === undefined ? {} : { engine }),
      ...(total === undefined ? {} : { total }),
      fulfilled: this.#fulfilled,
      rejected: this.#rejected,
      nodes: this.#nodes.size,
      seconds: (at - this.#started) / 1000,
      rate,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      bytes: { up: bytesUp, down: bytesDown },
    };
  }

  /** Adds a listener, tells it how it stands, and gives the function that removes it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#call(listener, this.now());
    return () => this.#listeners.delete(listener);
  }

  #tellSoon(): void {
    if (this.#listeners.size === 0) return;
    if (this.#ended !== undefined) {
      this.#tell();
      return;
    }
    this.#timer ??= setTimeout(() => this.#tell(), LEAST_MILLISECONDS_BETWEEN_CALLS).unref();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const progress = this.now();
    for (const listener of this.#listeners) this.#call(listener, progress);
  }

  /** A listener that throws is not called again, and disturbs neither the run nor the others. */
  #call(listener: Listener, progress: RunProgress): void {
    try {
      listener(progress);
    } catch (error) {
      this.#listeners.delete(listener);
      process.emitWarning(
        `A listener of a run's progress threw, and is not called any more: ${inspect(error)}`,
        {
          code: "AZURE_BATCH_PARALLEL_PROGRESS",
        },
      );
    }
  }
}
