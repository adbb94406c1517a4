// `npm run bench -- NAME`: builds the library, runs bench/NAME.ts, which prints its figures and one line of JSON last.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { build } from "esbuild";

const names = readdirSync("bench")
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "measure");
const name = process.argv[2] ?? "";
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME, where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}

execFileSync(process.execPath, ["scripts/build.js", "--no-types"], { stdio: "inherit" });
await build({
  entryPoints: [`bench/${name}.ts`],
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  outfile: `build/bench/${name}.js`,
});
const { status } = spawnSync(process.execPath, [`build/bench/${name}.js`, ...process.argv.slice(3)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
