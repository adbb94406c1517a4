// Seconds for 2,000 small commands, from an empty process to the last result, on the local engine; beside GNU parallel, xargs
// with a shell for each, and two bare Node.js processes that start the same commands one after the other. GNU parallel starts
// each command by the shell that it was called from: bash, as in a terminal, or sh, which is dash on Debian and starts sooner.
import { spawnSync } from "node:child_process";
import { median, untilLastResult } from "./measure.js";

const COMMANDS = 2000;
const RUNS = 5;

const ours = `
  import { command, runParallel } from "azure-batch-parallel";
  const items = Array.from({ length: ${COMMANDS} }, (_, index) => index);
  const results = await runParallel(items, command((n) => ({ file: "echo", args: [n] })));
  if (!results.every(({ stdout }, index) => stdout === index + "\\n")) throw new Error("wrong results");
  console.log("done");
`;

/** Started twice by the program itself, each with half of the commands. */
const bareNode = `
  import { spawn } from "node:child_process";
  if (process.argv[2] === undefined) {
    const source = process.env.BENCH_SOURCE;
    const halves = [0, 1].map((half) =>
      spawn(process.execPath, ["--input-type=module", "--eval", source, "--", "-", String(half)], { stdio: "ignore" }));
    await Promise.all(halves.map((half) => new Promise((ended) => half.once("exit", ended))));
    console.log("done");
  } else {
    for (let n = Number(process.argv[2]); n < ${COMMANDS}; n += 2) {
      const child = spawn("echo", [String(n)], { stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      child.stdout.on("data", (piece) => (stdout += piece));
      await new Promise((closed) => child.once("close", closed));
      if (stdout !== n + "\\n") throw new Error("wrong results");
    }
  }
`;

/** Seconds of a line for a shell, or undefined where the shell or the line's program is not installed. */
function inShell(shell: "bash" | "sh", program: string, line: string): number | undefined {
  if (spawnSync(shell, ["-c", `command -v ${program}`]).status !== 0) return undefined;
  const began = performance.now();
  const { status, stdout } = spawnSync(shell, ["-c", line], { encoding: "utf8" });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0 || stdout.split("\n").length !== COMMANDS + 1) throw new Error(`${program} failed`);
  return seconds;
}

const node = async (program: string) =>
  (await untilLastResult(process.execPath, ["--input-type=module", "--eval", program])).seconds;

const contenders: Record<string, () => number | undefined | Promise<number>> = {
  ours: () => node(ours),
  parallel: () => inShell("bash", "parallel", `seq ${COMMANDS} | parallel -j2 -k echo`),
  parallelInSh: () => inShell("sh", "parallel", `seq ${COMMANDS} | parallel -j2 -k echo`),
  xargs: () => inShell("sh", "xargs", `seq ${COMMANDS} | xargs -P2 -n1 sh -c 'echo "$0"'`),
  bareNode: () => {
    process.env.BENCH_SOURCE = bareNode;
    return node(bareNode);
  },
};

// In turns, so that whatever else the machine does falls on all of them.
const seconds: Record<string, number[]> = {};
for (let run = 0; run < RUNS; run++) {
  for (const [name, measure] of Object.entries(contenders)) {
    const taken = await measure();
    if (taken !== undefined) seconds[name] = [...(seconds[name] ?? []), taken];
  }
}

const figures: Record<string, number | "missing"> = {};
for (const name of Object.keys(contenders)) {
  const taken = seconds[name];
  figures[name] = taken === undefined ? "missing" : Number(median(taken).toFixed(3));
  console.log(`${name.padEnd(12)} ${figures[name]}${taken === undefined ? "" : " s"}`);
}
const { ours: own, bareNode: limit, ...peers } = figures;
const ratios = Object.fromEntries(
  Object.entries(peers).map(([name, peer]) => [
    name,
    peer === "missing" ? peer : Number((peer / Number(own)).toFixed(2)),
  ]),
);
console.log(
  JSON.stringify({ bench: "local-command", unit: "s", commands: COMMANDS, ours: own, peers, limit, ratios }),
);
