import type { RootChunk } from "../chunk.js";
import { unlessStopped } from "../feeder.js";
import { Notifier } from "../notifier.js";

/** The chunks of a run whose tasks were submitted, in input order: what runs that go on with it make their own of. */
export class ChunkFeed {
  readonly #roots: RootChunk[] = [];
  readonly #grown = new Notifier();
  #ended = false;

  add(roots: readonly RootChunk[]): void {
    this.#roots.push(...roots);
    this.#grown.notify();
  }

  /** Says that no more will come. */
  end(): void {
    this.#ended = true;
    this.#grown.notify();
  }

  /** All chunks from the first one on, some at a time, until there will be no more or the signal is aborted. */
  async *follow(signal: AbortSignal): AsyncGenerator<RootChunk[], void, undefined> {
    let next = 0;
    while (!signal.aborted) {
      const roots = this.#roots.slice(next);
      next += roots.length;
      if (roots.length > 0) yield roots;
      else if (this.#ended) return;
      else await unlessStopped(this.#grown.wait(), signal);
    }
  }

  /** Waits until it is known whether there is more than one. */
  async hasSeveral(signal: AbortSignal): Promise<boolean> {
    while (this.#roots.length < 2 && !this.#ended && !signal.aborted) {
      await unlessStopped(this.#grown.wait(), signal);
    }
    return this.#roots.length > 1;
  }
}
