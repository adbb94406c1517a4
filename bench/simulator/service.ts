import type { BatchWire, WireAnswer, WireRequest } from "../../src/azure/batch-wire.js";
import type { TaskParameter } from "../../src/azure/parameters/index.js";
import { partInterval } from "../../src/protocol/outcome-part.js";
import { CHUNK_SETTING, type ChunkSettings } from "../../src/protocol/task-settings.js";
import { randomStream } from "./random.js";
import type { SimulatedContainer } from "./storage.js";
import type { VirtualClock } from "./virtual-clock.js";

/** What the simulated service and its nodes are like. Times are in milliseconds. */
export interface ServiceConditions {
  readonly nodes: number;
  /** How long an item takes, by its index. */
  readonly itemMilliseconds: (index: number) => number;
  /** What a task costs its slot besides its items. */
  readonly taskOverhead: number;
  /** From a request to its answer. */
  readonly latency: () => number;
  /** How long a task that ended is missing in lists, at most. */
  readonly listLag: number;
  /** Requests a second that the service takes, in bursts of twice as many; the others get 429 with `Retry-After: 1`. */
  readonly requestsPerSecond: number;
  /** Spot evictions an hour of a node, and how long its successor takes to come. */
  readonly evictionsPerHour: number;
  readonly replacement: number;
  readonly seed: number;
}

interface Node {
  readonly id: string;
  /** Counts the machines that the node has been: what happens to an earlier one is no matter any more. */
  machine: number;
  task: Task | undefined;
}

interface Task {
  readonly id: string;
  readonly chunk: Pick<ChunkSettings, "chunk" | "start" | "count">;
  requeues: number;
  startTime: number;
  endTime: number | undefined;
  /** From when on lists show that it has ended. */
  shownFrom: number;
  node: string;
}

/** When virtual time begins, by the service's clock. */
const BEGINNING = Date.UTC(2026, 0, 1);
const PAGE = 1000;

/** The data plane of Batch as far as a run uses it, with nodes that run one task each, in no particular order. */
export class SimulatedBatch implements BatchWire {
  readonly requests = { addTasks: 0, listTasks: 0, other: 0, throttled: 0 };
  evictions = 0;
  readonly #clock: VirtualClock;
  readonly #container: SimulatedContainer;
  readonly #conditions: ServiceConditions;
  readonly #random: () => number;
  readonly #tasks = new Set<string>();
  readonly #open = new Map<string, Task>();
  /** In the order in which they ended. */
  readonly #completed: Task[] = [];
  readonly #waiting: Task[] = [];
  readonly #idle: Node[] = [];
  readonly #pages = new Map<string, readonly object[]>();
  #tokens: { left: number; at: number };

  constructor(clock: VirtualClock, container: SimulatedContainer, conditions: ServiceConditions) {
    this.#clock = clock;
    this.#container = container;
    this.#conditions = conditions;
    this.#random = randomStream(conditions.seed);
    this.#tokens = { left: 2 * conditions.requestsPerSecond, at: 0 };
    for (let n = 0; n < conditions.nodes; n++) this.#boot({ id: `node-${n}`, machine: 0, task: undefined });
  }

  /** Tasks added. */
  get tasks(): number {
    return this.#tasks.size;
  }

  async send(request: WireRequest, signal: AbortSignal | undefined): Promise<WireAnswer> {
    signal?.throwIfAborted();
    const throttled = !this.#admits();
    await this.#clock.delay(this.#conditions.latency(), signal);
    if (throttled) {
      this.requests.throttled += 1;
      return answer(429, { code: "TooManyRequests" }, { "retry-after": "1" });
    }
    const { pathname, searchParams } = new URL(request.target, "https://simulated");
    if (pathname.endsWith("/addtaskcollection")) return this.#add(JSON.parse(request.body ?? ""));
    if (pathname.endsWith("/tasks")) return this.#list(searchParams, pathname);
    this.requests.other += 1;
    if (request.method !== "GET") return answer(202, {});
    if (pathname.endsWith("/nodes")) return answer(200, { value: [{ id: "node-0", state: "running" }] });
    if (pathname.endsWith("/jobpreparationandreleasetaskstatus")) return answer(200, { value: [] });
    if (pathname.startsWith("/pools/"))
      return answer(200, { id: "pool", state: "active", allocationState: "steady" });
    return answer(200, { id: "job", state: "active", executionInfo: { poolId: "pool" } });
  }

  close(): void {}

  /** A token bucket. */
  #admits(): boolean {
    const { requestsPerSecond } = this.#conditions;
    const now = this.#clock.now();
    const left = this.#tokens.left + ((now - this.#tokens.at) / 1000) * requestsPerSecond;
    this.#tokens = { left: Math.min(left, 2 * requestsPerSecond), at: now };
    if (this.#tokens.left < 1) return false;
    this.#tokens.left -= 1;
    return true;
  }

  #add({ value }: { value: TaskParameter[] }): WireAnswer {
    this.requests.addTasks += 1;
    const results = value.map((parameter) => {
      const { id } = parameter;
      if (this.#tasks.has(id)) return { taskId: id, status: "ClientError", error: { code: "TaskExists" } };
      this.#tasks.add(id);
      const setting = parameter.environmentSettings?.find(({ name }) => name === CHUNK_SETTING)?.value ?? "";
      const { chunk, start, count } = JSON.parse(setting) as ChunkSettings;
      const task: Task = {
        id,
        chunk: { chunk, start, count },
        requeues: 0,
        startTime: 0,
        endTime: undefined,
        shownFrom: 0,
        node: "",
      };
      this.#open.set(id, task);
      this.#waiting.push(task);
      return { taskId: id, status: "Success" };
    });
    this.#schedule();
    return answer(200, { value: results });
  }

  #list(query: URLSearchParams, pathname: string): WireAnswer {
    this.requests.listTasks += 1;
    const token = query.get("$skiptoken");
    const found = token === null ? this.#found(query.get("$filter") ?? "") : (this.#pages.get(token) ?? []);
    if (token !== null) this.#pages.delete(token);
    if (found.length <= PAGE) return answer(200, { value: found });
    const next = `t${this.requests.listTasks}`;
    this.#pages.set(next, found.slice(PAGE));
    const link = `https://simulated${pathname}?$skiptoken=${next}`;
    return answer(200, { value: found.slice(0, PAGE), "odata.nextLink": link });
  }

  #found(filter: string): object[] {
    const now = this.#clock.now();
    if (filter === "state ne 'completed'") return [...this.#open.keys()].map((id) => ({ id }));
    const match = /^state eq 'completed'(?: and stateTransitionTime ge DateTime'(.+)')?$/.exec(filter);
    if (match === null) throw new Error(`The simulated service knows no filter "${filter}".`);
    const since = match[1] === undefined ? 0 : Date.parse(match[1]) - BEGINNING;
    const found: object[] = [];
    for (let n = this.#completed.length - 1; n >= 0; n--) {
      const task = this.#completed[n] as Task;
      if ((task.endTime as number) < since) break;
      if (task.shownFrom <= now) found.push(shown(task));
    }
    return found;
  }

  /** Gives waiting tasks to idle nodes, both picked at random. */
  #schedule(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0)
      this.#run(this.#pick(this.#idle), this.#pick(this.#waiting));
  }

  #pick<T>(from: T[]): T {
    const place = Math.floor(this.#random() * from.length);
    const picked = from[place] as T;
    from[place] = from.at(-1) as T;
    from.pop();
    return picked;
  }

  #run(node: Node, task: Task): void {
    const { taskOverhead, listLag } = this.#conditions;
    node.task = task;
    task.node = node.id;
    task.startTime = this.#clock.now();
    const { machine } = node;
    const took = this.#work(task, task.startTime + taskOverhead, node.id);
    this.#clock.in(took - this.#clock.now(), () => {
      if (node.machine !== machine) return;
      node.task = undefined;
      task.endTime = this.#clock.now();
      task.shownFrom = task.endTime + this.#random() * listLag;
      this.#open.delete(task.id);
      this.#completed.push(task);
      this.#idle.push(node);
      this.#schedule();
    });
  }

  /** Runs the chunk's items that have no outcome yet, and stores parts as the node runner does. Gives the time of the end. */
  #work({ chunk: { chunk, start, count } }: Task, began: number, node: string): number {
    const done = this.#container.keepUntil(chunk, this.#clock.now());
    let time = began;
    let storeAt = Number.POSITIVE_INFINITY;
    let items = 0;
    let itemMilliseconds = 0;
    const store = (at: number) => {
      this.#container.store(chunk, count, {
        at,
        items,
        itemMilliseconds,
        taskMilliseconds: at - began,
        node,
      });
      items = 0;
      itemMilliseconds = 0;
      storeAt = Number.POSITIVE_INFINITY;
    };
    for (let offset = done; offset < count; offset++) {
      const takes = this.#conditions.itemMilliseconds(start + offset);
      time += takes;
      if (time > storeAt) store(storeAt);
      items += 1;
      itemMilliseconds += takes;
      if (items === 1) storeAt = time + partInterval(time - began);
    }
    if (items > 0) store(time);
    return time;
  }

  /** A machine that is there: it takes tasks until Spot takes it. */
  #boot(node: Node): void {
    this.#idle.push(node);
    const { evictionsPerHour, replacement } = this.#conditions;
    if (evictionsPerHour === 0) return;
    const life = (-Math.log(1 - this.#random()) / evictionsPerHour) * 3_600_000;
    this.#clock.in(life, () => {
      this.evictions += 1;
      node.machine += 1;
      const { task } = node;
      node.task = undefined;
      if (task === undefined) this.#idle.splice(this.#idle.indexOf(node), 1);
      else {
        // The service runs it again, somewhere, from its beginning; what was stored stays.
        this.#container.keepUntil(task.chunk.chunk, this.#clock.now());
        task.requeues += 1;
        this.#waiting.push(task);
      }
      this.#clock.in(replacement, () => {
        this.#boot(node);
        this.#schedule();
      });
      this.#schedule();
    });
  }
}

function shown({ id, endTime = 0, startTime, requeues, node }: Task): object {
  const time = new Date(BEGINNING + endTime).toISOString();
  return {
    id,
    state: "completed",
    stateTransitionTime: time,
    executionInfo: {
      startTime: new Date(BEGINNING + startTime).toISOString(),
      endTime: time,
      exitCode: 0,
      result: "success",
      retryCount: 0,
      requeueCount: requeues,
    },
    nodeInfo: { nodeId: node },
  };
}

function answer(status: number, body: object, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers: { get: (name) => headers[name] }, body: Buffer.from(JSON.stringify(body)) };
}
