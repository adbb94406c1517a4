import TinyQueue from "tinyqueue";
import type { Timer } from "../clock.js";
import { removeFolder } from "../execution/workspace.js";
import type { Service } from "../service.js";
import { taskDirectory } from "../state/folders.js";
import type { TaskRecord } from "../state/task.js";
import { limitOf } from "../wire/duration.js";

interface Expiry {
  /** In milliseconds since 1970. */
  time: number;
  task: TaskRecord;
  /** The end of the run whose files these are. */
  endTime: number;
}

const defaultRetention = "P7D";

/** Removes the files of completed tasks when their retention time has passed. */
export class Retention {
  private readonly queue = new TinyQueue<Expiry>([], (a, b) => a.time - b.time);
  private timer: Timer | undefined;

  constructor(private readonly service: Service) {}

  /** Keeps a completed task's files for its retention time from now on. */
  keep(task: TaskRecord): void {
    const { run } = task;
    if (run?.node === undefined || run.endTime === undefined) return;
    const retention = limitOf(task.spec.constraints?.retentionTime ?? defaultRetention);
    const time = Date.now() + retention;
    run.node.retainedUntil = Math.max(run.node.retainedUntil, time);
    if (retention === Number.POSITIVE_INFINITY) return;
    this.queue.push({ time, task, endTime: run.endTime });
    if (this.queue.peek()?.task === task) this.wait();
  }

  private wait(): void {
    this.timer?.cancel();
    const next = this.queue.peek();
    if (next === undefined) return;
    this.timer = this.service.clock.after(Math.max(0, next.time - Date.now()), () => this.removeExpired());
  }

  private removeExpired(): void {
    for (
      let next = this.queue.peek();
      next !== undefined && next.time <= Date.now();
      next = this.queue.peek()
    ) {
      this.queue.pop();
      this.removeFiles(next);
    }
    this.wait();
  }

  private removeFiles({ task, endTime }: Expiry): void {
    const { run } = task;
    // The task may have run again, or may be gone.
    if (run?.node === undefined || run.endTime !== endTime || task.job.tasks.get(task.spec.id) !== task)
      return;
    run.filesRemoved = true;
    this.service.inBackground(removeFolder(taskDirectory(task, run.node)));
  }
}
