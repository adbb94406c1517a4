// Builds what the quickstart needs and runs it: `npm run quickstart`.
import { execFileSync } from "node:child_process";
import { build } from "esbuild";

execFileSync(process.execPath, ["scripts/build.js", "--no-types"], { stdio: "inherit" });
await build({
  entryPoints: ["quickstart/main.ts"],
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  outfile: "build/quickstart/main.js",
});
await import("../build/quickstart/main.js");
