/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import {
  type BatchJob,
  type BatchNode,
  type BatchPool,
  type BatchTask,
  connect,
  type FanOut,
  type FanOutSummary,
  type Job,
  job,
  type Pool,
  pool,
  type Task,
  type TaskCounts,
  type TaskOutcome,
  task,
  ubuntu,
} from "../../src/index.js";
import { type Equal, expectTrue } from "./expect.js";

const batch = connect();
const described = pool("render").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);

// What makes things gives handles; handles give plain data.
const made = await batch.createPool(described);
expectTrue<Equal<typeof made, Pool>>();
const ensured = await batch.ensurePool(described, { update: true });
expectTrue<Equal<typeof ensured, Pool>>();
const shown = await made.get();
expectTrue<Equal<typeof shown, BatchPool>>();
expectTrue<Equal<typeof shown.creationTime, string>>();
const idle = await made.waitUntilIdle();
expectTrue<Equal<typeof idle, readonly BatchNode[]>>();
const nightly = await batch.createJob(job("nightly"), { pool: made });
expectTrue<Equal<typeof nightly, Job>>();
const added = await nightly.addTask(task("t1").command(["true"]), { files: ["script.py"] });
expectTrue<Equal<typeof added, Task>>();
const completed = await added.wait({ deadline: "1h" });
expectTrue<Equal<typeof completed, BatchTask>>();
const counts = await nightly.wait();
expectTrue<Equal<typeof counts, TaskCounts>>();

// Lists give what was selected, and no more.
for await (const one of batch.jobs()) expectTrue<Equal<typeof one.id, BatchJob["id"]>>();
for await (const one of batch.jobs({ select: ["id", "state"] })) {
  expectTrue<Equal<typeof one, Pick<BatchJob, "id" | "state">>>();
  // @ts-expect-error: it was not selected
  one.creationTime;
}
for await (const one of made.nodes({ select: ["ipAddress"] })) {
  expectTrue<Equal<typeof one, Pick<BatchNode, "ipAddress">>>();
}
// @ts-expect-error: a job has no such property
batch.jobs({ select: ["vmSize"] });

// An item's type flows through a fan-out.
const submission = batch.fanOut("nightly", [{ n: 1 }], ({ n }, index) => {
  expectTrue<Equal<typeof n, number>>();
  expectTrue<Equal<typeof index, number>>();
  return task(`t${n}`).command(["true"]);
});
expectTrue<Equal<typeof submission, FanOut<{ n: number }>>>();
const summary = await submission;
expectTrue<Equal<typeof summary, FanOutSummary>>();
for await (const outcome of submission) {
  expectTrue<Equal<typeof outcome, TaskOutcome<{ n: number }>>>();
  expectTrue<Equal<typeof outcome.item.n, number>>();
  // @ts-expect-error: what was added has no code
  if (outcome.status === "added") outcome.code;
}

// @ts-expect-error: a pool of a job has no id, one with an id is ensured
batch.createJob(job("nightly"), { pool: described });
// @ts-expect-error: an account's pool needs an id
batch.createPool(pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1));
// @ts-expect-error: what the service shows is not to be changed
shown.vmSize = "Standard_D4s_v5";
// @ts-expect-error: a deadline is a duration
added.wait({ deadline: "soon" });
// @ts-expect-error: what becomes of the tasks is to be said
nightly.disable();
