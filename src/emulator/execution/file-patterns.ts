import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, posix, relative, resolve } from "node:path";
import picomatch from "picomatch";

/** A file that an output pattern found, with the name of its blob below the destination's path. */
export interface MatchedFile {
  path: string;
  blobName: string;
}

/** What a pattern stands for: one file by its name, or all files that match wildcards. */
export interface FileMatches {
  wildcard: boolean;
  files: MatchedFile[];
}

const wildcards = /[*?[\]]/;

/** Finds the files of a pattern, which is absolute or relative to the working directory, `$NAME` expanded first. */
export async function findFiles(
  pattern: string,
  workingDirectory: string,
  environment: Record<string, string>,
): Promise<FileMatches> {
  const expanded = pattern.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced, bare) => environment[braced ?? bare] ?? whole,
  );
  const parts = expanded.split("/");
  const firstWild = parts.findIndex((part) => wildcards.test(part));
  if (firstWild < 0) {
    const path = resolve(workingDirectory, expanded);
    const isFile = existsSync(path) && (await stat(path)).isFile();
    return { wildcard: false, files: isFile ? [{ path, blobName: basename(path) }] : [] };
  }

  const base = resolve(
    workingDirectory,
    parts.slice(0, firstWild).join("/") || (expanded.startsWith("/") ? "/" : "."),
  );
  // Batch writes the complement of a set as [!…], which the matcher takes literally.
  const wild = parts.slice(firstWild).join("/").replaceAll("[!", "[^");
  const matches = picomatch(wild, {
    nobrace: true,
    noextglob: true,
    nonegate: true,
  });
  const found: MatchedFile[] = [];
  for await (const path of filesBelow(base)) {
    const name = relative(base, path).split(/[\\/]/).join(posix.sep);
    if (matches(name)) found.push({ path, blobName: name });
  }
  return { wildcard: true, files: found };
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
