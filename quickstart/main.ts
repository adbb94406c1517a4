// The quickstart: two runs over real tables, on this computer, or on a Batch account where AZURE_BATCH_ACCOUNT,
// AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCESS_KEY and AZURE_STORAGE_CONNECTION_STRING are set.
import type { RunProgress } from "azure-batch-parallel";
import { flightsByHour } from "./flights.js";
import { describeTables } from "./tables.js";

const began = performance.now();

console.log("Delays of 200,000 flights by hour of day: a function over slices");
const flights = await withProgress(flightsByHour);
console.table(
  flights.result.hours.map(({ hour, count, mean, median, p95 }) => ({
    hour,
    flights: count,
    mean: round(mean),
    median,
    p95,
  })),
);
report("a plain loop in one process", flights.result.agrees, flights.last);

console.log("\nEvery CSV file of the package: a Python script, one file an item");
const tables = await withProgress(describeTables);
console.table(
  tables.result.tables.map(({ name, rows, columns, numeric }) => {
    const [column, { min, max, mean } = {}] = Object.entries(numeric)[0] ?? [];
    return {
      name,
      rows,
      columns,
      numeric: Object.keys(numeric).length,
      first: column,
      min,
      max,
      mean: mean && round(mean),
    };
  }),
);
report("a CSV library in JavaScript", tables.result.agrees, tables.last);

console.log(`\nDone in ${round((performance.now() - began) / 1000)} s.`);
if (!flights.result.agrees || !tables.result.agrees) process.exitCode = 1;

async function withProgress<T>(start: (progress: (progress: RunProgress) => void) => Promise<T>) {
  let last: RunProgress | undefined;
  const result = await start((progress) => {
    last = progress;
    const { phase, engine, fulfilled, total, tasks } = progress;
    const line = `  ${phase}${engine ? ` on ${engine}` : ""}: ${fulfilled} of ${total ?? "?"} items, ${tasks} tasks`;
    process.stderr.write(
      process.stderr.isTTY ? `\r\u001b[2K${line}${phase === "ended" ? "\n" : ""}` : `${line}\n`,
    );
  });
  return { result, last: last as RunProgress };
}

function report(
  other: string,
  agrees: boolean,
  { fulfilled, tasks, nodes, engine, seconds }: RunProgress,
): void {
  console.log(agrees ? `✓ agrees with ${other}` : `✗ DIFFERS from ${other}`);
  console.log(`${fulfilled} items, ${tasks} tasks, ${nodes} node(s), engine: ${engine}, ${round(seconds)} s`);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
