import { slotsOf, type TaskRecord } from "../state/task.js";

/**
 * The tasks of one job that wait for a node, first come first served among those that need the same number of slots.
 * An entry whose task was ended, deleted or started meanwhile is dropped when it is reached, so leaving costs nothing.
 */
export class ReadyTasks {
  private readonly bySlots = new Map<number, Queue>();

  /** Puts a task at the end, or with `first` (a retry, a requeue) ahead of all others. */
  add(task: TaskRecord, first = false): void {
    const slots = slotsOf(task);
    let queue = this.bySlots.get(slots);
    if (queue === undefined) {
      queue = new Queue();
      this.bySlots.set(slots, queue);
    }
    if (first) queue.unshift(task);
    else queue.push(task);
  }

  /** Numbers of slots that waiting tasks need, smallest first. */
  slotSizes(): number[] {
    const sizes: number[] = [];
    for (const [slots, queue] of this.bySlots) {
      if (queue.first() === undefined) this.bySlots.delete(slots);
      else sizes.push(slots);
    }
    return sizes.sort((a, b) => a - b);
  }

  /** The next task that needs exactly this many slots. */
  first(slots: number): TaskRecord | undefined {
    return this.bySlots.get(slots)?.first();
  }

  /** Takes what `first` gave. */
  takeFirst(slots: number): void {
    this.bySlots.get(slots)?.shift();
  }

  get empty(): boolean {
    return this.slotSizes().length === 0;
  }
}

const compactAfter = 1024;

class Queue {
  private items: (TaskRecord | undefined)[] = [];
  private head = 0;
  private returned: TaskRecord[] = [];

  push(task: TaskRecord): void {
    this.items.push(task);
  }

  unshift(task: TaskRecord): void {
    this.returned.push(task);
  }

  first(): TaskRecord | undefined {
    while (this.returned.length > 0) {
      const task = this.returned[this.returned.length - 1]!;
      if (isWaiting(task)) return task;
      this.returned.pop();
    }
    while (this.head < this.items.length) {
      const task = this.items[this.head];
      if (task !== undefined && isWaiting(task)) return task;
      this.shift();
    }
    return undefined;
  }

  shift(): void {
    if (this.returned.length > 0) {
      this.returned.pop();
      return;
    }
    this.items[this.head] = undefined;
    this.head += 1;
    if (this.head < compactAfter || this.head * 2 < this.items.length) return;
    this.items = this.items.slice(this.head);
    this.head = 0;
  }
}

function isWaiting(task: TaskRecord): boolean {
  return task.state === "active" && task.waitsFor === 0;
}
