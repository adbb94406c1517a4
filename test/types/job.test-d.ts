/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import type { JobParameter, JobScheduleParameter } from "../../src/azure/parameters/index.js";
import {
  type ChangedTaskBuilder,
  connect,
  type JobBuilder,
  job,
  jobSchedule,
  pool,
  runParallel,
  type SlottedTaskBuilder,
  type TaskBuilder,
  task,
  ubuntu,
} from "../../src/index.js";
import { type Equal, expectTrue } from "./expect.js";

const small = pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);

// A pool that exists and one that Batch makes exclude each other, and both exclude another one.
const onPool = job("nightly").pool("render");
const onAutoPool = job("nightly").autoPool(small, { idPrefix: "nightly", keepAlive: true });
// @ts-expect-error: it has a pool
onPool.autoPool(small);
// @ts-expect-error: it has one already
onPool.pool("another");
// @ts-expect-error: Batch makes its pool
onAutoPool.pool("render");
// @ts-expect-error: a pool that Batch makes has no id
job("nightly").autoPool(pool("render").vmSize("a").image(ubuntu("24.04")).dedicatedNodes(1));
// @ts-expect-error: there is no such lifetime
job("nightly").autoPool(small, { lifetime: "forever" });

// What was said of it is in what is built.
const built = onPool.priority(5).build();
expectTrue<Equal<typeof built.id, "nightly">>();
expectTrue<Equal<typeof built.poolInfo, JobParameter["poolInfo"]>>();
// @ts-expect-error: nobody said where its tasks run
job("nightly").build().poolInfo;
// @ts-expect-error: nobody gave it an id
job().pool("render").build().id;
const toSend: JobParameter = built;
// @ts-expect-error: what is built is not to be changed
toSend.priority = 3;

// Each method gives the same stage again.
const more = onPool.env({ A: "b" }).usesTaskDependencies().allowTaskPreemption(false).metadata({});
expectTrue<Equal<typeof more, typeof onPool>>();

// Tasks of a job have one command.
onPool.managerTask({ command: ["python3", "plan.py"], authenticationToken: ["job"], allowSpotNode: true });
onPool.preparationTask({ commandLine: "/bin/true", waitForSuccess: false });
onPool.releaseTask({ command: ["rm", "-rf", "/tmp/a"], maxWallClockTime: "10m" });
// @ts-expect-error: a command, or a command line
onPool.managerTask({ command: ["true"], commandLine: "/bin/true" });
// @ts-expect-error: it has none
onPool.preparationTask({});
// @ts-expect-error: a release task is not tried again
onPool.releaseTask({ command: ["true"], maxTaskRetryCount: 2 });
// @ts-expect-error: a preparation task gives no files back
onPool.preparationTask({ command: ["true"], outputFiles: [] });
// @ts-expect-error: a command has a program
onPool.preparationTask({ command: [] });
// @ts-expect-error: there is no such action
onPool.onAllTasksComplete("deletejob");

// A description that begins from another one has what that had.
const tuesday = job.from(onPool, "tuesday").build();
expectTrue<Equal<typeof tuesday.id, "tuesday">>();
expectTrue<Equal<typeof tuesday.poolInfo, JobParameter["poolInfo"]>>();
// @ts-expect-error: what it begins from has no pool
job.from(job("nightly"), "tuesday").build().poolInfo;

// A schedule has a recurrence and a job that has a pool and no id.
const hourly = jobSchedule("hourly").every("1h").job(job().pool("render"));
const schedule = hourly.build();
expectTrue<Equal<typeof schedule.id, "hourly">>();
const scheduleToSend: JobScheduleParameter = schedule;
expectTrue<Equal<typeof scheduleToSend.schedule, JobScheduleParameter["schedule"]>>();
// @ts-expect-error: the schedule gives its jobs their ids
jobSchedule("hourly").every("1h").job(job("nightly").pool("render"));
// @ts-expect-error: its job runs nowhere
jobSchedule("hourly").every("1h").job(job());
// @ts-expect-error: a schedule has an id
jobSchedule();
// @ts-expect-error: that is no duration
hourly.every("one hour");

// A task has one command, in one of four ways.
const begun = task("t1");
begun.command(["python3", "script.py"]);
begun.command`ffmpeg -i ${"a b.mov"} out.mp4`;
begun.windowsCommand(["a.exe", "b c"]);
const first = begun.commandLine("/bin/true");
// @ts-expect-error: it has a command
first.command(["true"]);
// @ts-expect-error: it has none yet
begun.build();
const builtTask = first.build();
expectTrue<Equal<typeof builtTask.id, "t1">>();

// Several slots of a node and several nodes exclude each other.
const slotted = first.requiredSlots(2);
expectTrue<Equal<typeof slotted, SlottedTaskBuilder<"t1">>>();
const several = first.multiInstance({ numberOfInstances: 2, coordination: { command: ["true"] } });
expectTrue<Equal<typeof several, TaskBuilder<"t1">>>();
// @ts-expect-error: it runs on one node
slotted.multiInstance({ numberOfInstances: 2, coordination: { command: ["true"] } });
// @ts-expect-error: it runs on several nodes
several.requiredSlots(2);
// @ts-expect-error: each node runs something first
first.multiInstance({ numberOfInstances: 2 });

// What a task has.
first.dependsOn("a", { start: 1, end: 9 }).exitConditions({ default: { jobAction: "none" } });
first.userIdentity({ username: "me" }).userIdentity({ elevationLevel: "admin", scope: "task" });
// @ts-expect-error: a user of the pool's is what it is
first.userIdentity({ username: "me", elevationLevel: "admin" });
// @ts-expect-error: there is no such action
first.exitConditions({ default: { jobAction: "delete" } });
// @ts-expect-error: a range has an end
first.dependsOn({ start: 1 });
// @ts-expect-error: a hole is text or a number
begun.command`echo ${["a"]}`;
// @ts-expect-error: an argument is text
begun.windowsCommand(["a.exe", 5]);
// @ts-expect-error: what is built is not to be changed
builtTask.requiredSlots = 2;
// @ts-expect-error: a task has an id
task();

// A task that begins from another one may have another command.
const changed = task.from(first, "t2");
expectTrue<Equal<typeof changed, ChangedTaskBuilder<"t2">>>();
changed.command(["true"]).requiredSlots(2);
// @ts-expect-error: the new one has an id, too
task.from(first);

// A run has its own pool.
runParallel([1], (n: number) => n, { job: job().priority(5) });
// @ts-expect-error: this one says where its tasks run
runParallel([1], (n: number) => n, { job: job().pool("render") });
const jobs: JobBuilder[] = [job(), onPool, onAutoPool];
expectTrue<Equal<(typeof jobs)[number]["id"], string | undefined>>();

// The account takes all of them.
const batch = connect();
batch.createJob(onPool);
batch.createJob(job("nightly"), { pool: "render" });
batch.createJobSchedule(hourly);
// @ts-expect-error: the account's jobs have ids
batch.createJob(job().pool("render"));
