import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ContainerPort } from "../azure/ports.js";
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
      await mkdir(dirname(path), { recursive: true });
      // Under another name until it is complete: what breaks off leaves no half of a file.
      const partial = `${path}.${randomBytes(6).toString("hex")}.partial`;
      try {
        await pipeline(await stream(), createWriteStream(partial, { flags: "wx" }));
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      return path;
    },
  };
}
