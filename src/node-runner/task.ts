import { join } from "node:path";
import {
  CHUNK_SETTING,
  type ChunkSettings,
  PREPARED,
  RUN_SETTING,
  type RunSettings,
} from "../protocol/task-settings.js";

/** What begins the name of every environment setting that the client makes; none is for the user's code. */
const SETTING_PREFIX = "AZURE_BATCH_PARALLEL_";

/** This task, as its environment describes it. */
export interface Task {
  readonly run: RunSettings;
  readonly chunk: ChunkSettings;
  /** The compute node's id. */
  readonly node: string;
  /** The folder that job preparation filled. */
  readonly prepared: string;
  /** The folder of the run's files. */
  readonly files: string;
  /** The task's working directory. */
  readonly folder: string;
  /** Where items get their working directories. */
  readonly itemFolders: string;
  /** The node's environment without the client's settings, which hold the SAS. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads the task from its environment. */
export function readTask(environment: NodeJS.ProcessEnv): Task {
  const prepared = required(environment, "AZ_BATCH_JOB_PREP_WORKING_DIR");
  const folder = required(environment, "AZ_BATCH_TASK_WORKING_DIR");
  const run = setting<RunSettings>(environment, RUN_SETTING);
  return {
    run,
    chunk: setting<ChunkSettings>(environment, CHUNK_SETTING),
    node: required(environment, "AZ_BATCH_NODE_ID"),
    prepared,
    files: join(prepared, PREPARED.files),
    folder,
    itemFolders: join(folder, "items"),
    environment: withInstalls(withoutSettings(environment), run.installs, prepared),
  };
}

function setting<T>(environment: NodeJS.ProcessEnv, name: string): T {
  const text = required(environment, name);
  try {
    return JSON.parse(text) as T;
  } catch {
    // The parser's own message quotes the setting, and the setting holds the SAS.
    throw new Error(`The environment setting ${name} is not JSON.`);
  }
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "") {
    throw new Error(
      `The environment setting ${name} is missing: the node runner is started by a Batch task.`,
    );
  }
  return value;
}

function withoutSettings(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith(SETTING_PREFIX));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** What preparation has installed comes before what the node has. */
function withInstalls(
  environment: Record<string, string>,
  installs: RunSettings["installs"],
  prepared: string,
): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin" } = environment;
  const modules = join(prepared, PREPARED.modules);
  const venv = join(prepared, PREPARED.venv);
  const npm = installs.includes("npm");
  const python = installs.includes("python");
  const folders = [...(python ? [join(venv, "bin")] : []), ...(npm ? [join(modules, ".bin")] : [])];
  return {
    ...environment,
    ...(folders.length > 0 && { PATH: [...folders, PATH].join(":") }),
    ...(python && { VIRTUAL_ENV: venv }),
    ...(npm && {
      NODE_PATH: environment.NODE_PATH === undefined ? modules : `${modules}:${environment.NODE_PATH}`,
    }),
  };
}
