import type { PoolParameter, PoolSpecification } from "../azure/parameters/index.js";
import { brand, hasBrand } from "../errors/brand.js";
import type { AutoscaleOptions } from "./autoscale.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import type { Image } from "./images.js";
import { type PoolSettings, poolParameter } from "./pool-parameter.js";
import type { StartTaskOptions } from "./start-task.js";

/** What a pool's builder makes: the service's parameter, without an id for the pool of one run. */
export type BuiltPool<Id extends string | undefined> = Id extends string ? PoolParameter : PoolSpecification;

/**
 * A description of a pool. It never changes: each method gives a new one.
 *
 * @typeParam Id - the type of the pool's id; `undefined` for the pool of one run
 * @example
 * ```ts
 * const render = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).spotNodes(20).taskSlotsPerNode(4);
 * const results = await runParallel([1, 2, 3], (n) => n * n, { pool: render });
 * ```
 */
export interface PoolBuilder<Id extends string | undefined = string | undefined> {
  /** The pool's id; `undefined` for the pool of one run. */
  readonly id: Id;
  /**
   * The size of the virtual machines. Which there are depends on the region and the account's quota.
   *
   * @example
   * ```ts
   * pool("render").vmSize("Standard_D4s_v5");
   * ```
   */
  vmSize(size: string): this;
  /**
   * The operating system of the nodes: {@link ubuntu}, or an image of the marketplace with its node agent.
   *
   * @example
   * ```ts
   * pool("a").image(ubuntu("24.04"));
   * pool("b").image({
   *   publisher: "microsoft-dsvm",
   *   offer: "ubuntu-hpc",
   *   sku: "2204",
   *   nodeAgentSKUId: "batch.node.ubuntu 22.04",
   * });
   * ```
   */
  image(image: Image): this;
  /**
   * How many tasks a node runs at once: 1 to 256, and to four times the size's cores. Default: 1, and a task of
   * `runParallel` then uses all cores of its node.
   *
   * @example
   * ```ts
   * pool("render").taskSlotsPerNode(4);
   * ```
   */
  taskSlotsPerNode(slots: number): this;
  /**
   * Whether tasks are spread over all nodes (the default), or fill one before the next.
   *
   * @example
   * ```ts
   * pool("render").taskSlotsPerNode(4).taskFillType("pack");
   * ```
   */
  taskFillType(type: "spread" | "pack"): this;
  /**
   * What each node does before its first task, such as installing a program.
   *
   * @example
   * ```ts
   * pool("render").startTask({
   *   command: ["/bin/sh", "-c", "apt-get update && apt-get install -y ffmpeg"],
   *   elevationLevel: "admin",
   *   maxTaskRetryCount: 2,
   * });
   * ```
   */
  startTask(options: StartTaskOptions): this;
  /**
   * Names and values for whoever looks at the pool; Batch gives them no meaning. A second call replaces the first.
   *
   * @example
   * ```ts
   * pool("render").metadata({ team: "film", cost: "4711" });
   * ```
   */
  metadata(entries: Readonly<Record<string, string>>): this;
  /**
   * How long Batch tries to get the nodes of a pool of fixed size, at least 5 minutes. Default: 15 minutes. It does not
   * matter with {@link UnsizedPoolBuilder.autoscale}.
   *
   * @example
   * ```ts
   * pool("render").resizeTimeout("30m");
   * ```
   */
  resizeTimeout(timeout: Duration): this;
  /**
   * A name for people, up to 1024 characters.
   *
   * @example
   * ```ts
   * pool("render").displayName("Rendering, second floor");
   * ```
   */
  displayName(name: string): this;
  /**
   * The service's parameter, checked against the documented limits.
   *
   * @throws InvalidArgumentError that lists everything that is wrong at once
   * @example
   * ```ts
   * const parameter = pool("a").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(2).build();
   * console.log(parameter.targetDedicatedNodes); // 2
   * ```
   */
  build(): BuiltPool<Id>;
}

/** A pool of fixed size. */
export interface FixedPoolBuilder<Id extends string | undefined = string | undefined>
  extends PoolBuilder<Id> {
  /**
   * How many nodes there are that are never taken away.
   *
   * @example
   * ```ts
   * pool("render").dedicatedNodes(2).spotNodes(20);
   * ```
   */
  dedicatedNodes(count: number): this;
  /**
   * How many Spot nodes there are: cheaper, and taken away when Azure needs them. Their tasks then run again elsewhere.
   *
   * @example
   * ```ts
   * pool("render").spotNodes(20);
   * ```
   */
  spotNodes(count: number): this;
}

/** A pool that has no size yet: a fixed one and {@link UnsizedPoolBuilder.autoscale} exclude each other. */
export interface UnsizedPoolBuilder<Id extends string | undefined = string | undefined>
  extends PoolBuilder<Id> {
  /**
   * How many nodes there are that are never taken away.
   *
   * @example
   * ```ts
   * pool("render").dedicatedNodes(2);
   * ```
   */
  dedicatedNodes(count: number): FixedPoolBuilder<Id>;
  /**
   * How many Spot nodes there are: cheaper, and taken away when Azure needs them. Their tasks then run again elsewhere.
   *
   * @example
   * ```ts
   * pool("render").spotNodes(20);
   * ```
   */
  spotNodes(count: number): FixedPoolBuilder<Id>;
  /**
   * Lets the pool follow its work: as many nodes as the waiting and running tasks have slots to fill, between `min` and
   * `max`, and `min` (0 by default) when there are none. A node that is no longer needed goes when its tasks are done.
   *
   * Batch evaluates the formula once when it makes the pool, before there can be a task in it, and then every
   * `evaluationInterval`, 5 minutes at the least. A formula that looks only at tasks would therefore leave a new pool
   * without nodes for 5 minutes: this one begins with `start` nodes (1 by default), and grows to what is needed at the
   * next look. For the same reason a pool that went to 0 nodes needs up to 5 minutes to notice new tasks; `min: 1` keeps
   * one ready. While Batch knows too few samples, which may come late, the pool stays as large as it is.
   *
   * @example
   * ```ts
   * pool("render").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).autoscale({ min: 0, max: 50, nodes: "spot" });
   * ```
   */
  autoscale(options: AutoscaleOptions): PoolBuilder<Id>;
}

/**
 * Begins the description of a pool.
 *
 * @param id - the pool's id, 1 to 64 letters, digits, hyphens and underscores: the pool is made where there is none, and
 *   kept. Without an id it is the pool of one run, and goes with it.
 * @example
 * ```ts
 * const kept = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).autoscale({ max: 20 });
 * const forOneRun = pool().vmSize("Standard_F8s_v2").image(ubuntu("24.04")).spotNodes(4);
 * ```
 */
export function pool(): UnsizedPoolBuilder<undefined>;
/** The same, under an id: made where there is none, and kept. */
export function pool<Id extends string>(id: Id): UnsizedPoolBuilder<Id>;
export function pool(id?: string): UnsizedPoolBuilder {
  return new Pool({ id });
}

/** Whether a value is a pool's description, of this copy of the package or another. */
export function isPoolBuilder(value: unknown): value is PoolBuilder {
  return hasBrand(value, "PoolBuilder");
}

/** One class for all stages: the interfaces say what there is at each, and `build` refuses what plain JavaScript mixes. */
class Pool implements PoolBuilder {
  readonly #settings: PoolSettings;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    brand(this, "PoolBuilder");
  }

  get id(): string | undefined {
    return this.#settings.id;
  }

  #with(settings: Partial<PoolSettings>): this {
    return new Pool({ ...this.#settings, ...settings }) as this;
  }

  vmSize(vmSize: string): this {
    return this.#with({ vmSize });
  }

  image(image: Image): this {
    return this.#with({ image: copyOf(image) });
  }

  dedicatedNodes(dedicatedNodes: number): this {
    return this.#with({ dedicatedNodes });
  }

  spotNodes(spotNodes: number): this {
    return this.#with({ spotNodes });
  }

  autoscale(autoscale: AutoscaleOptions): this {
    return this.#with({ autoscale: copyOf(autoscale) });
  }

  taskSlotsPerNode(taskSlotsPerNode: number): this {
    return this.#with({ taskSlotsPerNode });
  }

  taskFillType(taskFillType: "spread" | "pack"): this {
    return this.#with({ taskFillType });
  }

  startTask(startTask: StartTaskOptions): this {
    return this.#with({ startTask: copyOf(startTask) });
  }

  metadata(metadata: Readonly<Record<string, string>>): this {
    return this.#with({ metadata: copyOf(metadata) });
  }

  resizeTimeout(resizeTimeout: Duration): this {
    return this.#with({ resizeTimeout });
  }

  displayName(displayName: string): this {
    return this.#with({ displayName });
  }

  build(): BuiltPool<string | undefined> {
    return poolParameter(this.#settings);
  }
}
