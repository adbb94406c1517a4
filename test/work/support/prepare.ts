import type { WireCommand } from "../../../src/protocol/command-line.js";
import { prepareWork } from "../../../src/work/prepare-work.js";
import type { FileSource } from "../../../src/work/prepared-work.js";

/** What work makes of an item, and what it asked to upload for it. */
export async function wireCommand(
  work: unknown,
  item: unknown,
  index = 0,
): Promise<{ wire: WireCommand; uploads: { source: FileSource; name: string }[] }> {
  const prepared = await prepareWork(work);
  const uploads: { source: FileSource; name: string }[] = [];
  const wire = await prepared.toWire(item, index, async (source, name) => {
    uploads.push({ source, name });
    return { blob: `assets/${uploads.length}/${name}` };
  });
  return { wire: wire as WireCommand, uploads };
}

/** The error that making an item's command ends in. */
export function refusalOf(work: unknown, item?: unknown, index = 0): Promise<unknown> {
  return wireCommand(work, item, index).then(
    ({ wire }) => new Error(`Not refused: ${JSON.stringify(wire)}`),
    (error: unknown) => error,
  );
}
