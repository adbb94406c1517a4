import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type CommandEnd, runCommand } from "../execution/command-run.js";
import { jobEnvironment } from "../execution/environment.js";
import { downloadResourceFiles } from "../execution/resource-files.js";
import type { Service } from "../service.js";
import { endedByUser, wallClockExceeded } from "../state/failure.js";
import { taskDirectory } from "../state/folders.js";
import type { NodeRecord } from "../state/node.js";
import type { MultiInstanceSettings } from "../state/specs.js";
import type { Attempt, SubtaskRun, TaskRun } from "../state/task.js";

// The port that Batch reserves for the programs of a multi-instance task.
const masterPort = 6000;

/** The variables by which the instances of a task find each other; none for an ordinary task. */
export function instanceEnvironment(attempt: Attempt, index: number): Record<string, string> {
  const { task, nodes } = attempt;
  if (task.spec.multiInstanceSettings === undefined) return {};
  const addresses = nodes.map((node) => node.ipAddress);
  const cores = availableParallelism();
  return {
    AZ_BATCH_HOST_LIST: addresses.join(","),
    AZ_BATCH_NODE_LIST: addresses.join(";"),
    AZ_BATCH_MASTER_NODE: `${addresses[0]}:${masterPort}`,
    AZ_BATCH_IS_CURRENT_NODE_MASTER: String(index === 0),
    AZ_BATCH_TASK_SHARED_DIR: taskDirectory(task, nodes[index]!),
    CCP_NODES: [nodes.length, ...addresses.flatMap((address) => [address, cores])].join(" "),
  };
}

/**
 * Downloads the common files of a multi-instance task and runs its coordination command on all its nodes.
 *
 * @returns how the task failed, or `undefined` when its command line may start
 */
export async function coordinate(
  service: Service,
  attempt: Attempt,
  run: TaskRun,
  environment: Record<string, string>,
  timeUp: AbortSignal,
): Promise<CommandEnd | undefined> {
  const settings = attempt.task.spec.multiInstanceSettings;
  if (settings === undefined) return undefined;
  run.subtasks = attempt.nodes.slice(1).map((node, index) => newSubtask(service, index + 1, node));
  // The first instance that fails ends the others: they might wait for it for ever.
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  attempt.abort.signal.addEventListener("abort", stop, { once: true });
  let failed: CommandEnd | undefined;
  const runOne = async (index: number, present?: Record<string, string>): Promise<CommandEnd> => {
    const end = await runInstance(service, attempt, settings, index, present, abort.signal, timeUp);
    if (abort.signal.aborted) return { exitCode: end.exitCode, failure: endedByUser };
    if (end.failure === undefined) return end;
    failed = end;
    stop();
    return end;
  };
  const primary = runOne(0, environment);
  const others = run.subtasks.map(async (subtask) => {
    changeSubtask(service, subtask, "running");
    const end = await runOne(subtask.id);
    subtask.exitCode = end.exitCode;
    subtask.failure = end.failure;
    subtask.endTime = changeSubtask(service, subtask, "completed");
  });
  await Promise.all([primary, ...others]);
  attempt.abort.signal.removeEventListener("abort", stop);
  return failed;
}

async function runInstance(
  service: Service,
  attempt: Attempt,
  settings: MultiInstanceSettings,
  index: number,
  primaryEnvironment: Record<string, string> | undefined,
  signal: AbortSignal,
  timeUp: AbortSignal,
): Promise<CommandEnd> {
  const { task } = attempt;
  const node = attempt.nodes[index]!;
  const shared = taskDirectory(task, node);
  mkdirSync(shared, { recursive: true });
  const files = settings.commonResourceFiles ?? [];
  const stop = AbortSignal.any([signal, timeUp]);
  const failure = await downloadResourceFiles(files, shared, service, stop);
  if (timeUp.aborted) return { failure: wallClockExceeded };
  if (failure !== undefined) return { failure };

  const directory = index === 0 ? shared : join(shared, String(index));
  const environment =
    primaryEnvironment ??
    jobEnvironment(service, node, directory, task.job, task.spec.id, [
      ...Object.entries(instanceEnvironment(attempt, index)).map(([name, value]) => ({ name, value })),
      ...(task.spec.environmentSettings ?? []),
    ]);
  const { containerSettings } = task.spec;
  return runCommand(service, {
    node,
    spec: {
      commandLine: settings.coordinationCommandLine,
      ...(containerSettings === undefined ? {} : { containerSettings }),
    },
    directory,
    environment,
    download: false,
    timeUp,
    // Programs it starts serve the primary until that ends.
    keepChildren: true,
    signal,
  });
}

function newSubtask(service: Service, id: number, node: NodeRecord): SubtaskRun {
  const now = service.clock.now();
  return {
    id,
    node,
    state: "preparing",
    stateChanged: now,
    previousState: undefined,
    previousStateChanged: now,
    startTime: now,
    endTime: undefined,
    exitCode: undefined,
    failure: undefined,
  };
}

function changeSubtask(service: Service, subtask: SubtaskRun, state: "running" | "completed"): number {
  const now = service.clock.now();
  subtask.previousState = subtask.state === "completed" ? undefined : subtask.state;
  subtask.previousStateChanged = subtask.stateChanged;
  subtask.state = state;
  subtask.stateChanged = now;
  return now;
}
