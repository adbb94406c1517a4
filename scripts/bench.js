// `npm run bench -- NAME`: builds the library, runs bench/NAME.ts, which prints its figures and one line of JSON last. With
// `--record` that line and its chart are kept in docs/performance/, with the machine they were measured on.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { build } from "esbuild";

const names = readdirSync("bench")
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "measure");
const [name = "", ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [--record], where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const isRecorded = rest.includes("--record");

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
const { status, lastLine } = await run(
  `build/bench/${name}.js`,
  rest.filter((option) => option !== "--record"),
);
process.exitCode = status;
if (isRecorded && status === 0) await record(JSON.parse(lastLine));

function run(file, options) {
  const child = spawn(process.execPath, [file, ...options], { stdio: ["inherit", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (piece) => {
    process.stdout.write(piece);
    printed += piece;
  });
  return new Promise((resolve) => {
    child.once("close", (code) =>
      resolve({ status: code ?? 1, lastLine: printed.trimEnd().split("\n").at(-1) }),
    );
  });
}

async function record(result) {
  const { drawChart } = await import("./bench-chart.js");
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model,
    gibibytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  mkdirSync("docs/performance", { recursive: true });
  writeFileSync(`docs/performance/${name}.json`, `${JSON.stringify({ ...result, machine }, undefined, 2)}\n`);
  writeFileSync(`docs/performance/${name}.svg`, await drawChart(result));
}
