import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors/index.js";
import { PREPARED } from "../protocol/task-settings.js";
import { type BundledModule, bundleModule } from "./bundle-module.js";
import type { PreparedWork } from "./prepared-work.js";
import { defineWork, type Work } from "./work.js";

/** The names under which a module exports functions. */
export type FunctionName<M> = {
  [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never;
}[keyof M] &
  string;

/** The work that an exported function is: its first parameter is the item, its result the result. */
export type ModuleWork<F> = F extends (item: infer T, ...more: never[]) => infer R
  ? Work<T, Awaited<R>>
  : never;

/** What {@link fromModule} may be told beside the module. */
export interface ModuleOptions {
  /**
   * Packages that are not bundled: the node has them, by the run's option `packages`. For native add-ons, and for packages
   * that read files of their own. Default: none.
   */
  readonly external?: readonly string[];
}

/**
 * Functions of a module of your own as the work of a run. Unlike a plain function, one of a module may use what it imports
 * and what stands around it: the module is bundled, by the esbuild that the application has installed, into one file with
 * all that it imports, npm packages included. TypeScript is fine, and stacks of errors name the lines of the sources.
 *
 * Native add-ons cannot be bundled; they and other things that cannot (an export that is not there, an import that leads
 * nowhere) reject the run with an {@link InvalidArgumentError} before anything is created. The module is loaded once in each
 * worker process on the nodes, and never here.
 *
 * @typeParam M - the module's type, `typeof import("./work.js")`
 * @param module - its `file:` URL or its path. Where there is no `work.js`, `work.ts` is taken.
 * @returns a function that picks an exported function by its name
 * @example
 * ```ts
 * // work.ts: import { parse } from "csv-parse/sync"; export const rows = (text: string): number => parse(text).length;
 * interface WorkModule {
 *   rows(text: string): number;
 * }
 * const work = fromModule<WorkModule>(new URL("./work.js", import.meta.url)); // or <typeof import("./work.js")>
 * const counts: number[] = await runParallel(["a,b", "c,d\ne,f"], work("rows"));
 * ```
 */
export function fromModule<M>(
  module: URL | string,
  options: ModuleOptions = {},
): <K extends FunctionName<M>>(name: K) => ModuleWork<M[K]> {
  // Bundled for each run: it may have been changed since, in a notebook above all.
  return <K extends FunctionName<M>>(name: K) =>
    defineWork<Work<never, unknown>>({}, async () =>
      moduleWork(await bundle(module, options), name),
    ) as ModuleWork<M[K]>;
}

async function bundle(module: unknown, options: ModuleOptions): Promise<BundledModule> {
  const { external = [] } = options;
  for (const option of Object.keys(options)) {
    if (option !== "external") throw refusal(`has no option \`${option}\`; there is: external`, "external");
  }
  if (!Array.isArray(external) || !external.every((name) => typeof name === "string" && name !== "")) {
    throw refusal("takes `external` as an array of names of packages", "external");
  }
  return bundleModule(sourceOf(pathOf(module)), external);
}

function moduleWork(bundled: BundledModule, name: unknown): PreparedWork {
  const { title, exports, commonJs } = bundled;
  if (typeof name !== "string") throw refusal("picks a function by the name of its export", "name");
  // What a CommonJS module exports is known when it runs.
  if (!commonJs && !exports.includes(name)) {
    const there = exports.length === 0 ? "nothing" : exports.join(", ");
    throw new InvalidArgumentError(`The module ${title} does not export "${name}"; it exports ${there}.`, {
      option: "name",
    });
  }
  return {
    kind: "function",
    files: [
      { name: PREPARED.work, source: { content: entryText(name, title, commonJs) } },
      { name: "module.mjs", source: { content: bundled.code } },
      { name: "module.mjs.map", source: { content: bundled.map } },
    ],
    toWire: (item) => item,
    fromWire: (value) => value,
  };
}

/**
 * The module that a worker loads: it makes what bundled CommonJS packages take for granted, and gives the function. The names
 * are globals, and not variables of the bundle, because a module may well declare them itself.
 */
function entryText(name: string, title: string, commonJs: boolean): string {
  return `import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
process.setSourceMapsEnabled(true);
const file = new URL("./module.mjs", import.meta.url);
const globals = {
  require: createRequire(file),
  __filename: fileURLToPath(file),
  __dirname: fileURLToPath(new URL(".", file)),
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
const module = await import(file.href);
const exported = (${commonJs ? "module.default" : "module"})[${JSON.stringify(name)}];
if (typeof exported !== "function") {
  throw new TypeError(${JSON.stringify(`the module ${title} exports as "${name}" no function, but `)} + typeof exported);
}
export default exported;
`;
}

function pathOf(module: unknown): string {
  if (typeof module === "string" && module !== "" && !/^(https?|data|node):/.test(module)) {
    return module.startsWith("file:") ? fileURLToPath(module) : resolve(module);
  }
  if (!(module instanceof URL)) throw refusal("takes the path or the file: URL of a module", "module");
  if (module.protocol === "file:") return fileURLToPath(module);
  throw refusal(`takes a module of this computer, and not one at ${module.protocol}`, "module");
}

/** TypeScript's imports name the file that the compiler would make. */
function sourceOf(path: string): string {
  if (existsSync(path)) return path;
  const source = path.replace(/\.([mc]?)js(x?)$/, ".$1ts$2");
  if (existsSync(source)) return source;
  throw new InvalidArgumentError(`The module of fromModule() does not exist: ${path}.`, { option: "module" });
}

function refusal(says: string, option: string): InvalidArgumentError {
  return new InvalidArgumentError(`fromModule() ${says}.`, { option });
}
