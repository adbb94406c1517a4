import type { TaskPlace } from "../../azure/operations/tasks.js";
import type { BatchPort, CallOptions } from "../../azure/ports.js";
import type { BatchTask } from "../../azure/resources/index.js";
import type { Connection } from "../client.js";
import { missing } from "./missing.js";
import { Pace } from "./wait.js";

const PART_BYTES = 2 ** 20;

/**
 * The text of a file as a task writes it, until the task has completed and all is read. A task that runs again begins the
 * file anew, and so does the text.
 */
export async function* followText(
  { batch, engine }: Pick<Connection, "batch" | "engine">,
  task: TaskPlace,
  path: string,
  options: CallOptions,
): AsyncGenerator<string, void, undefined> {
  const pace = new Pace(engine);
  let decoder = new TextDecoder();
  let offset = 0;
  let current: BatchTask | undefined;
  const beginAnew = () => {
    offset = 0;
    decoder = new TextDecoder();
  };

  for (;;) {
    // The state before the file: what a completed task wrote is all there.
    const seen = await stateOf(batch, task, options);
    if (current !== undefined && isAnotherTry(current, seen)) beginAnew();
    current = seen;

    for (;;) {
      const bytes = await batch.files.read(task, path, { offset, length: PART_BYTES }, options);
      if (bytes === undefined || bytes.length === 0) break;
      offset += bytes.length;
      const text = decoder.decode(bytes, { stream: true });
      if (text !== "") yield text;
      pace.quicken();
    }
    if (offset > 0 && (await wasCut(batch, task, path, offset, options))) {
      // Begun anew since the state was seen: it is the next attempt's already.
      beginAnew();
      current = await stateOf(batch, task, options);
      continue;
    }
    if (seen.state === "completed") {
      const rest = decoder.decode();
      if (rest !== "") yield rest;
      return;
    }
    await pace.pause(options.signal);
  }
}

async function wasCut(
  batch: BatchPort,
  task: TaskPlace,
  path: string,
  offset: number,
  options: CallOptions,
): Promise<boolean> {
  const head = await batch.files.head(task, path, options);
  return head !== undefined && head.size < offset;
}

async function stateOf(batch: BatchPort, task: TaskPlace, options: CallOptions): Promise<BatchTask> {
  const select = ["state", "executionInfo", "nodeInfo"];
  const found = await batch.tasks.get(task, { ...options, select });
  if (found === undefined) throw missing("task", `${task.taskId} of job ${task.jobId}`);
  return found;
}

/** A task that waits tells no node: that it has one later is no other try. */
function isAnotherTry(before: BatchTask, now: BatchTask): boolean {
  const [was, is] = [before.executionInfo, now.executionInfo];
  if (was?.retryCount !== is?.retryCount || was?.requeueCount !== is?.requeueCount) return true;
  const nodes = [before.nodeInfo?.nodeId, now.nodeInfo?.nodeId];
  return !nodes.includes(undefined) && nodes[0] !== nodes[1];
}
