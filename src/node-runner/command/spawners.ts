import type { Execution, Program } from "./execute.js";
import { Spawner } from "./spawner.js";

/** Each starts some 1,500 programs a second, and waits for each to begin: with a few, that is not what slots wait for. */
const MOST_SPAWNERS = 4;

/** Runs programs by a few {@link Spawner}s that share the slots, and what waits for them. */
export class Spawners {
  readonly #spawners: readonly Spawner[];
  #withdrawn = false;

  private constructor(spawners: readonly Spawner[]) {
    this.#spawners = spawners;
  }

  /** Starts them; undefined on a node without Python. The parameters are those of {@link Spawner.start}. */
  static async start(
    atOnce: number,
    environment: Readonly<Record<string, string>>,
    onLost: (fault: Error) => void,
  ): Promise<Spawners | undefined> {
    const count = Math.min(atOnce, MOST_SPAWNERS);
    const shares = Array.from({ length: count }, (_, index) => Math.ceil((atOnce - index) / count));
    const started = await Promise.all(shares.map((share) => Spawner.start(share, environment, onLost)));
    const spawners = started.filter((spawner) => spawner !== undefined);
    if (spawners.length === count) return new Spawners(spawners);
    for (const spawner of spawners) spawner.close();
    return undefined;
  }

  /** As {@link Spawner.execute}: it waits at the spawner that will have room for it soonest. */
  async execute(program: Program): Promise<Execution | undefined> {
    for (;;) {
      const roomiest = this.#spawners.reduce((best, spawner) => (spawner.room > best.room ? spawner : best));
      const execution = await roomiest.execute(program);
      if (execution === undefined && !this.#withdrawn) continue;
      this.#level();
      return execution;
    }
  }

  /** Has what waits at one spawner come back, to be shared anew, where another one has nothing to do. */
  #level(): void {
    if (this.#withdrawn || this.#spawners.every(({ room }) => room <= 0)) return;
    for (const spawner of this.#spawners) if (spawner.room < 0) spawner.withdraw();
  }

  /** Has the programs come back that have not started, for good. */
  withdraw(): void {
    this.#withdrawn = true;
    for (const spawner of this.#spawners) spawner.withdraw();
  }

  killAll(): void {
    this.#withdrawn = true;
    for (const spawner of this.#spawners) spawner.killAll();
  }

  /** Ends them, once nothing runs any more. */
  close(): void {
    for (const spawner of this.#spawners) spawner.close();
  }
}
