import type { TaskRecord } from "../state/task.js";
import { countTask } from "./task-states.js";

interface RangeWait {
  readonly task: TaskRecord;
  readonly start: number;
  readonly end: number;
  /** Integers of the range that no task has satisfied yet. */
  left: number;
}

/** Which tasks of a job wait for which others. Tasks that are named need not exist yet. */
export class DependencyTable {
  private readonly satisfiedIds = new Set<string>();
  private readonly satisfiedNumbers = new Set<number>();
  private readonly waitingForId = new Map<string, TaskRecord[]>();
  private rangeWaits: RangeWait[] = [];

  /** Registers a new task and sets how many dependencies it waits for. */
  add(task: TaskRecord): void {
    const dependsOn = task.spec.dependsOn;
    if (dependsOn === undefined) return;
    const ids = new Set((dependsOn.taskIds ?? []).map((id) => id.toLowerCase()));
    for (const id of ids) {
      if (this.satisfiedIds.has(id)) continue;
      task.waitsFor += 1;
      const waiting = this.waitingForId.get(id);
      if (waiting === undefined) this.waitingForId.set(id, [task]);
      else waiting.push(task);
    }
    for (const { start, end } of dependsOn.taskIdRanges ?? []) {
      const left = end - start + 1 - this.satisfiedBetween(start, end);
      if (left <= 0) continue;
      task.waitsFor += 1;
      this.rangeWaits.push({ task, start, end, left });
    }
  }

  /** Notes that a task counts as satisfied, and returns the active tasks that waited for nothing else. */
  satisfy(taskId: string): TaskRecord[] {
    const id = taskId.toLowerCase();
    if (this.satisfiedIds.has(id)) return [];
    this.satisfiedIds.add(id);
    const free: TaskRecord[] = [];
    const settle = (task: TaskRecord): void => {
      // A task that was ended while it waited is not in the count of those that wait.
      const waits = task.state === "active";
      if (waits) countTask(task, -1);
      task.waitsFor -= 1;
      if (waits) countTask(task, 1);
      if (waits && task.waitsFor === 0) free.push(task);
    };
    for (const task of this.waitingForId.get(id) ?? []) settle(task);
    this.waitingForId.delete(id);

    // Ids that are integers count by their value: 4, 04 and 004 are one, and the first of them satisfies.
    const number = /^\d+$/.test(id) ? Number(id) : undefined;
    if (number === undefined || this.satisfiedNumbers.has(number)) return free;
    this.satisfiedNumbers.add(number);
    let finished = false;
    for (const wait of this.rangeWaits) {
      if (number < wait.start || number > wait.end) continue;
      wait.left -= 1;
      if (wait.left > 0) continue;
      finished = true;
      settle(wait.task);
    }
    if (finished) this.rangeWaits = this.rangeWaits.filter((wait) => wait.left > 0);
    return free;
  }

  private satisfiedBetween(start: number, end: number): number {
    let count = 0;
    if (end - start < this.satisfiedNumbers.size) {
      for (let number = start; number <= end; number++) if (this.satisfiedNumbers.has(number)) count += 1;
      return count;
    }
    for (const number of this.satisfiedNumbers) if (number >= start && number <= end) count += 1;
    return count;
  }
}
