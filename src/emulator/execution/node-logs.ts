import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeRecord } from "../state/node.js";
import { isoTime } from "../wire/time.js";
import { blobUrl } from "./blob-container.js";
import { uploadBlob } from "./blob-upload.js";

/** Starts to upload what the node has of logs, and tells how many files these are. */
export function uploadNodeLogs(node: NodeRecord, containerUrl: string, folder: string): number {
  const file = join(node.folders.all, "agent.log");
  const url = blobUrl(containerUrl, `${folder}/agent.log`);
  void writeFile(file, logOf(node))
    .then(() => uploadBlob(url, file, {}, node.life.signal))
    // The answer was given before; whether the upload arrives shows in the container.
    .catch(() => {})
    .finally(() => rm(file, { force: true }));
  return 1;
}

function logOf(node: NodeRecord): string {
  const lines = [
    `${isoTime(node.allocated)} node ${node.id} allocated`,
    ...(node.booted === undefined ? [] : [`${isoTime(node.booted)} node booted`]),
    ...node.recentTasks.map(
      (task) => `${isoTime(task.stateChanged)} task ${task.job.id}/${task.spec.id} ${task.state}`,
    ),
    `${isoTime(node.stateChanged)} node ${node.state}`,
  ];
  return `${lines.join("\n")}\n`;
}
