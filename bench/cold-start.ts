// Seconds of the first result of an empty process: one item on the local engine, beside the same on Dask's LocalCluster of 2
// (Debian's python3-distributed); and milliseconds of importing the package, told inside the process, beside @azure/batch.
// Options: --runs 5
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { daskVersion, median, repeated, rounded, untilLastResult } from "./measure.js";

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const runs = Number(options.runs);

const ours = `
  import { runParallel } from "azure-batch-parallel";
  const [result] = await runParallel([1], (n) => n);
  console.log(result);
`;
const dask = `
from distributed import Client, LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        print(client.gather(client.map(lambda n: n, [1]))[0], flush=True)
`;
const bare = "console.log(1);";
const importing = (name: string) => `
  const began = performance.now();
  await import(${JSON.stringify(name)});
  console.log(performance.now() - began);
`;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const script = join(folder, "cluster.py");
writeFileSync(script, dask);
const node = (program: string) => () =>
  untilLastResult(process.execPath, ["--input-type=module", "--eval", program]);

const secondsOf = async (what: string, measure: () => ReturnType<typeof untilLastResult>) => {
  const seconds = rounded(median((await repeated(runs, measure)).map((one) => one.seconds)));
  console.log(`${what.padEnd(34)} ${seconds.toFixed(2).padStart(7)} s`);
  return seconds;
};
const importOf = async (name: string) => {
  const measured = await repeated(runs, node(importing(name)));
  const milliseconds = rounded(median(measured.map(({ line }) => Number(line))));
  console.log(`${`import("${name}")`.padEnd(34)} ${milliseconds.toFixed(1).padStart(7)} ms`);
  return milliseconds;
};

const own = await secondsOf("one item on the local engine", node(ours));
const version = daskVersion();
const theirs =
  version === undefined
    ? undefined
    : await secondsOf(`one item on Dask ${version}`, () => untilLastResult("/usr/bin/python3", [script]));
if (theirs === undefined) console.log("dask: missing (apt-get install python3-distributed)");
const limit = await secondsOf("node --eval", node(bare));
const imports = {
  "azure-batch-parallel": await importOf("azure-batch-parallel"),
  "@azure/batch": await importOf("@azure/batch"),
};
rmSync(folder, { recursive: true });

const [ownImport, batchImport] = [imports["azure-batch-parallel"], imports["@azure/batch"]];
console.log(
  JSON.stringify({
    bench: "cold-start",
    unit: "s",
    ours: { "one item": own, import: ownImport / 1000 },
    peers: {
      dask: theirs === undefined ? "missing" : { "one item": theirs },
      "@azure/batch": { import: batchImport / 1000 },
    },
    limit: { "one item": limit },
    ratios: {
      ...(theirs === undefined ? {} : { dask: rounded(own / theirs) }),
      import: rounded(ownImport / batchImport),
    },
    versions: { ...(version === undefined ? {} : { dask: version }) },
  }),
);
