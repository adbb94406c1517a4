import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type CheckedInput, refusal } from "./check-command.js";
import { FileNames, plainName } from "./file-names.js";
import type { FileSource } from "./prepared-work.js";

/** An input file of an item: what is to be uploaded, or a URL from which the node gets it, and its name there. */
export type InputFile = { readonly as: string } & (
  | { readonly source: FileSource }
  | { readonly url: string }
);

/** The files that an item's inputs mean: a path means a file, all files of a folder, or what a glob matches. */
export async function findInputs(inputs: readonly CheckedInput[], index: number): Promise<InputFile[]> {
  const found = await Promise.all(inputs.map((input) => filesOf(input, index)));
  const taken = new FileNames();
  const all: InputFile[] = [];
  for (const [place, files] of found.entries()) {
    for (const file of files) {
      const as = plainName(file.as);
      const other = taken.clashOf(as);
      if (other !== undefined) throw refusal(`work.inputs[${place}]`, index, clash(as, other));
      taken.add(as);
      all.push({ ...file, as });
    }
  }
  return all;
}

function clash(as: string, other: string): string {
  const says =
    as === other
      ? `has the name of another one, "${as}"`
      : `has the name "${as}", and another one "${other}": one path cannot be a file and a folder`;
  return `${says}; give it another name with \`as\``;
}

async function filesOf(input: CheckedInput, index: number): Promise<InputFile[]> {
  if ("content" in input) return [{ as: input.as, source: { content: input.content } }];
  if ("url" in input) return [input];
  const { path, as, option } = input;
  const problem = await problemOfFile(path);
  if (problem === undefined) return [{ as: as ?? basename(path), source: { path } }];
  const { glob, isDynamicPattern } = await import("tinyglobby");
  const pattern = path.replaceAll("\\", "/");
  if (problem.kind === "folder") {
    const names = await glob("**", { cwd: path, dot: true });
    if (names.length > 0) return named(path, names, as ?? basename(resolve(path)));
    throw refusal(option, index, `is a folder without files: ${resolve(path)}`);
  }
  if (problem.kind !== "missing" || !isDynamicPattern(pattern)) {
    throw refusal(option, index, problem.says, problem.cause);
  }
  const steps = pattern.split("/");
  const fixed = steps.findIndex((step) => isDynamicPattern(step));
  const base = `${steps.slice(0, fixed).join("/")}${fixed > 0 ? "/" : ""}`;
  const names = await glob(steps.slice(fixed).join("/"), { cwd: base === "" ? "." : base });
  if (names.length > 0) return named(base, names, as);
  throw refusal(option, index, `matches no file: "${path}", from ${process.cwd()}`);
}

/** Files below a folder, by their names from there, in order. */
function named(folder: string, names: readonly string[], as: string | undefined): InputFile[] {
  return [...names]
    .sort()
    .map((name) => ({ as: as === undefined ? name : `${as}/${name}`, source: { path: join(folder, name) } }));
}

/** What is wrong with a file that is to be uploaded, as the rest of a sentence; `undefined` where nothing is. */
export async function problemOfFile(
  path: string,
): Promise<{ kind: "folder" | "missing" | "unreadable"; says: string; cause?: unknown } | undefined> {
  const absolute = resolve(path);
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      return { kind: found.isDirectory() ? "folder" : "unreadable", says: `is not a file: ${absolute}` };
    }
    await access(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    return missing
      ? { kind: "missing", says: `does not exist: ${absolute}`, cause }
      : { kind: "unreadable", says: `cannot be read: ${absolute}`, cause };
  }
}
