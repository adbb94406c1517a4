/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import type { PoolParameter, PoolSpecification } from "../../src/azure/parameters/index.js";
import { defaultPool } from "../../src/builders/default-pool.js";
import type { Duration } from "../../src/builders/duration.js";
import { type MarketplaceImage, ubuntu } from "../../src/builders/images.js";
import { isJobBuilder, type JobBuilder, job, type UnplacedJobBuilder } from "../../src/builders/job.js";
import {
  type AutoscaledPoolBuilder,
  type FixedPoolBuilder,
  isPoolBuilder,
  type PoolBuilder,
  pool,
  type UnsizedPoolBuilder,
} from "../../src/builders/pool.js";
import { type Equal, expectTrue } from "./expect.js";

// The id decides what is built.
const named = pool("render");
const unnamed = pool();
expectTrue<Equal<typeof named, UnsizedPoolBuilder<"render">>>();
expectTrue<Equal<typeof unnamed, UnsizedPoolBuilder<undefined>>>();
expectTrue<Equal<typeof named.id, "render">>();
const parameter = named.dedicatedNodes(1).build();
expectTrue<Equal<typeof parameter, PoolParameter>>();
const specification = unnamed.dedicatedNodes(1).build();
expectTrue<Equal<typeof specification, PoolSpecification>>();
const fallback = defaultPool().build();
expectTrue<Equal<typeof fallback, PoolSpecification>>();
// @ts-expect-error: what is built is not to be changed
parameter.vmSize = "Standard_D4s_v5";
// @ts-expect-error: the pool of one run has no id
specification.id;
// @ts-expect-error: an id is text
pool(5);

// A fixed size and autoscale exclude each other.
const fixed = named.vmSize("Standard_D2s_v5").image(ubuntu("24.04")).spotNodes(20);
expectTrue<Equal<typeof fixed, FixedPoolBuilder<"render">>>();
const more = fixed.dedicatedNodes(1).taskSlotsPerNode(4).displayName("a").spotNodes(3);
expectTrue<Equal<typeof more, FixedPoolBuilder<"render">>>();
const scaled = named.autoscale({ max: 10 }).taskSlotsPerNode(2);
expectTrue<Equal<typeof scaled, AutoscaledPoolBuilder<"render">>>();
// @ts-expect-error: it has a fixed size
fixed.autoscale({ max: 10 });
// @ts-expect-error: still
more.autoscale({ max: 10 });
// @ts-expect-error: it follows its work
scaled.dedicatedNodes(1);
// @ts-expect-error: it does
scaled.spotNodes(1);
// @ts-expect-error: it does already
scaled.autoscale({ max: 10 });

// Every stage is a pool.
const pools: PoolBuilder[] = [named, unnamed, fixed, scaled, defaultPool()];
pools.push(pool("a").autoscale({ max: 1 }));
declare const unknownPool: PoolBuilder;
const either = unknownPool.build();
expectTrue<Equal<typeof either, PoolParameter | PoolSpecification>>();
declare const value: string | PoolBuilder;
if (isPoolBuilder(value)) expectTrue<Equal<typeof value, PoolBuilder>>();
// @ts-expect-error: a job is no pool
const _job: PoolBuilder = job();

// Options.
named.autoscale({ min: 0, max: 10, start: 2, nodes: "spot", evaluationInterval: "10m" });
// @ts-expect-error: autoscale needs to know where to end
named.autoscale({ min: 0 });
// @ts-expect-error: there is no such option
named.autoscale({ max: 10, minimum: 0 });
// @ts-expect-error: there is no such kind of node
named.autoscale({ max: 10, nodes: "lowPriority" });
// @ts-expect-error: there is no such fill type
named.taskFillType("Pack");
// @ts-expect-error: Batch has retired it
ubuntu("20.04");
// @ts-expect-error: there is no third generation
ubuntu("24.04", { generation: 3 });
expectTrue<Equal<ReturnType<typeof ubuntu>, MarketplaceImage>>();
// @ts-expect-error: an image needs its node agent
named.image({ publisher: "p", offer: "o", sku: "s" });
named.startTask({ command: ["apt-get", "install", "ffmpeg"], elevationLevel: "admin" });
named.startTask({ commandLine: "/bin/sh -c 'true'" });
// @ts-expect-error: it is one or the other
named.startTask({ command: ["true"], commandLine: "true" });
// @ts-expect-error: it is one of them
named.startTask({ waitForSuccess: true });
// @ts-expect-error: a list has a program
named.startTask({ command: [] });
// @ts-expect-error: values are text
named.metadata({ a: 1 });

// Durations.
const durations: Duration[] = [5, "500ms", "90s", "30m", "1.5h", "7d", "PT30M", "P1DT2H"];
named.resizeTimeout(durations[0] ?? "15m");
// @ts-expect-error: that is no unit
named.resizeTimeout("30 minutes");
// @ts-expect-error: there is no unit
named.resizeTimeout("30");

// Jobs.
const nightly = job("nightly").priority(100).maxRetries(2).env({ LANG: "C" }).maxWallClockTime("6h");
expectTrue<Equal<typeof nightly, UnplacedJobBuilder<"nightly", undefined>>>();
const builtId = nightly.build().id;
expectTrue<Equal<typeof builtId, "nightly">>();
const builtPriority = job().build().priority;
expectTrue<Equal<typeof builtPriority, number | undefined>>();
const jobs: JobBuilder[] = [job(), nightly];
if (isJobBuilder(jobs[0])) jobs.pop();
// @ts-expect-error: the job of a run has no id
job().build().id;
// @ts-expect-error: there is no such action
job().onTaskFailure("stop");
// @ts-expect-error: values are text
job().env({ A: undefined });
