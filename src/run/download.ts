import { join, resolve, sep } from "node:path";
import { limitFunction } from "p-limit";
import { FileError } from "../errors/index.js";
import type { OutputFile } from "../work/prepared-work.js";
import type { ItemOutcome } from "./run.js";

const AT_ONCE = 8;
/** So many files may wait to be saved before further outcomes are read. */
const MOST_WAITING = 64;

/** Saves the files of all outcomes below a folder, as `<index>/<name>`, and gives their paths in the items' order. */
export async function downloadFiles(
  outcomes: AsyncIterable<ItemOutcome<unknown>>,
  folder: string,
): Promise<string[]> {
  const saveFile = limitFunction((file: OutputFile, path: string) => file.save(path), {
    concurrency: AT_ONCE,
  });
  const saved: { index: number; path: string }[] = [];
  const saving = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  const save = async (index: number, file: OutputFile) => {
    try {
      const path = placeOf(folder, index, file.name);
      await saveFile(file, path);
      saved.push({ index, path });
    } catch (error) {
      failed ??= { error };
    }
  };
  for await (const outcome of outcomes) {
    if (outcome.status === "rejected") continue;
    for (const file of outcome.files) {
      const one: Promise<void> = save(outcome.index, file).finally(() => saving.delete(one));
      saving.add(one);
      if (saving.size === MOST_WAITING) await Promise.race(saving);
      if (failed !== undefined) break;
    }
    if (failed !== undefined) break;
  }
  await Promise.all(saving);
  if (failed !== undefined) throw failed.error;
  return saved
    .sort((one, other) => one.index - other.index || (one.path < other.path ? -1 : 1))
    .map(({ path }) => path);
}

/** The name comes from a node. */
function placeOf(folder: string, index: number, name: string): string {
  const home = resolve(folder, String(index));
  const path = resolve(home, name);
  if (path.startsWith(home + sep)) return join(folder, String(index), name);
  throw new FileError(
    `The file ${JSON.stringify(name)} of item ${index} would be stored outside of ${home}: it is not stored.`,
    { code: "UnsafePath", path: name },
  );
}
