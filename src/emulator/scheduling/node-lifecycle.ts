import { randomBytes } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { deployPackages } from "../execution/application-packages.js";
import { addSettings, nodeEnvironment } from "../execution/environment.js";
import { killProcessesOf } from "../execution/stray-processes.js";
import { emptyFolders, removeFolder } from "../execution/workspace.js";
import { pause, type Service, serviceWaits } from "../service.js";
import type { NodeUse } from "../state/account.js";
import { endedByUser } from "../state/failure.js";
import type { NodeRecord, StartTaskRun } from "../state/node.js";
import type { DeallocationOption, PoolRecord } from "../state/pool.js";
import type { StartTaskSpec } from "../state/specs.js";
import type { Attempt } from "../state/task.js";
import { newAuxiliaryRun, runAuxiliary } from "./auxiliary-run.js";
import { forgetPreparation } from "./job-preparation.js";
import { changeNodeState, showNodeLoad } from "./node-states.js";
import { abortAttempt, requeueTask } from "./task-attempt.js";
import { completeTask } from "./task-completion.js";

const uses = new WeakMap<NodeRecord, NodeUse>();

/** Allocates a node and boots it: it passes `creating` and `starting`, runs the start task, and takes tasks. */
export function addNode(service: Service, pool: PoolRecord, dedicated: boolean): NodeRecord {
  const now = service.clock.now();
  const node: NodeRecord = {
    id: `tvmps_${randomBytes(32).toString("hex")}_${dedicated ? "d" : "p"}`,
    pool,
    dedicated,
    ordinal: freeOrdinal(pool),
    ipAddress: service.workspace.nextAddress(),
    allocated: now,
    folders: service.workspace.createNode(),
    state: "creating",
    stateChanged: now,
    scheduling: "enabled",
    booted: undefined,
    installed: { certificateReferences: [], applicationPackageReferences: [] },
    startTask: undefined,
    errors: [],
    freeSlots: pool.taskSlotsPerNode,
    attempts: new Set(),
    totalTasksRun: 0,
    totalTasksSucceeded: 0,
    recentTasks: [],
    users: new Map(),
    retainedUntil: 0,
    auxiliaryRuns: new Set(),
    restarted: Promise.resolve(),
    leaving: undefined,
    life: new AbortController(),
  };
  pool.nodes.set(node.id, node);
  const use: NodeUse = { poolId: pool.id, vmSize: pool.spec.vmSize, dedicated, from: now, to: undefined };
  service.account.nodeUses.push(use);
  uses.set(node, use);
  service.inBackground(createAndBoot(service, node));
  return node;
}

function freeOrdinal(pool: PoolRecord): number {
  const taken = new Set([...pool.nodes.values()].map((node) => node.ordinal));
  let ordinal = 0;
  while (taken.has(ordinal)) ordinal += 1;
  return ordinal;
}

async function createAndBoot(service: Service, node: NodeRecord): Promise<void> {
  changeNodeState(service, node, "creating");
  if (!(await pause(service, serviceWaits.nodeCreation, node.life.signal))) return;
  await bootNode(service, node);
}

/** Starts a node whose machine exists: after its creation, and again after a restart. */
async function bootNode(service: Service, node: NodeRecord): Promise<void> {
  const { signal } = node.life;
  changeNodeState(service, node, "starting");
  if (!(await pause(service, serviceWaits.nodeStart, signal))) return;
  node.booted = service.clock.now();
  const { certificateReferences = [], applicationPackageReferences = [], startTask } = node.pool.spec;
  node.errors = [];
  node.installed = { certificateReferences, applicationPackageReferences };
  if (!(await deployPoolPackages(service, node))) return;

  if (startTask !== undefined) {
    const ended = runStartTask(service, node, startTask);
    if (startTask.waitForSuccess ?? true) {
      changeNodeState(service, node, "waitingforstarttask");
      await ended;
      if (signal.aborted) return;
      if (node.startTask?.failure !== undefined) {
        changeNodeState(service, node, "starttaskfailed");
        return;
      }
    }
  }
  openToTasks(service, node);
}

async function deployPoolPackages(service: Service, node: NodeRecord): Promise<boolean> {
  const { applicationPackageReferences } = node.installed;
  const deployment = await deployPackages(service.applications, node, applicationPackageReferences);
  if (node.life.signal.aborted) return false;
  if (deployment.kind === "deployed") return true;
  const { code, message, details = [] } = deployment.failure;
  node.errors = [{ code, message, errorDetails: details }];
  changeNodeState(service, node, "unusable");
  return false;
}

/** Lets a node take tasks, unless its scheduling is disabled or it is about to leave. */
export function openToTasks(service: Service, node: NodeRecord): void {
  if (node.leaving !== undefined) return;
  if (node.scheduling === "disabled") {
    changeNodeState(service, node, node.attempts.size > 0 ? "running" : "offline");
    return;
  }
  changeNodeState(service, node, node.attempts.size > 0 ? "running" : "idle");
  node.pool.slots.put(node);
  service.events.poolHasWork(node.pool);
}

async function runStartTask(service: Service, node: NodeRecord, spec: StartTaskSpec): Promise<void> {
  const run: StartTaskRun = { spec, ...newAuxiliaryRun(service) };
  node.startTask = run;
  const directory = join(node.folders.root, "startup");
  const environment = nodeEnvironment(service, node, directory);
  const packages = await deployPackages(
    service.applications,
    node,
    node.installed.applicationPackageReferences,
  );
  if (packages.kind === "deployed") Object.assign(environment, packages.environment);
  addSettings(environment, spec.environmentSettings);
  await runAuxiliary(service, run, spec.maxTaskRetryCount ?? 0, {
    node,
    spec,
    directory,
    environment,
    maxWallClockTime: Number.POSITIVE_INFINITY,
    keepChildren: true,
    signal: node.life.signal,
  });
}

/** Takes all work from a node as the option says; resolves when nothing runs on it any more. */
async function emptyNode(service: Service, node: NodeRecord, option: DeallocationOption): Promise<void> {
  node.pool.slots.remove(node);
  const attempts = [...node.attempts];
  for (const attempt of attempts) interrupt(service, attempt, option);
  await Promise.all(attempts.map((attempt) => attempt.ended));
}

/** Keeps new tasks away from a node, and takes those it has as the option says. */
export function disableScheduling(service: Service, node: NodeRecord, option: DeallocationOption): void {
  node.scheduling = "disabled";
  service.inBackground(emptyNode(service, node, option).then(() => showNodeLoad(service, node)));
}

function interrupt(service: Service, attempt: Attempt, option: DeallocationOption): void {
  // An attempt that no longer belongs to its task was interrupted before, and is on its way out.
  if (option === "taskcompletion" || option === "retaineddata" || attempt.task.attempt !== attempt) return;
  if (option === "requeue") {
    requeueTask(service, attempt, "byRequest");
    return;
  }
  abortAttempt(attempt);
  completeTask(service, attempt.task, { failure: endedByUser });
}

/** Ends everything that still runs on a node: start, preparation and release tasks, and what they left behind. */
export async function stopNode(node: NodeRecord): Promise<void> {
  node.life.abort();
  await Promise.all(node.auxiliaryRuns);
  const { root } = node.folders;
  await killProcessesOf({ variable: "AZ_BATCH_NODE_ROOT_DIR", value: root, folder: root });
}

/** Removes a node from its pool, with its files. A node that leaves already does so faster if this option is. */
export function removeNode(service: Service, node: NodeRecord, option: DeallocationOption): Promise<void> {
  const emptied = emptyNode(service, node, option);
  node.leaving ??= leavePoolWith(service, node, emptied, option);
  return node.leaving;
}

async function leavePoolWith(
  service: Service,
  node: NodeRecord,
  emptied: Promise<void>,
  option: DeallocationOption,
): Promise<void> {
  changeNodeState(service, node, "leavingpool");
  await emptied;
  if (option === "retaineddata") await retentionEnded(service, node);
  await stopNode(node);
  node.pool.nodes.delete(node.id);
  const use = uses.get(node);
  if (use !== undefined) use.to = service.clock.now();
  const discarded = `${node.folders.all}.gone`;
  renameSync(node.folders.all, discarded);
  await removeFolder(discarded);
}

function retentionEnded(service: Service, node: NodeRecord): Promise<void> {
  return new Promise((resolve) => {
    const timer = service.clock.after(Math.max(0, node.retainedUntil - Date.now()), resolve);
    node.life.signal.addEventListener("abort", () => {
      timer.cancel();
      resolve();
    });
  });
}

/** Restarts a node; reimaging also takes its files away. */
export function restartNode(
  service: Service,
  node: NodeRecord,
  kind: "rebooting" | "reimaging",
  option: DeallocationOption,
): void {
  changeNodeState(service, node, kind);
  node.restarted = restart(service, node, kind, option);
  service.inBackground(node.restarted);
}

async function restart(
  service: Service,
  node: NodeRecord,
  kind: "rebooting" | "reimaging",
  option: DeallocationOption,
): Promise<void> {
  await emptyNode(service, node, option);
  if (option === "retaineddata") await retentionEnded(service, node);
  if (node.state !== kind) return;
  await stopNode(node);
  if (!(await renewLife(service, node, serviceWaits.nodeRestart))) return;
  if (kind === "reimaging") await renewMachine(node);
  for (const job of node.pool.jobs) forgetPreparation(job, node, kind === "reimaging");
  await bootNode(service, node);
}

/** Takes a Spot node's machine away, as Azure does. Its tasks wait again; later another machine takes its place. */
export function preemptNode(service: Service, node: NodeRecord): void {
  changeNodeState(service, node, "preempted");
  node.pool.slots.remove(node);
  const attempts = [...node.attempts];
  for (const attempt of attempts) {
    if (attempt.task.attempt === attempt) requeueTask(service, attempt, "bySystem");
  }
  node.restarted = replaceMachine(service, node, attempts);
  service.inBackground(node.restarted);
}

async function replaceMachine(service: Service, node: NodeRecord, attempts: Attempt[]): Promise<void> {
  await Promise.all(attempts.map((attempt) => attempt.ended));
  await stopNode(node);
  if (node.state !== "preempted") return;
  await renewMachine(node);
  if (!(await renewLife(service, node, serviceWaits.nodeReplacement))) return;
  node.booted = undefined;
  for (const job of node.pool.jobs) forgetPreparation(job, node, true);
  await createAndBoot(service, node);
}

/** Takes away what a machine had: its files, its packages, which are known by the folders, and its users. */
async function renewMachine(node: NodeRecord): Promise<void> {
  await emptyFolders(node.folders);
  node.folders = { ...node.folders };
  node.users.clear();
}

/** Gives a stopped node another life after a wait; `false` when it left its pool meanwhile. */
async function renewLife(service: Service, node: NodeRecord, wait: number): Promise<boolean> {
  const { state } = node;
  node.life = new AbortController();
  return (await pause(service, wait, node.life.signal)) && node.state === state;
}
