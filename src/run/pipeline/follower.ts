import type { TaskState } from "../../azure/ports.js";
import type { Clock } from "../../clock.js";
import type { Collector } from "../collector.js";
import type { Notifier } from "../notifier.js";
import { throughOutages } from "../outage.js";
import type { JobSession } from "../session.js";
import type { Stopper } from "../stopper.js";
import { type TroubleFinder, troubleFinder } from "../trouble.js";
import { PACES, type Pace, Watcher } from "../watcher.js";

/**
 * How long after a look for parts of tasks that still run the next one comes, where it took one request; where it took more,
 * the square of them times as long, up to a bound: tasks that run are many then, and their parts are found when they end.
 */
const PARTS_EVERY_MILLISECONDS = 2500;
const LONGEST_WITHOUT_PARTS = 300_000;
/** How many times its patience the pace allows while looking for trouble finds none. */
const MOST_PATIENCE = 8;

/** A run whose tasks are followed. */
export interface Followed {
  readonly collector: Collector;
  /** Notified whenever a task of the job has ended. */
  readonly taskEnded: Notifier;
  /** Aborted when the run stops. */
  readonly signal: AbortSignal;
  /** Whether no more of its tasks will come. */
  allSubmitted(): boolean;
}

interface Following {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Follows the tasks of a job: those of the run that the job was made for, and of the runs that go on with it. */
export class Follower {
  readonly #clock: Clock;
  readonly #stopper: Stopper;
  readonly #pace: Pace;
  readonly #watcher: Watcher;
  readonly #findTrouble: TroubleFinder;
  readonly #followed = new Map<Followed, Following>();
  #looking = false;
  #lastChange = 0;
  #patience = 0;
  #nextParts = 0;

  /** The stopper stops the run that the job was made for, and with it the job. */
  constructor(session: JobSession, stopper: Stopper) {
    this.#clock = session.clock;
    this.#stopper = stopper;
    this.#pace = PACES[session.engine];
    this.#watcher = new Watcher(session, this.#pace);
    this.#findTrouble = troubleFinder(session);
  }

  /** Follows a run until all its tasks were submitted and its items have their outcome, or the run stops. */
  follow(run: Followed): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#followed.set(run, { resolve, reject });
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const { signal } = this.#stopper;
    this.#noteChange();
    this.#nextParts = this.#clock.now() + PARTS_EVERY_MILLISECONDS;
    try {
      for (let news = 0; ; news = await this.#lookOnce(signal)) {
        this.#letGo();
        if (this.#followed.size === 0) return;
        await this.#watcher.pause(news, this.#tasksUnderWay(), signal, this.#distanceFromEnd());
      }
    } catch (error) {
      for (const run of this.#followed.keys()) this.#fail(run, error);
    } finally {
      this.#looking = false;
    }
  }

  /** Lets go of the runs that are through. */
  #letGo(): void {
    for (const [run, { resolve }] of this.#followed) {
      const through = run.allSubmitted() && run.collector.tasksUnderWay === 0;
      if (!through && !run.signal.aborted && !this.#stopper.signal.aborted) continue;
      this.#followed.delete(run);
      resolve();
    }
  }

  #fail(run: Followed, error: unknown): void {
    this.#followed.get(run)?.reject(error);
    this.#followed.delete(run);
  }

  async #lookOnce(signal: AbortSignal): Promise<number> {
    const news = await this.#seeTo(await this.#watcher.completedTasks(signal));
    if (this.#clock.now() > this.#nextParts) {
      const requests = await this.#each((run) => run.collector.lookAtParts(run.signal));
      const pause = PARTS_EVERY_MILLISECONDS * Math.max(1, requests) ** 2;
      this.#nextParts = this.#clock.now() + Math.min(pause, LONGEST_WITHOUT_PARTS);
    }
    if (this.#clock.now() - this.#lastChange > this.#patience && this.#tasksUnderWay() > 0) {
      const patience = Math.min(2 * this.#patience, MOST_PATIENCE * this.#pace.patience);
      await this.#lookForTrouble(signal);
      this.#noteChange();
      this.#patience = patience;
    }
    return news;
  }

  /** Sees to tasks that completed; how many of them were news. */
  async #seeTo(tasks: readonly TaskState[]): Promise<number> {
    const news = await this.#each(({ collector, signal }) => collector.seeTo(tasks, signal));
    if (news > 0) this.#tellOfNews();
    return news;
  }

  #tellOfNews(): void {
    for (const { taskEnded } of this.#followed.keys()) taskEnded.notify();
    this.#noteChange();
  }

  #noteChange(): void {
    this.#lastChange = this.#clock.now();
    this.#patience = this.#pace.patience;
  }

  #tasksUnderWay(): number {
    return [...this.#followed.keys()].reduce((sum, { collector }) => sum + collector.tasksUnderWay, 0);
  }

  /** How far from now the nearest end of a task is expected; undefined where that is not known of all. */
  #distanceFromEnd(): number | undefined {
    const distances = [...this.#followed.keys()].map(({ collector }) => collector.distanceFromEnd);
    return distances.includes(undefined) ? undefined : Math.min(...(distances as number[]));
  }

  async #lookForTrouble(signal: AbortSignal): Promise<void> {
    const open = await this.#watcher.openTasks(signal);
    if ([...this.#followed.keys()].some(({ collector }) => collector.missesAny(open))) {
      // After the open ones: a task that completes between the two is in both lists.
      const tasks = await this.#watcher.allCompletedTasks(signal);
      if ((await this.#seeTo(tasks)) > 0) return;
      const found = new Set([...open.keys(), ...tasks.map(({ id }) => id)]);
      const added = await this.#each(async (run) =>
        (await run.collector.addMissing(found, run.signal)) ? 1 : 0,
      );
      if (added > 0) return this.#tellOfNews();
    }
    // While all its tasks run a job has no trouble that they would not show soon, unless it takes very long.
    const allRun = open.size > 0 && [...open.values()].every((state) => state === "running");
    if (allRun && this.#patience < MOST_PATIENCE * this.#pace.patience) return;
    const trouble = await throughOutages(() => this.#findTrouble(signal), signal, { clock: this.#clock });
    if (trouble !== undefined) this.#stopper.stop(trouble);
  }

  /** Does something with each run; what came of it in all. What fails for one of them is that one's failure. */
  async #each(action: (run: Followed) => Promise<number>): Promise<number> {
    const done = await Promise.all(
      [...this.#followed.keys()].map(async (run) => {
        try {
          return await action(run);
        } catch (error) {
          this.#fail(run, error);
          return 0;
        }
      }),
    );
    return done.reduce((sum, one) => sum + one, 0);
  }
}
