// Builds dist/: the library as ESM and CommonJS with rolled-up types, the emulator, the node runner and the language
// of autoscale formulas as one file each.
// `node scripts/build.js --no-types` leaves the types out, which is all that running needs.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { build } from "esbuild";
import { writeBundledLicences } from "./bundled-licences.js";

const withTypes = !process.argv.includes("--no-types");
const node = {
  platform: "node",
  target: "node20",
  logLevel: "warning",
  legalComments: "none",
  metafile: true,
};

/** CommonJS packages in an ESM bundle call `require`, which ESM does not have. */
const requireInEsm = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

/** What Fastify loads for routes with schemas alone, of which the emulator has none. */
const emulator = {
  ...node,
  bundle: true,
  external: ["@fastify/ajv-compiler", "@fastify/fast-json-stringify-compiler"],
};

/** What Azurite loads at its start, a third of all, and never uses here. */
const azuriteWithout = Object.fromEntries(
  ["applicationinsights", "iconv-lite", "jsonwebtoken", "morgan", "rimraf", "tough-cookie", "winston"].map(
    (name) => [name, "./src/local/not-bundled.cts"],
  ),
);

/** `import.meta.url` in a CommonJS bundle. */
const importMetaInCjs = {
  define: { "import.meta.url": "__importMetaUrl" },
  banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
};

rmSync("dist", { recursive: true, force: true });
rmSync("build", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});

const bundles = await Promise.all([
  build({
    ...node,
    entryPoints: ["src/node-runner/main.ts"],
    bundle: true,
    format: "cjs",
    minifySyntax: true,
    outfile: "dist/node-runner/runner.cjs",
  }),
  build({
    ...node,
    entryPoints: ["src/local/azurite-host.ts"],
    bundle: true,
    alias: azuriteWithout,
    format: "cjs",
    outfile: "dist/local/azurite-host.cjs",
  }),
  build({
    ...node,
    entryPoints: ["src/autoscale/index.ts"],
    bundle: true,
    format: "cjs",
    outfile: "dist/autoscale.cjs",
  }),
  build({
    ...emulator,
    entryPoints: ["src/emulator/main.ts"],
    format: "esm",
    banner: { js: `#!/usr/bin/env node\n${requireInEsm.js}` },
    outfile: "dist/emulator/main.js",
  }),
  build({
    ...emulator,
    entryPoints: ["src/emulator/index.ts"],
    format: "esm",
    banner: requireInEsm,
    outfile: "dist/emulator/index.js",
  }),
  build({
    ...emulator,
    entryPoints: ["src/emulator/index.ts"],
    format: "cjs",
    ...importMetaInCjs,
    outfile: "dist/emulator/index.cjs",
  }),
  build({
    ...node,
    entryPoints: ["build/index.js", "build/raw/index.js"],
    bundle: true,
    packages: "external",
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    sourcemap: true,
    outdir: "dist",
  }),
  build({
    ...node,
    entryPoints: ["build/index.js"],
    bundle: true,
    packages: "external",
    format: "cjs",
    sourcemap: true,
    ...importMetaInCjs,
    outfile: "dist/index.cjs",
  }),
  build({
    ...node,
    entryPoints: ["build/raw/index.js"],
    bundle: true,
    packages: "external",
    format: "cjs",
    sourcemap: true,
    ...importMetaInCjs,
    outfile: "dist/raw/index.cjs",
  }),
]);

mkdirSync("dist/assets");
for (const name of ["prepare-python.py", "virtualenv.pyz"])
  copyFileSync(`assets/${name}`, `dist/assets/${name}`);
writeBundledLicences(
  bundles.map(({ metafile }) => metafile),
  "dist/BUNDLED-LICENCES.txt",
  ["assets/virtualenv-licences.txt"],
);

if (withTypes) {
  rollUpTypes("api-extractor.json", "dist/index");
  rollUpTypes("api-extractor.emulator.json", "dist/emulator/index");
  rollUpTypes("api-extractor.raw.json", "dist/raw/index");
}

/** Writes the declarations for both module kinds. A changed API report fails, unless `--accept-api` says it was read. */
function rollUpTypes(configuration, target) {
  const result = Extractor.invoke(ExtractorConfig.loadFileAndPrepare(configuration), {
    localBuild: process.argv.includes("--accept-api"),
    showVerboseMessages: false,
  });
  copyFileSync(`${target}.d.ts`, `${target}.d.cts`);
  if (!result.succeeded) {
    console.error(
      `The public API differs from its report in etc/: review the change, then run "npm run api".`,
    );
    process.exitCode = 1;
  }
}
