import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { nameWithin } from "../item-folder.js";
import { type BroughtFiles, modified } from "./item-files.js";

/**
 * The names of the files that a program's outputs ask for, in order. A name asks for this file, or for all files of this
 * folder, and it must be there; a glob asks for what it matches, without the files that were there before. Throws with words
 * that name the output at fault.
 */
export function findOutputs(folder: string, outputs: readonly string[], brought: BroughtFiles): string[] {
  const found = new Set<string>();
  let files: string[] | undefined;
  for (const output of outputs) {
    const name = nameWithin(folder, output);
    if (name === undefined || output.startsWith("/")) {
      throw new Error(`The output ${JSON.stringify(output)} is not below the item's working directory.`);
    }
    const kind = kindOf(join(folder, name));
    if (kind === "file") {
      found.add(name);
      continue;
    }
    files ??= filesBelow(folder);
    for (const file of kind === "folder" ? filesOf(name, files) : matching(folder, name, files, brought))
      found.add(file);
  }
  return [...found];
}

function filesOf(name: string, files: readonly string[]): string[] {
  return files.filter((file) => file.startsWith(`${name}/`));
}

function matching(folder: string, glob: string, files: readonly string[], brought: BroughtFiles): string[] {
  const { isGlob, isBrace } = picomatch.scan(glob);
  if (!isGlob && !isBrace) throw new Error(`The program left no file ${JSON.stringify(glob)} to give back.`);
  const matches = picomatch(glob);
  return files.filter((file) => matches(file) && modified(join(folder, file)) !== brought.get(file));
}

function kindOf(path: string): "file" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return "file";
  return found?.isDirectory() ? "folder" : undefined;
}

/** All files below a folder, by their names with `/`, in order. Links to folders are not followed. */
function filesBelow(folder: string, prefix = ""): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) files.push(...filesBelow(folder, `${name}/`));
    else if (entry.isFile() || (entry.isSymbolicLink() && kindOf(join(folder, name)) === "file"))
      files.push(name);
  }
  return files.sort();
}
