import { join } from "node:path";
import type { Service } from "../service.js";
import { jobFolder } from "../state/folders.js";
import type { JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { EnvironmentSetting } from "../state/specs.js";
import { METADATA_PLACE } from "./managed-identities.js";

/** The environment of a program on a node: nothing of the emulator's own environment is in it. */
export function nodeEnvironment(
  service: Service,
  node: NodeRecord,
  directory: string,
): Record<string, string> {
  const { folders } = node;
  return {
    ...(service.metadataService === undefined ? {} : { [METADATA_PLACE]: service.metadataService }),
    PATH: service.taskPath,
    HOME: folders.home,
    LANG: "C.UTF-8",
    TMPDIR: folders.temporary,
    USER: "_azbatch",
    AZ_BATCH_ACCOUNT_NAME: service.accountName,
    AZ_BATCH_ACCOUNT_URL: service.url,
    AZ_BATCH_CERTIFICATES_DIR: join(directory, "certs"),
    AZ_BATCH_NODE_ID: node.id,
    AZ_BATCH_NODE_IS_DEDICATED: String(node.dedicated),
    AZ_BATCH_NODE_MOUNTS_DIR: join(folders.root, "fsmounts"),
    AZ_BATCH_NODE_ROOT_DIR: folders.root,
    AZ_BATCH_NODE_SHARED_DIR: join(folders.root, "shared"),
    AZ_BATCH_NODE_STARTUP_DIR: join(folders.root, "startup"),
    AZ_BATCH_POOL_ID: node.pool.id,
    AZ_BATCH_TASK_DIR: directory,
    AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES: "1000000000",
    AZ_BATCH_TASK_WORKING_DIR: join(directory, "wd"),
  };
}

/** What tasks of a job, its preparation and its release have beyond that. The settings come last and win. */
export function jobEnvironment(
  service: Service,
  node: NodeRecord,
  directory: string,
  job: JobRecord,
  taskId: string,
  settings: readonly EnvironmentSetting[] | undefined,
): Record<string, string> {
  const environment = nodeEnvironment(service, node, directory);
  environment.AZ_BATCH_JOB_ID = job.id;
  environment.AZ_BATCH_TASK_ID = taskId;
  const preparation = job.spec.jobPreparationTask;
  const preparationId = preparation?.id ?? "jobpreparation";
  // The preparation itself does not have these: there the task's own directories are the same.
  if (preparation !== undefined && taskId !== preparationId) {
    const folder = join(node.folders.root, jobFolder(job), preparationId);
    environment.AZ_BATCH_JOB_PREP_DIR = folder;
    environment.AZ_BATCH_JOB_PREP_WORKING_DIR = join(folder, "wd");
  }
  addSettings(environment, job.spec.commonEnvironmentSettings);
  addSettings(environment, settings);
  return environment;
}

/** Adds environment settings, which may replace what is there. */
export function addSettings(
  environment: Record<string, string>,
  settings: readonly EnvironmentSetting[] | undefined,
): void {
  for (const { name, value } of settings ?? []) environment[name] = value ?? "";
}
