import { ServiceError } from "../../errors/index.js";
import { contentOf, type Send } from "../batch-requests.js";
import { act, find, type ListQuery, list, poolPath } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type { AutoscaleRun, BatchPool, PoolPatch } from "../resources/index.js";

/** How a pool's size is to change; a number that is left out stays as it is. */
export interface ResizeParameter {
  readonly targetDedicatedNodes?: number;
  readonly targetLowPriorityNodes?: number;
  readonly resizeTimeout?: string;
  readonly nodeDeallocationOption?: string;
}

/** The pools of an account, beyond what a run needs of them. */
export interface PoolOperations {
  /** The pool with all that the service tells of it, or what was selected; undefined where there is none. */
  get(poolId: string, options?: CallOptions & { select?: readonly string[] }): Promise<BatchPool | undefined>;
  list(query: ListQuery, options?: CallOptions): AsyncIterable<BatchPool>;
  patch(poolId: string, changes: PoolPatch, options?: CallOptions): Promise<void>;
  /** Fine with a pool that is on its way to these numbers. */
  resize(poolId: string, size: ResizeParameter, options?: CallOptions): Promise<void>;
  stopResize(poolId: string, options?: CallOptions): Promise<void>;
  enableAutoscale(
    poolId: string,
    autoscale: { autoScaleFormula?: string; autoScaleEvaluationInterval?: string },
    options?: CallOptions,
  ): Promise<void>;
  disableAutoscale(poolId: string, options?: CallOptions): Promise<void>;
  evaluateAutoscale(poolId: string, formula: string, options?: CallOptions): Promise<AutoscaleRun>;
  removeNodes(
    poolId: string,
    nodes: {
      nodeList: readonly string[];
      nodeDeallocationOption?: string;
      resizeTimeout?: string;
    },
    options?: CallOptions,
  ): Promise<void>;
}

export function poolOperations(send: Send): PoolOperations {
  const post = (operation: string, target: string, body: object | undefined, options?: CallOptions) =>
    act(send, { operation, method: "POST", target, ...(body && { body }) }, options);

  return {
    get: (poolId, { select, ...options } = {}) =>
      find(send, `get pool ${poolId}`, poolPath(poolId), select, options),

    list: (query, options) => list(send, "list the pools", "/pools", query, options),

    patch: async (poolId, body, options) => {
      const operation = `change pool ${poolId}`;
      await act(send, { operation, method: "PATCH", target: poolPath(poolId), body }, options);
    },

    resize: async (poolId, size, options) => {
      try {
        await post(`resize pool ${poolId}`, `${poolPath(poolId)}/resize`, size, options);
      } catch (error) {
        // Where the answer was lost, the repeated request finds the resize going on.
        if (!(error instanceof ServiceError && error.code === "PoolBeingResized")) throw error;
        const pool = await find<BatchPool>(send, `get pool ${poolId}`, poolPath(poolId), undefined, options);
        if (pool === undefined || !isOnItsWay(pool, size)) throw error;
      }
    },

    stopResize: async (poolId, options) => {
      await post(`stop resizing pool ${poolId}`, `${poolPath(poolId)}/stopresize`, undefined, options);
    },

    enableAutoscale: async (poolId, body, options) => {
      await post(`let pool ${poolId} scale itself`, `${poolPath(poolId)}/enableautoscale`, body, options);
    },

    disableAutoscale: async (poolId, options) => {
      const target = `${poolPath(poolId)}/disableautoscale`;
      await post(`let pool ${poolId} keep its size`, target, undefined, options);
    },

    evaluateAutoscale: async (poolId, autoScaleFormula, options) => {
      const operation = `evaluate a formula for pool ${poolId}`;
      const body = JSON.stringify({ autoScaleFormula });
      const target = `${poolPath(poolId)}/evaluateautoscale`;
      return contentOf(await send({ operation, method: "POST", target, body }, options), operation);
    },

    removeNodes: async (poolId, nodes, options) => {
      const target = `${poolPath(poolId)}/removenodes`;
      await post(`remove ${nodes.nodeList.length} nodes from pool ${poolId}`, target, nodes, options);
    },
  };
}

function isOnItsWay(pool: BatchPool, size: ResizeParameter): boolean {
  const { targetDedicatedNodes = pool.targetDedicatedNodes, targetLowPriorityNodes } = size;
  return (
    pool.allocationState === "resizing" &&
    pool.targetDedicatedNodes === targetDedicatedNodes &&
    pool.targetLowPriorityNodes === (targetLowPriorityNodes ?? pool.targetLowPriorityNodes)
  );
}
