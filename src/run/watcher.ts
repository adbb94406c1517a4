import type { TaskState } from "../azure/ports.js";
import { throughOutages } from "./outage.js";
import type { JobSession } from "./session.js";

/** How often to look, in milliseconds: a service far away is asked less often than this computer. */
export interface Pace {
  readonly least: number;
  readonly most: number;
  /** What a look costs. Looks at intervals of the root of this times the quiet time cost as much as news that is seen late. */
  readonly cost: number;
  /** How far a look reaches back before the last change seen, as lists lag behind. */
  readonly overlap: number;
  /** How long nothing may change before it is asked why. */
  readonly patience: number;
}

export const PACES: Readonly<Record<JobSession["engine"], Pace>> = {
  local: { least: 15, most: 1000, cost: 4.5, overlap: 1000, patience: 500 },
  azure: { least: 1000, most: 5000, cost: 250, overlap: 30_000, patience: 30_000 },
};

/** What is expected is approached in steps of such a part of the way that is left. */
const STEP = 0.2;
/** Near it, looks come in such a part of the time that they would take if nothing was expected. */
const NEAR_THE_END = 0.15;

/** One task in so many is worth looking at once more as soon as may be. */
const MANY = 16;

/**
 * Finds the tasks that completed since the last look, at an interval that grows while nothing happens. Which time it was
 * is always the service's word: this computer's clock may be off.
 */
export class Watcher {
  readonly #session: JobSession;
  readonly #pace: Pace;
  /** The latest change seen, in milliseconds since 1970 by the service's clock. */
  #latest: number | undefined;
  #quietSince: number;

  constructor(session: JobSession, pace: Pace) {
    this.#session = session;
    this.#pace = pace;
    this.#quietSince = session.clock.now();
  }

  /** Tasks that completed; some of them may have been given before. */
  async completedTasks(signal: AbortSignal): Promise<TaskState[]> {
    const since = this.#latest === undefined ? "" : ` and stateTransitionTime ge DateTime'${this.#from()}'`;
    return this.#list(`state eq 'completed'${since}`, signal);
  }

  /** All tasks that completed, whenever that was: for when a look may have missed one. */
  async allCompletedTasks(signal: AbortSignal): Promise<TaskState[]> {
    return this.#list("state eq 'completed'", signal);
  }

  /** The tasks that have not completed: their states, by their ids. */
  async openTasks(signal: AbortSignal): Promise<Map<string, TaskState["state"]>> {
    const tasks = await this.#listed("state ne 'completed'", ["id", "state"], signal);
    return new Map(tasks.map(({ id, state }) => [id, state]));
  }

  /**
   * Waits before the next look: shortly where the last one brought news of many of the tasks under way, longer and longer
   * where it was of few or none, so that looking costs as much as there is to see. Where it is known when the next task should
   * end, that is looked for: a part of the time that is left to go, as what is expected is wrong by a part of it.
   */
  async pause(news: number, underWay: number, signal: AbortSignal, distanceFromEnd?: number): Promise<void> {
    const { clock } = this.#session;
    if (news > 0 && news * MANY >= underWay) this.#quietSince = clock.now();
    const { least, most, cost } = this.#pace;
    const inQuiet = Math.sqrt(cost * (clock.now() - this.#quietSince));
    const wanted =
      distanceFromEnd === undefined ? inQuiet : Math.max(STEP * distanceFromEnd, inQuiet * NEAR_THE_END);
    await clock.delay(Math.max(least, Math.min(wanted, most)), signal);
  }

  async #list(filter: string, signal: AbortSignal): Promise<TaskState[]> {
    const select = ["id", "state", "stateTransitionTime", "executionInfo", "nodeInfo"];
    const tasks = await this.#listed(filter, select, signal);
    for (const { stateTransitionTime } of tasks) {
      this.#latest = Math.max(this.#latest ?? 0, Date.parse(stateTransitionTime));
    }
    return tasks;
  }

  #listed(filter: string, select: readonly string[], signal: AbortSignal): Promise<TaskState[]> {
    const { batch, jobId, clock } = this.#session;
    return throughOutages(
      async () => {
        const tasks: TaskState[] = [];
        for await (const task of batch.listTasks(jobId, { filter, select }, { signal })) tasks.push(task);
        return tasks;
      },
      signal,
      { clock },
    );
  }

  #from(): string {
    return new Date((this.#latest ?? 0) - this.#pace.overlap).toISOString();
  }
}
