import { createWriteStream } from "node:fs";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ContainerPort } from "../azure/ports.js";
import { storeWhole } from "../client/whole-file.js";
import type { ResultFile } from "../protocol/outcome-part.js";
import type { OutputFile } from "../work/prepared-work.js";

/** A file that an item gave back, read from the run's storage when someone asks. `storage` throws when that is gone. */
export function openResultFile(file: ResultFile, storage: () => ContainerPort): OutputFile {
  const stream = async () => storage().stream(file.blob);
  return {
    name: file.name,
    size: file.size,
    stream,
    bytes: async () => buffer(await stream()),
    text: async () => text(await stream()),
    save: async (path) => {
      await storeWhole(path, async (partial) =>
        pipeline(await stream(), createWriteStream(partial, { flags: "wx" })),
      );
      return path;
    },
  };
}
