// A run of 10,000,000 items on 1,000 nodes in virtual time: requests made, the client's memory, makespan against the ideal, and
// the price. The library's planning, submission and watching are the real ones; service, storage and nodes are simulated.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Scenario, simulate, USUAL } from "./simulator/simulate.js";

const { values } = parseArgs({
  options: {
    items: { type: "string" },
    unknown: { type: "boolean", default: false },
    mean: { type: "string" },
    sigma: { type: "string" },
    nodes: { type: "string" },
    "task-overhead": { type: "string" },
    latency: { type: "string" },
    "requests-per-second": { type: "string" },
    "evictions-per-hour": { type: "string" },
    "node-hour": { type: "string" },
    "storage-10k": { type: "string" },
    seed: { type: "string" },
    "chunk-size": { type: "string" },
  },
});

if (globalThis.gc === undefined) {
  // Memory is measured after a collection, which a script may ask for only where Node.js was started so.
  const self = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, ["--expose-gc", self, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} else await measure();

async function measure(): Promise<void> {
  const number = (name: Exclude<keyof typeof values, "unknown">, otherwise: number) =>
    values[name] === undefined ? otherwise : Number(values[name]);
  const scenario: Scenario = {
    ...USUAL,
    items: number("items", USUAL.items),
    known: !values.unknown,
    mean: number("mean", USUAL.mean),
    sigma: number("sigma", USUAL.sigma),
    nodes: number("nodes", USUAL.nodes),
    taskOverhead: number("task-overhead", USUAL.taskOverhead),
    latency: number("latency", USUAL.latency),
    requestsPerSecond: number("requests-per-second", USUAL.requestsPerSecond),
    evictionsPerHour: number("evictions-per-hour", USUAL.evictionsPerHour),
    seed: number("seed", USUAL.seed),
    chunkSize: values["chunk-size"] === undefined ? USUAL.chunkSize : Number(values["chunk-size"]),
    rates: {
      nodeHour: number("node-hour", USUAL.rates.nodeHour),
      storageRequests10k: number("storage-10k", USUAL.rates.storageRequests10k),
    },
  };
  const megabytes: number[] = [];
  const began = performance.now();
  const run = await simulate(scenario, {
    onTenth: () => {
      globalThis.gc?.();
      megabytes.push(Math.round(process.memoryUsage().heapUsed / 2 ** 20));
    },
  });
  const took = (performance.now() - began) / 1000;

  console.log(`items                ${scenario.items.toLocaleString("en")} on ${scenario.nodes} nodes`);
  console.log(`makespan             ${run.makespan.toFixed(0)} s, ideal ${run.ideal.toFixed(0)} s`);
  console.log(`tasks                ${run.tasks}, which left ${run.parts} parts of outcomes`);
  console.log(`client requests      ${run.requestsInAll}: ${JSON.stringify(run.requests)}`);
  console.log(`items a request      ${(scenario.items / run.requestsInAll).toFixed(0)}`);
  console.log(`heap at each tenth   ${megabytes.join(", ")} MiB`);
  console.log(`evictions            ${run.evictions}`);
  console.log(`price                ${run.price.toFixed(2)} at ${JSON.stringify(scenario.rates)}`);
  console.log(`simulated in         ${took.toFixed(0)} s`);
  console.log(
    JSON.stringify({
      bench: "scale",
      unit: "s",
      ours: Math.round(run.makespan),
      peers: {},
      limit: Math.round(run.ideal),
      ratios: {
        makespan: Math.round((1000 * run.makespan) / run.ideal) / 1000,
        itemsPerRequest: Math.round(scenario.items / run.requestsInAll),
      },
      tasks: run.tasks,
      parts: run.parts,
      requests: run.requests,
      heapMebibytes: megabytes,
      evictions: run.evictions,
      price: Math.round(100 * run.price) / 100,
      scenario,
    }),
  );
}
