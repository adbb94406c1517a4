import { lstatSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { WireInput } from "../../protocol/command-line.js";
import { makeItemFolder, nameWithin } from "../item-folder.js";
import { downloadUrl } from "../storage/download-url.js";
import type { RunContainer } from "../storage/run-container.js";
import type { Task } from "../task.js";
import type { PackWindows } from "./pack-windows.js";

/** How many input files of one item are downloaded at a time. */
const AT_ONCE = 4;

/** The files that lie in an item's working directory before its program starts, with their times of modification. */
export type BroughtFiles = ReadonlyMap<string, number | undefined>;

/** Where input files come from: the run's container, and windows of the packs there. */
export interface InputPlaces {
  readonly container: RunContainer;
  readonly packs: PackWindows;
}

/** Makes an item's working directory: the run's files, and the item's own inputs. Rejects with words that name the file. */
export async function bringFiles(
  folder: string,
  { files, run }: Task,
  inputs: readonly WireInput[],
  places: InputPlaces,
): Promise<BroughtFiles> {
  makeItemFolder(folder, files, run.files);
  const names = inputs.map((input) => nameOf(folder, input));
  const queue = inputs.entries();
  const bringSome = async () => {
    for (const [place, input] of queue) await bring(folder, input, names[place] as string, places);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, bringSome));
  return new Map([...run.files, ...names].map((name) => [name, modified(join(folder, name))]));
}

function nameOf(folder: string, input: WireInput): string {
  const name = nameWithin(folder, input.as);
  if (name !== undefined) return name;
  throw new Error(
    `The input file ${JSON.stringify(input.as)} would lie outside the item's working directory.`,
  );
}

async function bring(
  folder: string,
  input: WireInput,
  name: string,
  { container, packs }: InputPlaces,
): Promise<void> {
  const file = join(folder, name);
  try {
    await mkdir(dirname(file), { recursive: true });
    if ("url" in input) await downloadUrl(new URL(input.url), file);
    else if ("offset" in input) await writeFile(file, await packs.read(input));
    else await container.download(input.blob, file);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`The input file ${JSON.stringify(name)} could not be brought to the node: ${reason}`, {
      cause,
    });
  }
}

/** Of a link itself, not of what it links to. */
export function modified(file: string): number | undefined {
  return lstatSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
