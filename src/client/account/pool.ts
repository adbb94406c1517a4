import type { BatchPort, CallOptions } from "../../azure/ports.js";
import { remedyOf, remedySentence } from "../../azure/remedies.js";
import type {
  AutoscaleRun,
  BatchNode,
  BatchPool,
  PoolNodeCounts,
  PoolPatch,
} from "../../azure/resources/index.js";
import {
  type AutoscaleOptions,
  autoscaleParameter,
  type NodeDeallocationOption,
} from "../../builders/autoscale.js";
import { type AutoscaleFormulaOptions, formulaParameter } from "../../builders/autoscale-formula.js";
import { type Duration, parseDuration, toIsoDuration } from "../../builders/duration.js";
import { type Problem, refuseProblems } from "../../builders/problems.js";
import { PoolError } from "../../errors/index.js";
import type { Client } from "../client.js";
import { type ListOptions, queryOf } from "./list-options.js";
import { missing } from "./missing.js";
import { ComputeNode } from "./node.js";
import { type WaitOptions, waitFor, waitUntilGone } from "./wait.js";

/** How a pool's size is to change. A number that is left out stays as it is. */
export interface ResizeOptions extends CallOptions {
  /** How many nodes that are never taken away. */
  readonly dedicatedNodes?: number;
  /** How many Spot nodes. */
  readonly spotNodes?: number;
  /** How long Batch tries to get the nodes, from 5 minutes on. Default: 15 minutes. */
  readonly resizeTimeout?: Duration;
  /** What becomes of the tasks on nodes that go. Default: `"requeue"`. */
  readonly tasks?: NodeDeallocationOption;
}

/** How nodes are taken out of a pool. */
export interface RemoveNodesOptions extends CallOptions {
  /** How long Batch tries, from 5 minutes on. Default: 15 minutes. */
  readonly resizeTimeout?: Duration;
  /** What becomes of the tasks on the nodes. Default: `"requeue"`. */
  readonly tasks?: NodeDeallocationOption;
}

/** A formula of one's own for a pool's size: https://learn.microsoft.com/azure/batch/batch-automatic-scaling */
export interface AutoscaleFormula extends AutoscaleFormulaOptions {
  /** The formula, in Batch's own language. */
  readonly formula: string;
}

/** How something is deleted. */
export interface DeleteOptions extends WaitOptions {
  /** Whether to wait until it is gone; `deadline` bounds that. Default: `false`, it goes by itself. */
  readonly wait?: boolean;
}

/**
 * A pool, by its id: what can be asked of it, and done with it. Made by `batch.pool(id)` without a request, and by
 * `batch.createPool` and `batch.ensurePool`.
 *
 * @example
 * ```ts
 * await using batch = connect();
 * const render = batch.pool("render");
 * await render.resize({ dedicatedNodes: 4 });
 * const { currentDedicatedNodes } = await render.waitUntilSteady({ deadline: "20m" });
 * ```
 */
export class Pool {
  /** The pool's id. */
  readonly id: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, id: string) {
    this.#client = client;
    this.id = id;
  }

  async #batch(): Promise<BatchPort> {
    return (await this.#client.connection()).batch;
  }

  /**
   * All that the service tells of it.
   *
   * @throws ServiceError `PoolNotFound` where there is none
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/get
   * @example
   * ```ts
   * await using batch = connect();
   * const { allocationState, currentDedicatedNodes } = await batch.pool("render").get();
   * ```
   */
  async get(options: CallOptions = {}): Promise<BatchPool> {
    const pool = await (await this.#batch()).pools.get(this.id, options);
    if (pool === undefined) throw missing("pool", this.id);
    return pool;
  }

  /**
   * Whether there is such a pool, be it that it is being deleted.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * if (await batch.pool("render").exists()) console.log("There is one.");
   * ```
   */
  async exists(options: CallOptions = {}): Promise<boolean> {
    const pool = await (await this.#batch()).pools.get(this.id, { ...options, select: ["id"] });
    return pool !== undefined;
  }

  /**
   * Changes what can be changed while it is there.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/patch
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").patch({ metadata: [{ name: "team", value: "film" }] });
   * ```
   */
  async patch(changes: PoolPatch, options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).pools.patch(this.id, changes, options);
  }

  /**
   * Changes how many nodes it has; it begins to, see {@link Pool.waitUntilSteady}. Not of a pool that scales itself.
   *
   * @throws ServiceError `PoolBeingResized` where another change goes on
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/resize
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").resize({ dedicatedNodes: 0, spotNodes: 20, tasks: "taskcompletion" });
   * ```
   */
  async resize(options: ResizeOptions): Promise<void> {
    const { dedicatedNodes, spotNodes, tasks, resizeTimeout, signal } = options;
    const size = {
      ...(dedicatedNodes !== undefined && { targetDedicatedNodes: dedicatedNodes }),
      ...(spotNodes !== undefined && { targetLowPriorityNodes: spotNodes }),
      ...timeoutOf(resizeTimeout),
      ...(tasks !== undefined && { nodeDeallocationOption: tasks }),
    };
    await (await this.#batch()).pools.resize(this.id, size, { signal });
  }

  /**
   * Stops a change of its size: it keeps the nodes it has got.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/stopresize
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").stopResize();
   * ```
   */
  async stopResize(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).pools.stopResize(this.id, options);
  }

  /**
   * Takes these nodes out of it, at most 100 at a time; it has as many fewer then.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/removenodes
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").removeNodes(["tvmps_1_d"], { tasks: "taskcompletion" });
   * ```
   */
  async removeNodes(
    nodeIds: readonly string[],
    { tasks, resizeTimeout, signal }: RemoveNodesOptions = {},
  ): Promise<void> {
    const removal = {
      nodeList: nodeIds,
      ...timeoutOf(resizeTimeout),
      ...(tasks !== undefined && { nodeDeallocationOption: tasks }),
    };
    await (await this.#batch()).pools.removeNodes(this.id, removal, { signal });
  }

  /**
   * Lets it follow its work, by the library's formula or by one of your own; evaluated at once, and at most every 30 seconds.
   *
   * @throws InvalidArgumentError for bounds that make no sense, and a formula with an error
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/enableautoscale
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").enableAutoscale({ min: 0, max: 50 });
   * await batch.pool("nights").enableAutoscale({ formula: "$TargetDedicatedNodes = time().hour < 6 ? 10 : 0;" });
   * ```
   */
  async enableAutoscale(
    autoscale: AutoscaleOptions | AutoscaleFormula,
    options: CallOptions = {},
  ): Promise<void> {
    const { taskSlotsPerNode } = await this.get(options);
    const problems: Problem[] = [];
    const { autoScaleFormula, autoScaleEvaluationInterval } =
      "formula" in autoscale
        ? ownFormula(autoscale, problems)
        : autoscaleParameter(autoscale, taskSlotsPerNode, problems);
    refuseProblems(`The autoscaling of pool ${JSON.stringify(this.id)}`, problems);
    const settings = { autoScaleFormula, autoScaleEvaluationInterval };
    await (await this.#batch()).pools.enableAutoscale(this.id, settings, options);
  }

  /**
   * Lets it keep the size it has.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/disableautoscale
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").disableAutoscale();
   * ```
   */
  async disableAutoscale(options: CallOptions = {}): Promise<void> {
    await (await this.#batch()).pools.disableAutoscale(this.id, options);
  }

  /**
   * What a formula would make of it now. It must scale itself; nothing of it is changed.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/evaluateautoscale
   * @example
   * ```ts
   * await using batch = connect();
   * const { results, error } = await batch.pool("render").evaluateAutoscale("$TargetDedicatedNodes = 2;");
   * ```
   */
  async evaluateAutoscale(formula: string, options: CallOptions = {}): Promise<AutoscaleRun> {
    return (await this.#batch()).pools.evaluateAutoscale(this.id, formula, options);
  }

  /**
   * Waits until no change of its size goes on, and gives how it is then. Whether it got all its nodes is in `resizeErrors`.
   *
   * @throws WaitError at the deadline, or where it is deleted meanwhile
   * @example
   * ```ts
   * await using batch = connect();
   * const { resizeErrors = [] } = await batch.pool("render").waitUntilSteady({ deadline: "20m" });
   * for (const { code, message } of resizeErrors) console.error(code, message);
   * ```
   */
  async waitUntilSteady(options: WaitOptions = {}): Promise<BatchPool> {
    const { batch, engine } = await this.#client.connection();
    const what = `pool ${this.id} to be steady`;
    return waitFor<BatchPool>(
      engine,
      what,
      async (call) => {
        const pool = await batch.pools.get(this.id, call);
        if (pool === undefined) return { never: "Gone", seen: `there is no pool ${this.id}` };
        return pool.allocationState === "steady" ? { found: pool } : { seen: sizeOf(pool) };
      },
      options,
    );
  }

  /**
   * Waits until it is steady and all its nodes are idle: they are ready, and no task runs on them. Gives the nodes.
   *
   * @throws PoolError where the service cannot get the nodes, the start task failed on all of them, or none is usable
   * @throws WaitError at the deadline, or where it is deleted meanwhile
   * @example
   * ```ts
   * await using batch = connect();
   * const nodes = await batch.pool("render").waitUntilIdle({ deadline: "20m" });
   * console.log(nodes.map(({ id }) => id));
   * ```
   */
  async waitUntilIdle(options: WaitOptions = {}): Promise<readonly BatchNode[]> {
    const { batch, engine } = await this.#client.connection();
    return waitFor<readonly BatchNode[]>(
      engine,
      `the nodes of pool ${this.id} to be idle`,
      async (call) => {
        const pool = await batch.pools.get(this.id, call);
        if (pool === undefined) return { never: "Gone", seen: `there is no pool ${this.id}` };
        if (pool.allocationState !== "steady") return { seen: sizeOf(pool) };
        const [error] = pool.resizeErrors ?? [];
        if (error !== undefined) {
          const remedy = remedyOf(error.code);
          const message = `The service could not give pool ${this.id} its nodes: ${error.message} (${error.code}).${remedySentence(remedy)}`;
          throw new PoolError(message, { code: "AllocationFailed", poolId: this.id, option: remedy?.option });
        }
        const nodes: BatchNode[] = [];
        for await (const node of batch.nodes.list(this.id, {}, call)) nodes.push(node);
        if (nodes.every(({ state }) => state === "idle")) return { found: nodes };
        refuseBroken(this.id, nodes);
        return { seen: nodeStates(nodes) };
      },
      options,
    );
  }

  /**
   * Its nodes.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/computenode/list
   * @example
   * ```ts
   * await using batch = connect();
   * for await (const { id } of batch.pool("render").nodes({ filter: "state eq 'unusable'", select: ["id"] })) {
   *   await batch.pool("render").node(id).reboot();
   * }
   * ```
   */
  async *nodes<K extends keyof BatchNode = keyof BatchNode>(
    options: ListOptions<BatchNode, K> = {},
  ): AsyncGenerator<Pick<BatchNode, K>, void, undefined> {
    const { signal } = options;
    yield* (await this.#batch()).nodes.list(this.id, queryOf(options), { signal });
  }

  /**
   * One of its nodes, by its id. No request is made.
   *
   * @example
   * ```ts
   * await using batch = connect();
   * const { state } = await batch.pool("render").node("tvmps_1_d").get();
   * ```
   */
  node(nodeId: string): ComputeNode {
    return new ComputeNode(this.#client, this.id, nodeId);
  }

  /**
   * How many nodes it has, by their state. The service counts them with a delay.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/account/listpoolnodecounts
   * @example
   * ```ts
   * await using batch = connect();
   * const { dedicated } = await batch.pool("render").nodeCounts();
   * console.log(dedicated?.idle, dedicated?.running);
   * ```
   */
  async nodeCounts(options: CallOptions = {}): Promise<PoolNodeCounts> {
    const filter = `poolId eq '${this.id}'`;
    for await (const counts of (await this.#batch()).account.nodeCounts({ filter }, options)) return counts;
    throw missing("pool", this.id);
  }

  /**
   * Deletes it with its nodes. Tasks on them are put back; its jobs stay. Fine with a pool that is gone.
   *
   * @throws WaitError at the deadline of the wait
   * @see https://learn.microsoft.com/rest/api/batchservice/pool/delete
   * @example
   * ```ts
   * await using batch = connect();
   * await batch.pool("render").delete({ wait: true, deadline: "30m" });
   * ```
   */
  async delete({ wait = false, ...options }: DeleteOptions = {}): Promise<void> {
    const { batch, engine } = await this.#client.connection();
    await batch.deletePool(this.id, { signal: options.signal });
    if (!wait) return;
    await waitUntilGone(
      engine,
      `pool ${this.id}`,
      (call) => batch.getPool(this.id, call),
      ({ state, currentDedicatedNodes, currentLowPriorityNodes }) =>
        `it was ${state}, with ${currentDedicatedNodes + currentLowPriorityNodes} nodes`,
      options,
    );
  }
}

function ownFormula({ formula: text, ...options }: AutoscaleFormula, problems: Problem[]) {
  return formulaParameter({ text, options }, problems);
}

function isoDuration(duration: Duration, option: string): string {
  return toIsoDuration(parseDuration(duration, option));
}

function timeoutOf(timeout: Duration | undefined) {
  return timeout === undefined ? {} : { resizeTimeout: isoDuration(timeout, "resizeTimeout") };
}

function sizeOf(pool: BatchPool): string {
  const { currentDedicatedNodes, targetDedicatedNodes, currentLowPriorityNodes, targetLowPriorityNodes } =
    pool;
  const spot =
    targetLowPriorityNodes + currentLowPriorityNodes === 0
      ? ""
      : ` and ${currentLowPriorityNodes} of ${targetLowPriorityNodes} Spot nodes`;
  return `it was ${pool.allocationState}, with ${currentDedicatedNodes} of ${targetDedicatedNodes} nodes${spot}`;
}

function nodeStates(nodes: readonly BatchNode[]): string {
  const counts = new Map<string, number>();
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return `of its nodes ${[...counts].map(([state, count]) => `${count} were ${state}`).join(", ")}`;
}

/** A pool of which no node will ever be idle by itself. */
function refuseBroken(poolId: string, nodes: readonly BatchNode[]): void {
  if (nodes.every(({ state }) => state === "starttaskfailed")) {
    const info = nodes[0]?.startTaskInfo;
    const why = info?.failureInfo?.message ?? `exit code ${info?.exitCode}`;
    throw new PoolError(`The start task failed on every node of pool ${poolId}: ${why}`, {
      code: "StartTaskFailed",
      poolId,
    });
  }
  if (nodes.every(({ state }) => state === "unusable")) {
    const why = nodes[0]?.errors?.[0]?.message ?? "the service says no more";
    throw new PoolError(`Every node of pool ${poolId} is unusable: ${why}`, {
      code: "NodesUnusable",
      poolId,
    });
  }
}
