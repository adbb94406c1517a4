import type { NodeDeallocationOption } from "../../autoscale/constants.js";
import type { AutoScaleTargets } from "../../autoscale/environment.js";
import type { Scenario, SimulatedTask } from "./simulation-options.js";
import { WaitingTasks } from "./waiting-tasks.js";

export type NodeKind = "dedicated" | "lowPriority";

export type NodeState = "starting" | "usable" | "leaving" | "removed";

export interface SimulatedNode {
  readonly kind: NodeKind;
  readonly allocatedAt: number;
  readonly running: Set<RunningTask>;
  state: NodeState;
  freeSlots: number;
  busyTime: number;
  /** Since when it runs tasks without a break. */
  busySince: number;
  /** Until when its tasks' data is retained. */
  retainedUntil: number;
  /** Whether it leaves only after that, by `retaineddata`. */
  keepsData: boolean;
}

export interface RunningTask {
  readonly node: SimulatedNode;
  readonly task: SimulatedTask;
}

/** What the pool asks to be told later. */
export type PoolEvent =
  | { readonly kind: "nodeReady"; readonly node: SimulatedNode }
  | { readonly kind: "taskEnd"; readonly running: RunningTask }
  | { readonly kind: "retentionEnd"; readonly node: SimulatedNode };

/** A pool in virtual time: its nodes, and the tasks that wait and run. */
export class SimulatedPool {
  readonly nodes = new Set<SimulatedNode>();
  readonly waiting = new WaitingTasks();
  targets: AutoScaleTargets = { dedicatedNodes: 0, lowPriorityNodes: 0, nodeDeallocationOption: "requeue" };
  runningTasks = 0;
  succeededTasks = 0;
  terminatedTasks = 0;
  requeues = 0;
  lastTaskEnd = 0;
  readonly waits = { count: 0, total: 0, longest: 0 };
  readonly nodeSeconds = { dedicated: 0, lowPriority: 0, idle: 0 };
  private readonly available = new Set<SimulatedNode>();
  /** How many nodes there are; kept up to date, because they are asked for at every sample. */
  private readonly counts = { dedicated: 0, lowPriority: 0, usable: 0, leaving: 0 };

  constructor(
    private readonly scenario: Scenario,
    private readonly later: (time: number, event: PoolEvent) => void,
  ) {}

  count(kind: NodeKind): number {
    return this.counts[kind];
  }

  /** Nodes that are taking tasks. */
  get usableNodes(): number {
    return this.counts.usable;
  }

  addTask(now: number, task: SimulatedTask): void {
    this.waiting.add({ task, since: now });
    this.dispatch(now);
  }

  handle(now: number, event: PoolEvent): void {
    switch (event.kind) {
      case "nodeReady":
        this.nodeReady(now, event.node);
        return;
      case "taskEnd":
        this.taskEnd(now, event.running);
        return;
      case "retentionEnd":
        this.removeWhenIdle(now, event.node);
        return;
    }
  }

  /**
   * Takes new targets, unless nodes are still leaving: waiting for their tasks or data blocks further resizes.
   *
   * @returns whether the targets were taken
   */
  resize(now: number, targets: AutoScaleTargets): boolean {
    if (this.counts.leaving > 0) return false;
    this.targets = targets;
    this.resizeKind(now, "dedicated", targets.dedicatedNodes);
    this.resizeKind(now, "lowPriority", targets.lowPriorityNodes);
    this.dispatch(now);
    return true;
  }

  /** Counts the time of the nodes that are still there, and of the tasks that still wait. */
  finish(now: number): void {
    for (const node of this.nodes) this.countTime(now, node);
    for (const { since } of this.waiting) this.countWait(now - since);
  }

  private resizeKind(now: number, kind: NodeKind, target: number): void {
    const present = [...this.nodes].filter((node) => node.kind === kind);
    const granted = Math.min(target - present.length, this.scenario.nodeQuota - this.nodes.size);
    for (let missing = granted; missing > 0; missing--) this.allocate(now, kind);
    const surplus = Math.max(0, present.length - target);
    for (const node of present.sort((a, b) => a.running.size - b.running.size).slice(0, surplus)) {
      this.release(now, node, this.targets.nodeDeallocationOption);
    }
  }

  private allocate(now: number, kind: NodeKind): void {
    const node: SimulatedNode = {
      kind,
      allocatedAt: now,
      running: new Set(),
      state: "starting",
      freeSlots: this.scenario.taskSlotsPerNode,
      busyTime: 0,
      busySince: 0,
      retainedUntil: 0,
      keepsData: false,
    };
    this.nodes.add(node);
    this.counts[kind]++;
    this.later(now + this.scenario.nodeStartTime, { kind: "nodeReady", node });
  }

  private nodeReady(now: number, node: SimulatedNode): void {
    if (node.state !== "starting") return;
    this.setState(node, "usable");
    this.available.add(node);
    this.dispatch(now);
  }

  private dispatch(now: number): void {
    for (const node of this.available) {
      if (this.waiting.count === 0) return;
      for (let next = this.waiting.take(node.freeSlots); next; next = this.waiting.take(node.freeSlots)) {
        this.startTask(now, node, next.task, now - next.since);
      }
      if (node.freeSlots === 0) this.available.delete(node);
    }
  }

  private startTask(now: number, node: SimulatedNode, task: SimulatedTask, waited: number): void {
    const running: RunningTask = { node, task };
    if (node.running.size === 0) node.busySince = now;
    node.running.add(running);
    node.freeSlots -= task.requiredSlots ?? 1;
    this.runningTasks++;
    this.countWait(waited);
    this.later(now + task.duration, { kind: "taskEnd", running });
  }

  private countWait(waited: number): void {
    this.waits.count++;
    this.waits.total += waited;
    this.waits.longest = Math.max(this.waits.longest, waited);
  }

  private taskEnd(now: number, running: RunningTask): void {
    const { node } = running;
    if (!node.running.has(running)) return;
    this.stopTask(now, running);
    this.succeededTasks++;
    this.lastTaskEnd = now;
    node.retainedUntil = now + this.scenario.taskRetention;
    if (node.state === "leaving") {
      this.removeWhenIdle(now, node);
      return;
    }
    this.available.add(node);
    this.dispatch(now);
  }

  private stopTask(now: number, running: RunningTask): void {
    const { node, task } = running;
    node.running.delete(running);
    node.freeSlots += task.requiredSlots ?? 1;
    if (node.running.size === 0) node.busyTime += now - node.busySince;
    this.runningTasks--;
  }

  private release(now: number, node: SimulatedNode, option: NodeDeallocationOption): void {
    this.available.delete(node);
    if (option === "taskcompletion" || option === "retaineddata") {
      this.setState(node, "leaving");
      node.keepsData = option === "retaineddata";
      this.removeWhenIdle(now, node);
      return;
    }
    for (const running of [...node.running]) {
      this.stopTask(now, running);
      if (option === "requeue") {
        this.requeues++;
        this.waiting.add({ task: running.task, since: now });
      } else {
        this.terminatedTasks++;
        this.lastTaskEnd = now;
      }
    }
    this.remove(now, node);
  }

  private removeWhenIdle(now: number, node: SimulatedNode): void {
    if (node.state !== "leaving" || node.running.size > 0) return;
    if (node.keepsData && now < node.retainedUntil) {
      this.later(node.retainedUntil, { kind: "retentionEnd", node });
      return;
    }
    this.remove(now, node);
  }

  private remove(now: number, node: SimulatedNode): void {
    this.setState(node, "removed");
    this.nodes.delete(node);
    this.counts[node.kind]--;
    this.countTime(now, node);
  }

  private setState(node: SimulatedNode, state: NodeState): void {
    if (node.state === "usable" || node.state === "leaving") this.counts[node.state]--;
    if (state === "usable" || state === "leaving") this.counts[state]++;
    node.state = state;
  }

  private countTime(now: number, node: SimulatedNode): void {
    const lifetime = now - node.allocatedAt;
    const busy = node.busyTime + (node.running.size > 0 ? now - node.busySince : 0);
    this.nodeSeconds[node.kind] += lifetime;
    this.nodeSeconds.idle += lifetime - busy;
  }
}
