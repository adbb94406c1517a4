// Seconds from an empty process to the last result, for trivial items on the local engine; beside Piscina, called an item at
// a time on as many threads, and the same work in a plain loop.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cold, median } from "./measure.js";

const SIZES = [100, 10_000, 100_000];
const RUNS = 3;

const ours = (items: number) => `
  import { runParallel } from "azure-batch-parallel";
  const items = Array.from({ length: ${items} }, (_, index) => index);
  const results = await runParallel(items, (n) => n + 1);
  if (results.length !== ${items} || results.at(-1) !== ${items}) throw new Error("wrong results");
`;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const worker = join(folder, "worker.mjs");
writeFileSync(worker, "export default (n) => n + 1;\n");

const piscina = (items: number) => `
  import { availableParallelism } from "node:os";
  import { Piscina } from "piscina";
  const pool = new Piscina({
    filename: ${JSON.stringify(worker)},
    minThreads: availableParallelism(),
    maxThreads: availableParallelism(),
  });
  const items = Array.from({ length: ${items} }, (_, index) => index);
  const results = await Promise.all(items.map((n) => pool.run(n)));
  if (results.length !== ${items} || results.at(-1) !== ${items}) throw new Error("wrong results");
  await pool.close();
`;

const loop = (items: number) => `
  const results = Array.from({ length: ${items} }, (_, index) => index).map((n) => n + 1);
  if (results.length !== ${items}) throw new Error("wrong results");
`;

const figures: Record<string, Record<string, number>> = { ours: {}, piscina: {}, limit: {} };
for (const size of SIZES) {
  for (const [who, program] of [
    ["ours", ours],
    ["piscina", piscina],
    ["limit", loop],
  ] as const) {
    const seconds = median(Array.from({ length: RUNS }, () => cold(program(size))));
    (figures[who] as Record<string, number>)[size] = seconds;
    console.log(`${String(size).padStart(7)} items  ${who.padEnd(8)} ${seconds.toFixed(2)} s`);
  }
}

rmSync(folder, { recursive: true });

const ratios = Object.fromEntries(
  SIZES.map((size) => [
    size,
    Number(((figures.piscina?.[size] ?? 0) / (figures.ours?.[size] ?? 1)).toFixed(2)),
  ]),
);
console.log(
  JSON.stringify({
    bench: "local-map",
    unit: "s",
    ours: figures.ours,
    peers: { piscina: figures.piscina },
    limit: figures.limit,
    ratios,
  }),
);
