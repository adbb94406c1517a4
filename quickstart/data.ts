import { createRequire } from "node:module";
import { join } from "node:path";

/** The folder of real tables that the package `vega-datasets` holds. */
export const dataFolder = join(createRequire(import.meta.url).resolve("vega-datasets"), "..", "..", "data");

export function dataFile(name: string): string {
  return join(dataFolder, name);
}
