import { batchPort } from "../../src/azure/batch.js";
import type { ContainerPort } from "../../src/azure/ports.js";
import { drive } from "../../src/run/drive.js";
import { FileStage } from "../../src/run/file-stage.js";
import { ItemSource } from "../../src/run/item-source.js";
import { OutcomeLog } from "../../src/run/outcome-log.js";
import { PartReader } from "../../src/run/part-reader.js";
import { ChunkFeed } from "../../src/run/pipeline/chunk-feed.js";
import { Composition } from "../../src/run/pipeline/composition.js";
import { ProgressMeter } from "../../src/run/progress-meter.js";
import { resolveOptions } from "../../src/run/resolve-options.js";
import type { Session } from "../../src/run/session.js";
import { Stopper } from "../../src/run/stopper.js";
import type { PreparedWork } from "../../src/work/prepared-work.js";
import { lognormalOf, randomStream } from "./random.js";
import { SimulatedBatch } from "./service.js";
import { SimulatedContainer } from "./storage.js";
import { VirtualClock } from "./virtual-clock.js";

/*
 * A run in virtual time: the library's own planning, submission and watching, from `drive` down to the requests, against a
 * service, a storage account and nodes that are simulated.
 */

/** What is simulated. Times are in seconds. */
export interface Scenario {
  readonly items: number;
  /** Whether the input says how many items it has. */
  readonly known: boolean;
  /** Of an item. */
  readonly mean: number;
  /** Deviation of the logarithm of an item's time. */
  readonly sigma: number;
  readonly nodes: number;
  readonly taskOverhead: number;
  readonly latency: number;
  readonly listLag: number;
  readonly requestsPerSecond: number;
  readonly evictionsPerHour: number;
  readonly replacement: number;
  readonly seed: number;
  readonly chunkSize: number | "auto";
  /** In the currency that you think in. */
  readonly rates: { readonly nodeHour: number; readonly storageRequests10k: number };
}

export const USUAL: Scenario = {
  items: 10_000_000,
  known: true,
  mean: 1,
  sigma: 1,
  nodes: 1000,
  taskOverhead: 1,
  latency: 0.05,
  listLag: 2,
  requestsPerSecond: 50,
  evictionsPerHour: 0,
  replacement: 300,
  seed: 1,
  chunkSize: "auto",
  rates: { nodeHour: 0.1, storageRequests10k: 0.05 },
};

/** What came of it. Times are in seconds. */
export interface SimulatedRun {
  readonly makespan: number;
  /** All items' time, spread over all nodes without a gap and without anything that a task costs. */
  readonly ideal: number;
  readonly tasks: number;
  readonly parts: number;
  readonly evictions: number;
  /** Of the client, by what they are for. */
  readonly requests: Readonly<Record<string, number>>;
  readonly requestsInAll: number;
  /** Of the nodes' time and the requests to storage, at the scenario's rates. */
  readonly price: number;
  readonly log: OutcomeLog;
}

const WORK: PreparedWork = {
  kind: "function",
  files: [],
  toWire: (item) => item,
  fromWire: (value) => value,
};

/**
 * Simulates a run. `onTenth` is called each time that another tenth of the items has its outcome; `read` reads outcomes while
 * the run goes on.
 */
export async function simulate(
  scenario: Scenario,
  { onTenth, read }: { onTenth?: (items: number) => void; read?: (log: OutcomeLog) => Promise<void> } = {},
): Promise<SimulatedRun> {
  const { items, nodes, seed } = scenario;
  const itemMilliseconds = (index: number) => 1000 * lognormalOf(seed, index, scenario.mean, scenario.sigma);
  const clock = new VirtualClock();
  const random = randomStream(seed + 1);
  const latency = () => 1000 * scenario.latency * (0.5 + random());
  const container = new SimulatedContainer(clock, { latency, keeps: read !== undefined });
  const batch = new SimulatedBatch(clock, container, {
    nodes,
    itemMilliseconds,
    taskOverhead: 1000 * scenario.taskOverhead,
    latency,
    listLag: 1000 * scenario.listLag,
    requestsPerSecond: scenario.requestsPerSecond,
    evictionsPerHour: scenario.evictionsPerHour,
    replacement: 1000 * scenario.replacement,
    seed: seed + 2,
  });

  const options = resolveOptions({
    id: "simulated",
    workersPerTask: 1,
    deadline: "10000h",
    chunkSize: scenario.chunkSize,
  });
  const session: Session = {
    engine: "azure",
    batch: batchPort("https://simulated", batch, { clock }),
    container: container as unknown as ContainerPort,
    jobId: options.id,
    pool: { poolInfo: { poolId: "pool" }, taskSlotsPerNode: 1, slots: nodes },
    ownership: { release: async () => undefined },
    clock,
  };
  const stopper = new Stopper();
  const parts = new PartReader(options.id, stopper.signal);
  parts.open(session.container);
  const noFiles = () => {
    throw new Error("Simulated items give no files.");
  };
  const log = new OutcomeLog(parts, WORK, noFiles);
  const source = new ItemSource(numbers(scenario), WORK, noFiles);
  await source.lookAhead();
  const progress = tenths(items, onTenth);
  const stage = new FileStage(options.id);
  const composition = new Composition(session, stopper);
  const feed = new ChunkFeed();
  const { done } = drive({ composition, feed, source, stage, options, log, parts, progress, stopper });
  const reading = read?.(log);
  await clock.passUntil(Promise.all([done, reading]));
  if (stopper.cause !== undefined)
    throw new Error("The simulated run was stopped.", { cause: stopper.cause });

  let work = 0;
  for (let index = 0; index < items; index++) work += itemMilliseconds(index);
  const makespan = clock.now() / 1000;
  const { put, get, list } = container.requests;
  const requests = { ...batch.requests, putInputs: put, getParts: get, listParts: list };
  const { rates } = scenario;
  return {
    makespan,
    ideal: work / 1000 / nodes,
    tasks: batch.tasks,
    parts: container.parts,
    evictions: batch.evictions,
    requests,
    requestsInAll: Object.values(requests).reduce((sum, count) => sum + count, 0),
    price:
      ((nodes * makespan) / 3600) * rates.nodeHour + ((put + get + list) / 10_000) * rates.storageRequests10k,
    log,
  };
}

/** Numbers that take no memory to speak of. */
function numbers({ items, known }: Scenario): Iterable<number> {
  if (known) return new Uint32Array(items).map((_, index) => index);
  return (function* () {
    for (let index = 0; index < items; index++) yield index;
  })();
}

/** Counts as a run's meter does, and says when another tenth is done. */
function tenths(items: number, onTenth: ((items: number) => void) | undefined): ProgressMeter {
  const progress = new ProgressMeter();
  let done = 0;
  const finished = progress.finished.bind(progress);
  progress.finished = (fulfilled, rejected, node) => {
    const before = Math.floor((10 * done) / items);
    done += fulfilled + rejected;
    finished(fulfilled, rejected, node);
    if (Math.floor((10 * done) / items) > before) onTenth?.(done);
  };
  return progress;
}
