// Seconds for items that compute, on two slots of the local engine once it is up; beside two bare Node.js processes that take
// the same items one by one. Once with items of about 100 ms, once with 10 to 400 ms in random order.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, outputOf } from "./measure.js";

const ITEMS = 200;
const RUNS = 5;

/** A fixed amount of computing: `units` rounds of a generator of random numbers. */
function compute(units: number): number {
  let state = 1;
  for (let round = 0; round < units; round++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}

const unitsPerMillisecond = calibrate();
const loads = {
  fixed: Array.from({ length: ITEMS }, () => Math.round(100 * unitsPerMillisecond)),
  mixed: shuffled(
    Array.from({ length: ITEMS }, (_, index) =>
      Math.round((10 + (390 * index) / (ITEMS - 1)) * unitsPerMillisecond),
    ),
  ),
};

function calibrate(): number {
  const units = 50_000_000;
  compute(units);
  const began = performance.now();
  compute(units);
  return units / (performance.now() - began);
}

/** In an order that looks random and is always the same. */
function shuffled(items: number[]): number[] {
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const worker = join(folder, "worker.mjs");
writeFileSync(
  worker,
  `const compute = ${compute};\nprocess.on("message", (units) => process.send(compute(units)));\nprocess.send("ready");\n`,
);

/** Two processes, each of which gets the next item as soon as it has ended one. */
async function bareNode(items: readonly number[]): Promise<number> {
  const queue = items.values();
  const workers = [fork(worker), fork(worker)];
  await Promise.all(workers.map((one) => new Promise((ready) => one.once("message", ready))));
  const began = performance.now();
  const drain = (one: (typeof workers)[number]) =>
    new Promise<void>((done) => {
      const next = () => {
        const { value, done: end } = queue.next();
        if (end) return done();
        one.once("message", next);
        one.send(value);
      };
      next();
    });
  await Promise.all(workers.map(drain));
  const seconds = (performance.now() - began) / 1000;
  for (const one of workers) one.kill();
  return seconds;
}

function ours(items: readonly number[]): number {
  const program = `
    import { runParallel } from "azure-batch-parallel";
    await runParallel([0], (n) => n);
    const began = performance.now();
    const results = await runParallel(${JSON.stringify(items)}, ${compute});
    console.log((performance.now() - began) / 1000);
    if (results.length !== ${items.length}) throw new Error("wrong results");
  `;
  return Number(outputOf(program));
}

const figures: Record<string, Record<string, number>> = { ours: {}, limit: {} };
const ratios: Record<string, number> = {};
for (const [name, items] of Object.entries(loads)) {
  const seconds = { ours: [] as number[], limit: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    seconds.limit.push(await bareNode(items));
    seconds.ours.push(ours(items));
  }
  for (const who of ["ours", "limit"] as const) {
    (figures[who] as Record<string, number>)[name] = Number(median(seconds[who]).toFixed(3));
  }
  ratios[name] = Number((median(seconds.limit) / median(seconds.ours)).toFixed(3));
  console.log(`${name}: ours ${figures.ours?.[name]} s, two bare processes ${figures.limit?.[name]} s`);
}
rmSync(folder, { recursive: true });
console.log(
  JSON.stringify({
    bench: "cpu",
    unit: "s",
    items: ITEMS,
    ours: figures.ours,
    peers: {},
    limit: figures.limit,
    ratios,
  }),
);
