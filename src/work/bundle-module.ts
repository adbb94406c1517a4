import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildResult, Message, Metafile } from "esbuild";
import { InvalidArgumentError } from "../errors/index.js";
import { type NativeAddOns, watchForNativeAddOns } from "./native-add-ons.js";

/** A module and all it imports, in one file. */
export interface BundledModule {
  /** What messages call it: its path from the current directory. */
  readonly title: string;
  readonly code: string;
  readonly map: string;
  /** The names that it exports; of CommonJS they are not known. */
  readonly exports: readonly string[];
  readonly commonJs: boolean;
}

type Esbuild = typeof import("esbuild");
type Result = BuildResult<{ metafile: true; write: false }>;

/** The name is that of the file on the node, where stacks are mapped back: the paths in them are those from the module. */
const OUTPUT = "module.mjs";

/** Bundles a module. It rejects with a typed error that names what cannot be bundled. */
export async function bundleModule(path: string, external: readonly string[]): Promise<BundledModule> {
  const title = shown(path);
  const esbuild = await loadEsbuild(path);
  const native = watchForNativeAddOns();
  const outfile = join(dirname(path), OUTPUT);
  let result: Result;
  try {
    result = await esbuild.build({
      absWorkingDir: process.cwd(),
      entryPoints: [path],
      outfile,
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "linked",
      sourcesContent: false,
      legalComments: "none",
      logLevel: "silent",
      logOverride: { "unsupported-require-call": "warning", "unsupported-dynamic-import": "warning" },
      external: external.flatMap((name) => [name, `${name}/*`]),
      plugins: [native.plugin],
    });
  } catch (error) {
    throw refusalOf(title, error, native);
  }
  refuseNative(title, native.amongst(Object.keys(result.metafile.inputs)));
  refuseRuntimeImports(title, result.warnings);
  refuseFilesBeside(title, result.metafile);
  return { title, ...textsOf(result), ...exportsOf(result.metafile, path) };
}

/** The application's esbuild: where the module would find it, else where this package does. */
async function loadEsbuild(path: string): Promise<Esbuild> {
  for (const from of [path, join(process.cwd(), "package.json")]) {
    try {
      const found = createRequire(from).resolve("esbuild");
      const loaded = (await import(pathToFileURL(found).href)) as Esbuild & { default?: Esbuild };
      return loaded.default ?? loaded;
    } catch {
      // Not there: look at the next place.
    }
  }
  return import("esbuild").catch((cause: unknown) => {
    throw new InvalidArgumentError(
      "fromModule() bundles modules with esbuild, which is not installed: run `npm install esbuild`.",
      { option: "work", cause },
    );
  });
}

function textsOf({ outputFiles }: Result): { code: string; map: string } {
  const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return { code: text(OUTPUT), map: text(`${OUTPUT}.map`) };
}

function exportsOf(metafile: Metafile, path: string): { exports: readonly string[]; commonJs: boolean } {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
  const input = Object.entries(metafile.inputs).find(([name]) => resolve(name) === path)?.[1];
  return { exports: output?.exports ?? [], commonJs: input?.format === "cjs" };
}

function refusalOf(title: string, error: unknown, native: NativeAddOns): unknown {
  const messages = (error as { errors?: readonly Message[] } | undefined)?.errors;
  if (messages === undefined || messages.length === 0) return error;
  refuseNative(title, native.found());
  return cannotBeBundled(title, messages.map(describe), error);
}

function describe({ text, location }: Message): string {
  const where = location === null ? "" : ` (${location.file}:${location.line}:${location.column + 1})`;
  const noLoader = /^No loader is configured for "(.*?)" files/.test(text);
  const advice = noLoader
    ? ": bring the file with the option `files`, and read it from ctx.workDir"
    : /^Could not resolve "[^./]/.test(text)
      ? ": install the package here, or leave it to the nodes with `external` and the run's option `packages`"
      : "";
  return `${text.replace(/\.$/, "")}${where}${advice}`;
}

function refuseNative(title: string, native: readonly string[]): void {
  if (native.length > 0) throw cannotBeBundled(title, native);
}

/** In packages it is usual to try what may not be there; in a module of one's own it is an import that would be missing. */
function refuseRuntimeImports(title: string, warnings: readonly Message[]): void {
  const own = warnings.filter(
    ({ id, location }) =>
      (id === "unsupported-require-call" || id === "unsupported-dynamic-import") &&
      location !== null &&
      !location.file.includes("node_modules"),
  );
  if (own.length === 0) return;
  const where = own.map(({ location }) => `${location?.file}:${location?.line}`);
  throw cannotBeBundled(title, [
    `what it imports at ${where.join(", ")} is known only when it runs: write the names of modules as literals`,
  ]);
}

const FILE_BESIDE = [
  /new URL\(\s*(["'`])(?<name>\.{1,2}\/[^"'`$]+)\1\s*,\s*import\.meta\.url\s*\)/g,
  /\b(?:join|resolve)\(\s*__dirname\s*,\s*(["'`])(?<name>[^"'`$]+)\1\s*\)/g,
];

/** A file that a bundled module reads from its own folder would not be on the node. */
function refuseFilesBeside(title: string, { inputs, outputs }: Metafile): void {
  const used = new Set(
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([name]) => name),
    ),
  );
  const found = Object.keys(inputs)
    .filter((input) => used.has(input) && existsSync(input))
    .flatMap((input) => filesBeside(input).map((file) => `${input} reads ${shown(file)}`));
  if (found.length === 0) return;
  throw cannotBeBundled(title, [
    `${found.join(", ")}, which a bundle does not hold: bring the file with the option \`files\` and read it from ctx.workDir, ` +
      "or, for one of a package, leave the package to the nodes with `external` and the run's option `packages`",
  ]);
}

function filesBeside(input: string): string[] {
  const text = readFileSync(input, "utf8");
  return FILE_BESIDE.flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => resolve(dirname(input), match.groups?.name ?? ""))
    .filter((file) => existsSync(file));
}

function cannotBeBundled(title: string, reasons: readonly string[], cause?: unknown): InvalidArgumentError {
  const [only, ...more] = reasons;
  const why = more.length === 0 ? ` ${only}` : `\n${reasons.map((reason) => `- ${reason}`).join("\n")}`;
  return new InvalidArgumentError(`The module ${title} cannot be bundled:${why}.`, {
    option: "module",
    cause,
  });
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
