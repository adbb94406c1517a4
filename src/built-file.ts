import { createRequire } from "node:module";
import { join } from "node:path";

/** Where this package lies: the folder of its package.json, found from the source as well as from either build. */
export function packageFolder(): string {
  return join(createRequire(import.meta.url).resolve("azure-batch-parallel/package.json"), "..");
}

/** The path of a program that the build made, by its path below `dist`. */
export function builtFile(path: string): string {
  return join(packageFolder(), "dist", path);
}
