import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Plugin } from "esbuild";

/** Packages whose only use is to load a native add-on. */
const LOADERS =
  /^(bindings|node-gyp-build(-optional-packages)?|@mapbox\/node-pre-gyp|node-pre-gyp|pkg-prebuilds|prebuild-install)$/;

/** The native add-ons that a bundling comes across. */
export interface NativeAddOns {
  readonly plugin: Plugin;
  /** Those that were imported, each with who imports it. */
  found(): readonly string[];
  /** Those among the bundled files' packages whose package.json says that they are built. */
  amongst(inputs: readonly string[]): readonly string[];
}

/** A native add-on is a library for one kind of processor and system: it cannot go into a bundle. */
export function watchForNativeAddOns(): NativeAddOns {
  const importers = new Map<string, string>();
  const natives = new Map<string, string>();
  const note = (importer: string, what: string) => {
    const name = packageOf(importer) ?? importer;
    if (!natives.has(name)) natives.set(name, `${shown(importer)} imports ${what}`);
  };
  const describe = (name: string, why: string) => {
    const importer = importers.get(name);
    const by = importer === undefined ? "" : `, and ${shown(importer)} imports it`;
    return (
      `"${name}" is a native add-on (${why})${by}. Leave it out of the bundle with fromModule(module, { external: ["${name}"] }), ` +
      `and have it installed on the nodes with the run's option packages: { npm: ["${name}"] }`
    );
  };
  return {
    plugin: {
      name: "native-add-ons",
      setup(build) {
        build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
          const name = packageNameOf(path);
          if (importer !== "" && !importers.has(name)) importers.set(name, importer);
          if (!LOADERS.test(name)) return undefined;
          note(importer, `"${path}"`);
          return { errors: [{ text: "a native add-on" }] };
        });
        build.onLoad({ filter: /\.node$/ }, ({ path }) => {
          note(path, "what the compiler made");
          return { errors: [{ text: "a native add-on" }] };
        });
      },
    },
    found: () => [...natives].map(([name, why]) => describe(name, why)),
    amongst: (inputs) => {
      const folders = new Map(inputs.flatMap((input) => folderOf(input) ?? []));
      return [...folders].flatMap(([name, folder]) => {
        const why = reasonIn(folder);
        return why === undefined ? [] : [describe(name, why)];
      });
    },
  };
}

function reasonIn(folder: string): string | undefined {
  try {
    const { gypfile, binary } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
      gypfile?: unknown;
      binary?: unknown;
    };
    if (gypfile === true) return "its package.json has gypfile";
    return typeof binary === "object" && binary !== null ? "its package.json has binary" : undefined;
  } catch {
    return undefined;
  }
}

/** The package that a file belongs to, with its folder. */
function folderOf(file: string): [[string, string]] | undefined {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(file.replaceAll("\\", "/")) ?? [];
  return folder === undefined || name === undefined ? undefined : [[name, folder]];
}

function packageOf(file: string): string | undefined {
  return folderOf(file)?.[0][0];
}

/** The package that an import names. */
function packageNameOf(path: string): string {
  return path
    .split("/")
    .slice(0, path.startsWith("@") ? 2 : 1)
    .join("/");
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
