import { join } from "node:path";
import { jobEnvironment } from "../execution/environment.js";
import type { Service } from "../service.js";
import { jobFolder } from "../state/folders.js";
import type { JobOnNode, JobRecord } from "../state/job.js";
import type { AuxiliaryRun, NodeRecord } from "../state/node.js";
import type { CommandSpec } from "../state/specs.js";
import { limitOf } from "../wire/duration.js";
import { newAuxiliaryRun, runAuxiliary } from "./auxiliary-run.js";

const releaseLimit = 15 * 60 * 1000;

/** What a job did on a node; remembers the node from now on. */
export function jobOnNode(job: JobRecord, node: NodeRecord): JobOnNode {
  let here = job.nodes.get(node);
  if (here === undefined) {
    here = {
      node,
      preparation: undefined,
      prepared: undefined,
      preparationEnded: Promise.resolve(),
      stopPreparation() {},
      excluded: false,
      releasable: false,
      release: undefined,
    };
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
  const { maxTaskRetryCount: retries = 0, maxWallClockTime } = spec.constraints ?? {};
  const place = { job, node: here.node, id: spec.id ?? "jobpreparation" };
  const abort = new AbortController();
  here.stopPreparation = () => abort.abort();
  const life = here.node.life.signal;
  life.addEventListener("abort", here.stopPreparation, { once: true });
  const wallClock = limitOf(maxWallClockTime);
  const ended = runOnNode(service, place, spec, run, retries, wallClock, abort.signal);
  here.preparationEnded = ended.then(() => {
    life.removeEventListener("abort", here.stopPreparation);
    here.releasable = !abort.signal.aborted;
  });
  if (spec.waitForSuccess === false) return true;
  await here.preparationEnded;
  // One that was interrupted tells nothing about the node.
  if (abort.signal.aborted) return false;
  here.excluded = run.failure !== undefined;
  return !here.excluded;
}

/** Forgets the preparation on a node that restarted, where it has to run again. */
export function forgetPreparation(job: JobRecord, node: NodeRecord, reimaged: boolean): void {
  const here = job.nodes.get(node);
  if (here === undefined) return;
  if (reimaged) here.releasable = false;
  if (here.prepared === undefined) return;
  const succeeded = here.preparation?.state === "completed" && here.preparation.failure === undefined;
  if (reimaged) here.excluded = false;
  if (here.excluded) return;
  if (reimaged || !succeeded || (job.spec.jobPreparationTask?.rerunOnNodeRebootAfterSuccess ?? true)) {
    here.prepared = undefined;
  }
}

/** Ends the preparations that still run, and runs the job's release task wherever one completed. */
export async function releaseJob(service: Service, job: JobRecord): Promise<void> {
  const spec = job.spec.jobReleaseTask;
  const limit = Math.min(limitOf(spec?.maxWallClockTime), releaseLimit);
  const runs = [...job.nodes.values()].map(async (here) => {
    here.stopPreparation();
    await here.preparationEnded;
    // After a restart of the node it runs again.
    for (let interrupted = spec !== undefined; interrupted; ) {
      await here.node.restarted;
      const { signal } = here.node.life;
      if (spec === undefined || !here.releasable || signal.aborted) return;
      const run = newAuxiliaryRun(service);
      here.release = run;
      const place = { job, node: here.node, id: spec.id ?? "jobrelease" };
      await runOnNode(service, place, spec, run, 0, limit, signal);
      interrupted = signal.aborted;
    }
  });
  await Promise.all(runs);
}

function runOnNode(
  service: Service,
  { job, node, id }: { job: JobRecord; node: NodeRecord; id: string },
  spec: CommandSpec,
  run: AuxiliaryRun,
  retries: number,
  maxWallClockTime: number,
  signal: AbortSignal,
): Promise<void> {
  const directory = join(node.folders.root, jobFolder(job), id);
  return runAuxiliary(service, run, retries, {
    node,
    spec,
    directory,
    environment: jobEnvironment(service, node, directory, job, id, spec.environmentSettings),
    maxWallClockTime,
    keepChildren: false,
    signal,
  });
}
