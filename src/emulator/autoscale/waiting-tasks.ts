import type { SimulatedTask } from "./simulation-options.js";

/** A task that waits for a node. */
export interface WaitingTask {
  readonly task: SimulatedTask;
  /** When it was added, or put back by the removal of its node. */
  readonly since: number;
}

/** The tasks that wait, oldest first among those that fit into the slots a node has free. */
export class WaitingTasks {
  private readonly queues = new Map<number, { order: number; waiting: WaitingTask }[]>();
  private readonly heads = new Map<number, number>();
  private added = 0;
  private taken = 0;

  get count(): number {
    return this.added - this.taken;
  }

  /** Those that wait still, in no particular order. */
  *[Symbol.iterator](): Iterator<WaitingTask> {
    for (const [slots, queue] of this.queues) {
      for (const { waiting } of queue.slice(this.heads.get(slots) ?? 0)) yield waiting;
    }
  }

  add(waiting: WaitingTask): void {
    const slots = waiting.task.requiredSlots ?? 1;
    const queue = this.queues.get(slots) ?? [];
    this.queues.set(slots, queue);
    queue.push({ order: this.added++, waiting });
  }

  take(freeSlots: number): WaitingTask | undefined {
    const slots = this.oldestThatFits(freeSlots);
    if (slots === undefined) return undefined;
    const head = this.heads.get(slots) ?? 0;
    this.heads.set(slots, head + 1);
    this.taken++;
    return this.queues.get(slots)?.[head]?.waiting;
  }

  private oldestThatFits(freeSlots: number): number | undefined {
    let oldest: { slots: number; order: number } | undefined;
    for (const [slots, queue] of this.queues) {
      const next = queue[this.heads.get(slots) ?? 0];
      if (slots > freeSlots || !next) continue;
      if (!oldest || next.order < oldest.order) oldest = { slots, order: next.order };
    }
    return oldest?.slots;
  }
}
