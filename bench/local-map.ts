// Seconds from an empty process to the last result, and memory, for trivial items on the local engine; beside Dask's
// LocalCluster of 2 (Debian's python3-distributed), Piscina and workerpool called once an item, and as the limit Piscina given
// whole chunks.
// A million items are made by a generator and read one by one.
// Options: --sizes 10000,100000,1000000  --who ours,dask,piscina,workerpool,limit  --runs 5
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { daskVersion, type Measured, median, repeated, rounded, untilLastResult } from "./measure.js";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "100,10000,100000,1000000" },
    who: { type: "string", default: "ours,dask,piscina,workerpool,limit" },
    runs: { type: "string", default: "5" },
  },
});
const sizes = options.sizes.split(",").map(Number);
const runs = Number(options.runs);
/** From so many items on they are made by a generator, and read one by one. */
const STREAMED = 1_000_000;
/** Dask would need hours for more. */
const MOST_OF_DASK = 100_000;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const one = join(folder, "one.mjs");
const many = join(folder, "many.mjs");
const { resolve } = createRequire(import.meta.url);
/** workerpool's functions are registered by the worker, which finds no packages from where it lies. */
const registered = join(folder, "registered.cjs");
writeFileSync(one, "export default (n) => n + 1;\n");
writeFileSync(
  registered,
  `require(${JSON.stringify(resolve("workerpool"))}).worker({ increment: (n) => n + 1 });\n`,
);
writeFileSync(many, "export default (items) => items.map((n) => n + 1);\n");

const made = (count: number) => `
  function* items() { for (let n = 0; n < ${count}; n++) yield n; }
`;
const report = (count: number) => `
  if (sum !== ${(count * (count + 1)) / 2}) throw new Error("wrong results");
  console.log(process.resourceUsage().maxRSS / 1024);
`;
const add = "let sum = 0; for (const result of results) sum += result;";

const ours = (count: number) => `
  import { runParallel } from "azure-batch-parallel";
  ${made(count)}
  ${
    count >= STREAMED
      ? "let sum = 0; for await (const result of runParallel(items(), (n) => n + 1).results()) sum += result;"
      : `const results = await runParallel([...items()], (n) => n + 1); ${add}`
  }
  ${report(count)}
`;

const pool = (worker: string) => `
  import { availableParallelism } from "node:os";
  import { Piscina } from "piscina";
  const threads = availableParallelism();
  const pool = new Piscina({ filename: ${JSON.stringify(worker)}, minThreads: threads, maxThreads: threads });
`;

/** An item a call; streamed as Piscina's documentation advises for many tasks: a bounded queue, and no more calls while it is full. */
const itemByItem = (count: number, call: string) =>
  count >= STREAMED
    ? `let sum = 0;
  const running = new Set();
  for (const item of items()) {
    const call = ${call}(item).then((result) => { sum += result; running.delete(call); });
    running.add(call);
    if (running.size >= threads * threads) await Promise.race(running);
  }
  await Promise.all(running);`
    : `const results = await Promise.all([...items()].map((n) => ${call}(n))); ${add}`;

const piscina = (count: number) => `
  ${pool(one)}
  ${made(count)}
  ${itemByItem(count, "pool.run")}
  ${report(count)}
  await pool.close();
`;

const workerpool = (count: number) => `
  import { availableParallelism } from "node:os";
  import workerpool from "workerpool";
  const threads = availableParallelism();
  const pool = workerpool.pool(${JSON.stringify(registered)}, { workerType: "thread", minWorkers: threads, maxWorkers: threads });
  const run = (item) => pool.exec("increment", [item]);
  ${made(count)}
  ${itemByItem(count, "run")}
  ${report(count)}
  await pool.terminate();
`;

const limit = (count: number) => `
  ${pool(many)}
  ${made(count)}
  const chunks = [];
  let chunk = [];
  for (const item of items()) {
    if (chunk.push(item) < ${Math.ceil(count / 16)}) continue;
    chunks.push(pool.run(chunk));
    chunk = [];
  }
  chunks.push(pool.run(chunk));
  const results = (await Promise.all(chunks)).flat();
  ${add}
  ${report(count)}
  await pool.close();
`;

const dask = (count: number) => `
from distributed import Client, LocalCluster

def increment(n):
    return n + 1

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        results = client.gather(client.map(increment, range(${count})))
        assert sum(results) == ${(count * (count + 1)) / 2}
        import resource
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
`;

const javascript =
  (program: (count: number) => string, watchMemory = false) =>
  (count: number) =>
    untilLastResult(process.execPath, ["--input-type=module", "--eval", program(count)], { watchMemory });

const contenders: Record<string, (count: number) => Promise<Measured>> = {
  ours: javascript(ours, true),
  dask: (count) => {
    const script = join(folder, "cluster.py");
    writeFileSync(script, dask(count));
    return untilLastResult("/usr/bin/python3", [script], { watchMemory: true });
  },
  piscina: javascript(piscina),
  workerpool: javascript(workerpool),
  limit: javascript(limit),
};

interface Figures {
  readonly seconds: number;
  readonly runs: number;
  readonly clientMebibytes: number;
  readonly helpersMebibytes: number;
}

const dasks = daskVersion();
const figures: Record<string, Record<number, Figures>> = {};
for (const who of options.who.split(",")) {
  const measure = contenders[who];
  if (measure === undefined) throw new Error(`--who takes any of ${Object.keys(contenders).join(", ")}`);
  if (who === "dask" && dasks === undefined) {
    console.log("dask: missing (apt-get install python3-distributed)");
    continue;
  }
  figures[who] = {};
  for (const size of sizes) {
    if (who === "dask" && size > MOST_OF_DASK) continue;
    const measured = await repeated(runs, () => measure(size));
    const found: Figures = {
      seconds: rounded(median(measured.map(({ seconds }) => seconds))),
      runs: measured.length,
      clientMebibytes: Math.round(Math.max(...measured.map(({ line }) => Number(line)))),
      helpersMebibytes: Math.max(...measured.map(({ helpersMebibytes }) => helpersMebibytes)),
    };
    (figures[who] as Record<number, Figures>)[size] = found;
    const memory = `${found.clientMebibytes} MiB${found.helpersMebibytes > 0 ? ` and ${found.helpersMebibytes} MiB of its processes` : ""}`;
    console.log(
      `${String(size).padStart(8)} items  ${who.padEnd(8)} ${found.seconds.toFixed(2).padStart(7)} s  ${memory}`,
    );
  }
}
rmSync(folder, { recursive: true });

const by = (who: string, of: (found: Figures) => number) =>
  Object.fromEntries(Object.entries(figures[who] ?? {}).map(([size, found]) => [size, of(found)]));
const seconds = (who: string) => by(who, (found) => found.seconds);
const memory = (who: string) => ({
  client: by(who, (found) => found.clientMebibytes),
  itsProcesses: by(who, (found) => found.helpersMebibytes),
});

/** How many times as long a peer takes. */
const times = (peer: string) =>
  Object.fromEntries(
    sizes.flatMap((size) => {
      const [theirs, own] = [figures[peer]?.[size], figures.ours?.[size]];
      return theirs === undefined || own === undefined ? [] : [[size, rounded(theirs.seconds / own.seconds)]];
    }),
  );
const own = figures.ours ?? {};
const [million, tenth] = [own[1_000_000], own[100_000]];
console.log(
  JSON.stringify({
    bench: "local-map",
    unit: "s",
    ours: seconds("ours"),
    peers: {
      dask: figures.dask === undefined ? "missing" : seconds("dask"),
      piscina: seconds("piscina"),
      workerpool: seconds("workerpool"),
    },
    limit: seconds("limit"),
    ratios: {
      dask: times("dask"),
      piscina: times("piscina"),
      workerpool: times("workerpool"),
      limit: times("limit"),
      ...(million === undefined || tenth === undefined
        ? {}
        : { clientMemoryOfMillionTo100000: rounded(million.clientMebibytes / tenth.clientMebibytes) }),
    },
    mebibytes: {
      ours: memory("ours"),
      dask: memory("dask"),
      piscina: memory("piscina"),
      workerpool: memory("workerpool"),
    },
    versions: { ...(dasks === undefined ? {} : { dask: dasks }) },
  }),
);
