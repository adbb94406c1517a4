import { jobFolder, shownPath } from "../state/folders.js";
import type { JobOnNode, JobRecord } from "../state/job.js";
import type { AuxiliaryRun, NodeRecord } from "../state/node.js";
import type { JsonObject } from "../wire/json.js";
import { isoTime } from "../wire/time.js";
import { failureView, resultOf, time } from "./common.js";

/** What a job's preparation and release tasks did on one node. */
export function jobOnNodeView(baseUrl: string, job: JobRecord, here: JobOnNode): JsonObject {
  const { node } = here;
  const nodeUrl = `${baseUrl}/pools/${node.pool.id}/nodes/${node.id}`;
  const preparationId = job.spec.jobPreparationTask?.id ?? "jobpreparation";
  const releaseId = job.spec.jobReleaseTask?.id ?? "jobrelease";
  return {
    poolId: node.pool.id,
    nodeId: node.id,
    nodeUrl,
    jobPreparationTaskExecutionInfo:
      here.preparation === undefined
        ? undefined
        : runView(here.preparation, node, nodeUrl, `${jobFolder(job)}/${preparationId}`, true),
    jobReleaseTaskExecutionInfo:
      here.release === undefined
        ? undefined
        : runView(here.release, node, nodeUrl, `${jobFolder(job)}/${releaseId}`, false),
  };
}

function runView(
  run: AuxiliaryRun,
  node: NodeRecord,
  nodeUrl: string,
  folder: string,
  retried: boolean,
): JsonObject {
  return {
    state: run.state,
    startTime: isoTime(run.startTime),
    endTime: time(run.endTime),
    taskRootDirectory: shownPath(node.pool, folder),
    taskRootDirectoryUrl: `${nodeUrl}/files/${folder}`,
    exitCode: run.exitCode,
    failureInfo: failureView(run.failure),
    retryCount: retried ? run.retryCount : undefined,
    lastRetryTime: retried ? time(run.lastRetryTime) : undefined,
    result: resultOf(run.state === "completed", run.failure),
  };
}
