import { join } from "node:path";
import { runCommand } from "../execution/command-run.js";
import { jobEnvironment } from "../execution/environment.js";
import type { Service } from "../service.js";
import { jobFolder } from "../state/folders.js";
import type { AuxiliaryRun, JobOnNode, JobRecord } from "../state/job.js";
import type { NodeRecord } from "../state/node.js";
import type { CommandSpec } from "../state/specs.js";
import { parseDuration } from "../wire/duration.js";

const releaseLimit = 15 * 60 * 1000;

/** What a job did on a node; remembers the node from now on. */
export function jobOnNode(job: JobRecord, node: NodeRecord): JobOnNode {
  let here = job.nodes.get(node);
  if (here === undefined) {
    here = { node, preparation: undefined, prepared: undefined, excluded: false, release: undefined };
    job.nodes.set(node, here);
  }
  return here;
}

/** Runs the job's preparation task on a node, once for all tasks that wait for it; tells whether tasks may run. */
export function prepareJob(service: Service, job: JobRecord, node: NodeRecord): Promise<boolean> {
  const here = jobOnNode(job, node);
  here.prepared ??= runPreparation(service, job, here);
  return here.prepared;
}

async function runPreparation(service: Service, job: JobRecord, here: JobOnNode): Promise<boolean> {
  const spec = job.spec.jobPreparationTask!;
  const run = newAuxiliaryRun(service);
  here.preparation = run;
  const retries = spec.constraints?.maxTaskRetryCount ?? 0;
  const limit = parseDuration(spec.constraints?.maxWallClockTime ?? "") ?? Number.POSITIVE_INFINITY;
  const ended = runWithRetries(
    service,
    job,
    here.node,
    spec,
    spec.id ?? "jobpreparation",
    run,
    retries,
    limit,
  );
  if (spec.waitForSuccess === false) return true;
  await ended;
  here.excluded = run.failure !== undefined;
  return !here.excluded;
}

/** Runs the job's release task on every node where its preparation completed and which is still there. */
export async function releaseJob(service: Service, job: JobRecord): Promise<void> {
  const spec = job.spec.jobReleaseTask;
  if (spec === undefined) return;
  const limit = Math.min(parseDuration(spec.maxWallClockTime ?? "") ?? releaseLimit, releaseLimit);
  const runs = [...job.nodes.values()].map(async (here) => {
    await here.prepared;
    if (here.preparation?.state !== "completed" || here.node.life.signal.aborted) return;
    const run = newAuxiliaryRun(service);
    here.release = run;
    await runWithRetries(service, job, here.node, spec, spec.id ?? "jobrelease", run, 0, limit);
  });
  await Promise.all(runs);
}

async function runWithRetries(
  service: Service,
  job: JobRecord,
  node: NodeRecord,
  spec: CommandSpec,
  id: string,
  run: AuxiliaryRun,
  retries: number,
  maxWallClockTime: number,
): Promise<void> {
  const directory = join(node.folders.root, jobFolder(job), id);
  const environment = jobEnvironment(service, node, directory, job, id, spec.environmentSettings);
  for (;;) {
    const end = await runCommand(service, {
      spec,
      directory,
      environment,
      download: run.retryCount === 0,
      maxWallClockTime,
      keepChildren: false,
      signal: node.life.signal,
    });
    const retry = end.exitCode !== undefined && end.failure !== undefined && !node.life.signal.aborted;
    if (retry && (retries < 0 || run.retryCount < retries)) {
      run.retryCount += 1;
      run.lastRetryTime = service.clock.now();
      continue;
    }
    run.state = "completed";
    run.endTime = service.clock.now();
    run.exitCode = end.exitCode;
    run.failure = end.failure;
    return;
  }
}

function newAuxiliaryRun(service: Service): AuxiliaryRun {
  return {
    state: "running",
    startTime: service.clock.now(),
    endTime: undefined,
    exitCode: undefined,
    failure: undefined,
    retryCount: 0,
    lastRetryTime: undefined,
  };
}
