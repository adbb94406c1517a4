import { randomBytes } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../execution/command-run.js";
import { addSettings, nodeEnvironment } from "../execution/environment.js";
import { killProcessesWith } from "../execution/stray-processes.js";
import { removeFolder } from "../execution/workspace.js";
import { pause, type Service, serviceWaits } from "../service.js";
import { endedByUser } from "../state/failure.js";
import type { NodeRecord, StartTaskRun } from "../state/node.js";
import type { DeallocationOption, PoolRecord } from "../state/pool.js";
import type { StartTaskSpec } from "../state/specs.js";
import type { Attempt } from "../state/task.js";
import { changeNodeState } from "./node-states.js";
import { abortAttempt, requeueTask } from "./task-attempt.js";
import { completeTask } from "./task-completion.js";

/** Allocates a node and boots it: it passes `creating` and `starting`, runs the start task, and takes tasks. */
export function addNode(service: Service, pool: PoolRecord, dedicated: boolean): NodeRecord {
  const now = service.clock.now();
  const address = pool.nextAddress++;
  const node: NodeRecord = {
    id: `tvmps_${randomBytes(32).toString("hex")}_${dedicated ? "d" : "p"}`,
    pool,
    dedicated,
    ipAddress: `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`,
    allocated: now,
    folders: service.workspace.createNode(),
    state: "creating",
    stateChanged: now,
    scheduling: "enabled",
    booted: undefined,
    startTask: undefined,
    freeSlots: pool.taskSlotsPerNode,
    attempts: new Set(),
    totalTasksRun: 0,
    totalTasksSucceeded: 0,
    recentTasks: [],
    life: new AbortController(),
  };
  pool.nodes.set(node.id, node);
  void createAndBoot(service, node);
  return node;
}

async function createAndBoot(service: Service, node: NodeRecord): Promise<void> {
  if (!(await pause(service, serviceWaits.nodeCreation, node.life.signal))) return;
  await bootNode(service, node);
}

/** Starts a node whose machine exists: after its creation, and again after a reboot. */
export async function bootNode(service: Service, node: NodeRecord): Promise<void> {
  const { signal } = node.life;
  changeNodeState(service, node, "starting");
  if (!(await pause(service, serviceWaits.nodeStart, signal))) return;
  node.booted = service.clock.now();

  const startTask = node.pool.spec.startTask;
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

/** Lets a node take tasks. */
export function openToTasks(service: Service, node: NodeRecord): void {
  changeNodeState(service, node, node.attempts.size > 0 ? "running" : "idle");
  node.pool.slots.put(node);
  service.events.poolHasWork(node.pool);
}

async function runStartTask(service: Service, node: NodeRecord, spec: StartTaskSpec): Promise<void> {
  const { signal } = node.life;
  const run: StartTaskRun = {
    spec,
    state: "running",
    startTime: service.clock.now(),
    endTime: undefined,
    exitCode: undefined,
    failure: undefined,
    retryCount: 0,
    lastRetryTime: undefined,
  };
  node.startTask = run;
  const directory = join(node.folders.root, "startup");
  const environment = nodeEnvironment(service, node, directory);
  addSettings(environment, spec.environmentSettings);
  const retries = spec.maxTaskRetryCount ?? 0;
  for (;;) {
    const end = await runCommand(service, {
      spec,
      directory,
      environment,
      download: run.retryCount === 0,
      maxWallClockTime: Number.POSITIVE_INFINITY,
      keepChildren: true,
      signal,
    });
    if (signal.aborted) return;
    const failedByExitCode = end.exitCode !== undefined && end.failure !== undefined;
    if (failedByExitCode && (retries < 0 || run.retryCount < retries)) {
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

/** Takes all work from a node as the option says; resolves when nothing runs on it any more. */
export async function emptyNode(
  service: Service,
  node: NodeRecord,
  option: DeallocationOption,
): Promise<void> {
  node.pool.slots.remove(node);
  const attempts = [...node.attempts];
  for (const attempt of attempts) interrupt(service, attempt, option);
  await Promise.all(attempts.map((attempt) => attempt.ended));
}

function interrupt(service: Service, attempt: Attempt, option: DeallocationOption): void {
  // An attempt that no longer belongs to its task was interrupted before, and is on its way out.
  if (option === "taskcompletion" || option === "retaineddata" || attempt.task.attempt !== attempt) return;
  if (option === "requeue") {
    requeueTask(service, attempt);
    return;
  }
  abortAttempt(attempt);
  completeTask(service, attempt.task, { failure: endedByUser });
}

/** Ends everything that still runs on a node: start, preparation and release tasks, and what they left behind. */
export async function stopNode(node: NodeRecord): Promise<void> {
  node.life.abort();
  await killProcessesWith(`AZ_BATCH_NODE_ROOT_DIR=${node.folders.root}`);
}

/** Removes a node from its pool, with its files. */
export async function removeNode(
  service: Service,
  node: NodeRecord,
  option: DeallocationOption,
): Promise<void> {
  changeNodeState(service, node, "leavingpool");
  await emptyNode(service, node, option);
  await stopNode(node);
  node.pool.nodes.delete(node.id);
  const discarded = `${node.folders.all}.gone`;
  renameSync(node.folders.all, discarded);
  await removeFolder(discarded);
}
