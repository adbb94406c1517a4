import { mkdirSync, mkdtempSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeFolders } from "../state/node.js";

/** The one folder that holds everything the emulator writes. */
export interface Workspace {
  readonly root: string;
  /** One empty file for each process group that runs, named by its id; the guardian reads them. */
  readonly groups: string;
  /** Makes the folders of a new node. */
  createNode(): NodeFolders;
  /** An address for a new node. All are this machine's, so that programs on different nodes reach each other. */
  nextAddress(): string;
  /** Removes the whole workspace. */
  remove(): Promise<void>;
}

// What a real node's root directory holds, in a real node's order.
const nodeRootEntries = ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"];

/** Makes the workspace in the system's folder for temporary files. */
export function createWorkspace(): Workspace {
  const root = mkdtempSync(join(tmpdir(), "azure-batch-emulator-"));
  const groups = join(root, "groups");
  mkdirSync(groups);
  let nodes = 0;
  let addresses = 3;

  return {
    root,
    groups,
    createNode() {
      nodes += 1;
      // Short names: programs put sockets into TMPDIR, and their paths may have no more than 107 bytes.
      const all = join(root, `n${nodes}`);
      const folders = { all, root: join(all, "batch"), home: join(all, "home"), temporary: join(all, "tmp") };
      makeNodeFolders(folders);
      return folders;
    },
    nextAddress() {
      addresses += 1;
      return `127.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
    },
    remove: () => removeFolder(root),
  };
}

function makeNodeFolders(folders: NodeFolders): void {
  for (const entry of nodeRootEntries) mkdirSync(join(folders.root, entry), { recursive: true });
  mkdirSync(folders.home);
  mkdirSync(folders.temporary);
}

/** Takes all files of a node away, as a new machine has none. */
export async function emptyFolders(folders: NodeFolders): Promise<void> {
  await removeFolder(folders.all);
  makeNodeFolders(folders);
}

/** Removes a folder and all in it, read-only folders that a task left included. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
