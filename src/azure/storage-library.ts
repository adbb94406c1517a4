import { createRequire } from "node:module";

export type StorageLibrary = typeof import("@azure/storage-blob");

/**
 * Microsoft's client of Blob Storage, loaded when it is first asked for. By `require`, as Node.js loads its hundreds of files
 * in two thirds of the time that `import` takes, and a local engine that starts meanwhile needs the processor too.
 */
export function storageLibrary(): StorageLibrary {
  return createRequire(import.meta.url)("@azure/storage-blob") as StorageLibrary;
}
