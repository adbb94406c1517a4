import type { Duration } from "../builders/duration.js";
import type { JobBuilder } from "../builders/job.js";
import type { PoolBuilder } from "../builders/pool.js";

import type { BatchParallel } from "./connect.js";
import type { RunProgress } from "./run.js";

/** A file brought to every node, linked into each item's working directory. */
export type RunFile =
  /** A path on this computer; its base name is the name on the node. */
  | string
  | {
      readonly path: string;
      /** Its name on the node: a relative path with `/`. */
      readonly as: string;
    };

/**
 * Options of {@link runParallel}. All are optional; a name that is not here is refused.
 */
export interface RunOptions<S = undefined> {
  /** The accounts to use. Default: those of the environment, else the local engine. */
  readonly client?: BatchParallel;
  /** The run's id: names its job and its container. `[a-z0-9](-?[a-z0-9])*`, at most 40 characters. Default: made up. */
  readonly id?: string;
  /**
   * Where the tasks run: the id of an existing pool, which is never changed or deleted; or a pool builder: `pool()` makes an
   * auto pool that ends with the run, `pool("id")` makes sure that such a pool exists, and leaves it.
   * Default: a small autoscaled auto pool on an account, this computer's cores on the local engine.
   */
  readonly pool?: string | PoolBuilder;
  /**
   * What else the run's job shall have: its id is the run's where `id` is not given, its `maxWallClockTime` the `deadline`.
   * The run has its own pool, preparation task and end: a job that says something about them is refused.
   */
  readonly job?: JobBuilder<string | undefined, undefined>;
  /** Items a task; `"auto"` (default) measures items and sizes tasks so that they are neither tiny nor uneven. */
  readonly chunkSize?: number | "auto";
  /** How often an item that failed is tried again. Default 0. */
  readonly retries?: number;
  /** How long an attempt of an item may take. Default: no limit. */
  readonly timeout?: Duration;
  /** How long the run may take, enforced by the service as well. Default 24 hours. */
  readonly deadline?: Duration;
  /** `"continue"` (default): every item gets its outcome. `"stop"`: the first failed item cancels the rest. */
  readonly onError?: "continue" | "stop";
  /** One value shipped to each node once; functions read it as `ctx.shared`. */
  readonly shared?: S;
  /** Files brought to each node once, and linked into each item's working directory. */
  readonly files?: readonly RunFile[];
  /** Packages that each node gets before its first item, beside those it has. Default: none. */
  readonly packages?: RunPackages;
  /**
   * Keeps files of more than 64 KiB that the run brings to its nodes for later runs, under their content's hash, in a container
   * of this name (`true`: `azure-batch-parallel-cache`). A run then gets by a copy within Blob Storage what an earlier one has
   * uploaded. The container stays, and costs what it holds, until `sweep()` deletes the files that no run has used for long.
   * Default: `false`.
   */
  readonly cache?: boolean | string;
  /** Environment variables of functions and programs on the nodes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Processes (or programs at once) a task runs. Default: the node's cores divided by its task slots. */
  readonly workersPerTask?: number;
  /**
   * Requests of task submission under way at once, at most. Default 16. There are fewer while the service is too busy for
   * as many: their number follows what it takes.
   */
  readonly submitConcurrency?: number;
  /** The job's priority among those of its pool, -1000 to 1000. Default 0. */
  readonly priority?: number;
  /** How many of the run's tasks may run at once. Default: as many as the pool has slots for. */
  readonly maxParallelTasks?: number;
  /** Metadata of the job. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal;
  /** `true` shows a line of progress on standard error; a function is called as by `run.onProgress`. Default `false`. */
  readonly progress?: boolean | ((progress: RunProgress) => void);
  /**
   * What happens to the run's job and storage: `"never"` (default) they go after the first full read, or at dispose;
   * `"on-failure"` they stay if an item failed; `"always"` they stay. The local engine's go with the process anyway.
   */
  readonly keep?: "never" | "on-failure" | "always";
  /**
   * The Node.js archive for nodes that have none, a `.tar.gz` or `.tar.xz` laid out as on nodejs.org. Default: a pinned
   * release of this process's major version (in Deno and Bun, of Node.js 24), from nodejs.org.
   */
  readonly nodeArchive?: NodeArchive;
}

/**
 * Packages for the nodes: npm's alone, or npm's and the system's. What cannot be installed rejects the run with a
 * {@link PoolError} that has the installer's words.
 *
 * @example
 * ```ts
 * const packages: RunPackages = { npm: ["lodash@4.17.21"], apt: ["ffmpeg"] };
 * ```
 */
export type RunPackages =
  | readonly string[]
  | {
      /**
       * Packages of npm's registry with a version, a range or a tag, or paths of archives that `npm pack` made here. They are
       * installed once a node, and later runs with the same ones share them. Functions and modules `import()` them by name,
       * CommonJS programs find them by `NODE_PATH`, their programs are on the PATH. Pin versions: nodes that join later get the
       * same ones. Another registry is named by the run's option `env`, as `npm_config_registry`.
       */
      readonly npm?: readonly string[];
      /**
       * Packages of Debian or Ubuntu, with `=` and a version or without. On an account they are installed by the preparation
       * task as administrator. On this computer nothing is ever installed: the run is rejected where one is missing.
       */
      readonly apt?: readonly string[];
    };

/** A Node.js release to download. */
export interface NodeArchive {
  /** Where nodes download the archive. */
  readonly url: string;
  /** The archive's SHA-256, in hexadecimal. An archive with another is refused. */
  readonly sha256: string;
}
