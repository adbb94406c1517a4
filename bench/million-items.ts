// Peak memory of the client, and seconds from an empty process to the last result, for a growing number of trivial items that
// are made and read one by one; beside Piscina, called an item at a time on as many threads as there are cores.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coldOutput } from "./measure.js";

const SIZES = [10_000, 100_000, 1_000_000];

const items = (count: number) => `function* items() { for (let n = 0; n < ${count}; n++) yield n; }`;
const report = (count: number) => `
  if (sum !== ${(count * (count + 1)) / 2}) throw new Error("wrong results");
  console.log(process.resourceUsage().maxRSS / 1024);
`;

const ours = (count: number) => `
  import { runParallel } from "azure-batch-parallel";
  ${items(count)}
  let sum = 0;
  for await (const result of runParallel(items(), (n) => n + 1).results()) sum += result;
  ${report(count)}
`;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const worker = join(folder, "worker.mjs");
writeFileSync(worker, "export default (n) => n + 1;\n");

// As its documentation advises for many tasks: a bounded queue, and no more calls while it is full.
const piscina = (count: number) => `
  import { availableParallelism } from "node:os";
  import { Piscina } from "piscina";
  const threads = availableParallelism();
  const pool = new Piscina({ filename: ${JSON.stringify(worker)}, minThreads: threads, maxThreads: threads });
  ${items(count)}
  let sum = 0;
  const running = new Set();
  for (const item of items()) {
    const call = pool.run(item).then((result) => { sum += result; running.delete(call); });
    running.add(call);
    if (running.size >= threads * threads) await Promise.race(running);
  }
  await Promise.all(running);
  await pool.close();
  ${report(count)}
`;

const figures: Record<string, Record<string, { seconds: number; megabytes: number }>> = {
  ours: {},
  piscina: {},
};
for (const size of SIZES) {
  for (const [who, program] of [
    ["ours", ours],
    ["piscina", piscina],
  ] as const) {
    const { seconds, output } = coldOutput(program(size));
    const megabytes = Math.round(Number(output));
    (figures[who] as (typeof figures)[string])[size] = {
      seconds: Math.round(seconds * 100) / 100,
      megabytes,
    };
    console.log(
      `${String(size).padStart(8)} items  ${who.padEnd(8)} ${seconds.toFixed(2).padStart(7)} s  ${megabytes} MiB at most`,
    );
  }
}

rmSync(folder, { recursive: true });
console.log(
  JSON.stringify({ bench: "million-items", ours: figures.ours, peers: { piscina: figures.piscina } }),
);
