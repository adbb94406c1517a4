import { createRequire } from "node:module";
import { join } from "node:path";
import { packageFolder } from "../built-file.js";

/** The path of Azurite's Blob program: beside this package, or where the application has it; undefined if nowhere. */
export function findAzurite(): string | undefined {
  for (const folder of [packageFolder(), process.cwd()]) {
    try {
      return createRequire(join(folder, "package.json")).resolve("azurite/dist/src/blob/main.js");
    } catch {
      // Not there: look at the next place.
    }
  }
  return undefined;
}
