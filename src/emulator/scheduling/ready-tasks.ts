import type { TaskRecord } from "../state/task.js";
import { type Demand, demandOf } from "./demand.js";

/**
 * The tasks of one job that wait for a node, first come first served among those of the same demand. An entry whose
 * task was ended, deleted or started meanwhile is dropped when it is reached, so leaving costs nothing.
 */
export class ReadyTasks {
  private readonly queues = new Map<Demand, Queue>();

  /** Puts a task at the end, or with `first` (a retry, a requeue) ahead of all others. */
  add(task: TaskRecord, first = false): void {
    const demand = demandOf(task);
    let queue = this.queues.get(demand);
    if (queue === undefined) {
      queue = new Queue();
      this.queues.set(demand, queue);
    }
    if (first) queue.unshift(task);
    else queue.push(task);
  }

  /** The first waiting task of each demand, the oldest one first. */
  heads(): TaskRecord[] {
    const heads: TaskRecord[] = [];
    for (const [demand, queue] of this.queues) {
      const head = queue.first();
      if (head === undefined) this.queues.delete(demand);
      else heads.push(head);
    }
    return heads.length > 1 ? heads.sort((a, b) => a.created - b.created) : heads;
  }

  /** Takes a task that `heads` gave. */
  take(head: TaskRecord): void {
    this.queues.get(demandOf(head))?.shift();
  }

  get empty(): boolean {
    return this.heads().length === 0;
  }
}

const compactAfter = 1024;

class Queue {
  private items: (TaskRecord | undefined)[] = [];
  private head = 0;
  private readonly returned: TaskRecord[] = [];

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

// A task that was ended and reactivated while it waited is listed twice; its state changes only once it has begun, so the
// attempt tells whether the first entry was taken.
function isWaiting(task: TaskRecord): boolean {
  return task.state === "active" && task.waitsFor === 0 && task.attempt === undefined;
}
