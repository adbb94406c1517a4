import { createRequire } from "node:module";
import type * as Language from "../autoscale/index.js";
import { builtFile } from "../built-file.js";

let language: typeof Language | undefined;

/** The language of autoscale formulas; its parser is loaded when a formula is there to read, and not before. */
export function autoscaleLanguage(): typeof Language {
  language ??= createRequire(import.meta.url)(builtFile("autoscale.cjs")) as typeof Language;
  return language;
}
