import { InvalidArgumentError } from "../../errors/index.js";
import { PREPARED } from "../../protocol/task-settings.js";
import { prepareWork } from "../../work/prepare-work.js";
import type { PreparedWork } from "../../work/prepared-work.js";

/** The module with the caller's function, beside the one that calls it. */
const FOLD = "fold.mjs";

/**
 * What the node runner calls: its item is a list of what is to be folded, after what that is. The values of folds are lists
 * themselves, with one value or with none where every item was left out.
 */
const FOLDER = `import fold from "./${FOLD}";
export default async ([{ nested, first }, ...rest], context) => {
  const values = nested ? rest.flat() : rest;
  if (first && context.shared !== undefined) values.unshift(context.shared.initial);
  if (values.length === 0) return [];
  let folded = values[0];
  for (let next = 1; next < values.length; next++) folded = await fold(folded, values[next]);
  return [folded];
};
`;

/** A function of two values, as work whose items are lists of values. */
export async function foldWork(fold: unknown): Promise<PreparedWork> {
  if (typeof fold !== "function") {
    throw new InvalidArgumentError("reduce() takes a function of two results that gives one of them both.", {
      option: "fn",
    });
  }
  const work = await prepareWork(fold);
  const files = work.files.map((file) => (file.name === PREPARED.work ? { ...file, name: FOLD } : file));
  return { ...work, files: [...files, { name: PREPARED.work, source: { content: FOLDER } }] };
}
