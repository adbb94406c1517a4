import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";

/** The working directory of one attempt of an item. */
export function itemFolder(folders: string, offset: number, attempt: number): string {
  return join(folders, `${offset}-${attempt}`);
}

/** Makes it, with the run's files in it. */
export function makeItemFolder(folder: string, source: string, files: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of files) {
    const link = join(folder, name);
    if (name.includes("/")) mkdirSync(dirname(link), { recursive: true });
    linkOrCopy(join(source, name), link);
  }
}

/** Removes it, whatever is in it. */
export async function removeItemFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // An item may have made files that cannot be removed; they go with the task's directory.
  }
}

/** Removes all of them, when nothing else is to be done: one by one, that is faster than side by side. */
export function removeItemFolders(folders: string): void {
  try {
    rmSync(folders, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // As above.
  }
}

/** Whether a working directory is as it was made, so that another item may have it. */
export function isEmptyFolder(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false; // Its program took it away, or the permission to read it.
  }
}

/** A path's name relative to a folder, with `/`, or undefined where it leads out of it. */
export function nameWithin(folder: string, path: string): string | undefined {
  const name = relative(folder, resolve(folder, path));
  if (name === "" || name === ".." || name.startsWith(`..${sep}`)) return undefined;
  return name.split(sep).join("/");
}

/** Not every file system has links. */
function linkOrCopy(from: string, to: string): void {
  try {
    symlinkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    copyFileSync(from, to);
  }
}
