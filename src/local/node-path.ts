import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { nodeExecutable } from "./node-executable.js";

const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * The PATH of local compute nodes: a clean system's, like a Batch image's, and not the user's. Only where this process's
 * Node.js or Python live elsewhere on this computer (a version manager's folder), that folder comes last: the system may
 * have a Node.js too, and an older one.
 */
export function localNodePath(userPath = process.env.PATH ?? ""): string {
  const userFolders = userPath.split(delimiter).filter((folder) => folder !== "");
  const folders = [...SYSTEM_FOLDERS];
  const add = (folder: string) => {
    if (!folders.includes(folder)) folders.push(folder);
  };
  const addFolderOf = (program: string, candidates: readonly string[]) => {
    if (folders.some((folder) => isExecutable(join(folder, program)))) return;
    const found = candidates.find((folder) => isExecutable(join(folder, program)));
    if (found !== undefined) add(found);
  };
  const ownFolder = dirname(nodeExecutable());
  if (isExecutable(join(ownFolder, "node"))) add(ownFolder);
  addFolderOf("node", userFolders);
  addFolderOf("python3", userFolders);
  return folders.join(delimiter);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
