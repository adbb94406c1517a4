/*
 * What the client tells the node runner: one setting for the whole run on the job, one for the chunk on the task. Both
 * are JSON in environment settings, so that every task of every run has the same command line.
 */

/** The job's environment setting that holds {@link RunSettings}. */
export const RUN_SETTING = "AZURE_BATCH_PARALLEL_RUN";
/** The task's environment setting that holds {@link ChunkSettings}. */
export const CHUNK_SETTING = "AZURE_BATCH_PARALLEL_CHUNK";

/** Names of the files that job preparation leaves in its working directory (`AZ_BATCH_JOB_PREP_WORKING_DIR`). */
export const PREPARED = {
  /** A link to the Node.js that runs the node runner. */
  node: "node",
  /** The node runner. */
  runner: "runner.cjs",
  /** The module whose default export is the run's function; absent for commands. */
  work: "work.mjs",
  /** The encoded value of the option `shared`; absent where it was not given. */
  shared: "shared.json",
  /** The folder of the run's `files` (and of a Python script). */
  files: "files",
  /** The folder of the requirements of a Python script. */
  requirements: "requirements",
  /** A link to the virtual environment that has them. */
  venv: "venv",
  /** A link to the folder of the run's npm packages, where modules in this folder find them. */
  modules: "node_modules",
  /** The folder of what npm installs, by names and as archives. */
  packages: "packages",
  /** The folder of what stages bring; each has a folder of its own there. */
  stages: "stages",
} as const;

/** The run's part of what a task must know. */
export interface RunSettings {
  readonly version: 1;
  readonly runId: string;
  readonly work: "function" | "command";
  /** The run's container with a SAS that may read: `https://account.blob…/container?sv=…`. */
  readonly inputUrl: string;
  /** The same container with a SAS that may create and read, and nothing else. */
  readonly outputUrl: string;
  /** The resource id of the managed identity that signs in to the container; then the two URLs have no SAS. */
  readonly nodeIdentity?: string;
  /** How often an item that failed is tried again. */
  readonly retries: number;
  /** Milliseconds an attempt of an item may take; absent for no limit. */
  readonly timeout?: number;
  /** Processes (or commands at once) a task runs; absent: the node's cores divided by `taskSlotsPerNode`. */
  readonly workers?: number;
  readonly taskSlotsPerNode: number;
  /** The relative names of the run's files below {@link PREPARED.files}, linked into every item's working directory. */
  readonly files: readonly string[];
  /** Whether a failed item ends the run: the task then gives back what it has and starts nothing more. */
  readonly stopOnFailure: boolean;
  /** What preparation has installed beside Node.js, for the PATH of functions and programs. */
  readonly installs: readonly ("python" | "npm")[];
}

/**
 * What a stage that goes on with the results of another one differs in from the run that the job was made for. It lies in a
 * blob of the run's container, as such a stage may come when the job is there already.
 */
export interface StageSettings
  extends Pick<RunSettings, "work" | "retries" | "timeout" | "workers" | "files" | "stopOnFailure"> {
  /** Environment settings of its functions and programs, beside the run's. */
  readonly env: Readonly<Record<string, string>>;
  /** What job preparation would bring: blobs, by the names of {@link PREPARED}. */
  readonly assets: readonly { readonly name: string; readonly blob: string }[];
}

/** Where a chunk's encoded items are. */
export type ChunkInput =
  /** In the setting itself: the encoded items, a line each. */
  | { readonly kind: "inline"; readonly lines: string }
  /** In a blob of the run's container: `length` bytes from `offset` on. */
  | { readonly kind: "blob"; readonly blob: string; readonly offset: number; readonly length: number }
  | OutcomesInput;

/** The items are what other chunks of the run gave: the outcomes of the items `from` to `from + count - 1`. */
export interface OutcomesInput {
  readonly kind: "outcomes";
  /** The chunks that hold them, each with the index of its first item. */
  readonly chunks: readonly { readonly chunk: number; readonly start: number }[];
  readonly from: number;
  readonly count: number;
  /** How the chunk is made of them; absent where each outcome is an item of its own, in the same place. */
  readonly fold?: {
    /** Whether the outcomes come of folding themselves: lists with one value, or with none. */
    readonly nested: boolean;
    /** Whether the value that folding begins with comes before them. */
    readonly first: boolean;
    /** Whether an item that failed is left out. */
    readonly skipFailed: boolean;
    /** Items that will never have an outcome: index and count of each gap. */
    readonly lost: readonly (readonly [start: number, count: number])[];
  };
}

/** The task's part of what a task must know. */
export interface ChunkSettings {
  /** The chunk's number, from 0. */
  readonly chunk: number;
  /** The index of its first item in the run's input. */
  readonly start: number;
  /** How many items it holds: `start` to `start + count - 1`. */
  readonly count: number;
  readonly input: ChunkInput;
  /** The blob with the {@link StageSettings}; absent for chunks of the run that the job was made for. */
  readonly stage?: string;
}
