// What the emulator can take: tasks a second by collections of 100, pages of a list of 100,000 tasks, bytes of memory a task,
// and seconds for 1,000 tasks that do nothing on 2 slots, beside the same by xargs.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { SignedClient, type TestJson } from "../test/emulator/support/signed-client.js";
import { median } from "./measure.js";

const TASKS = 100_000;
const COLLECTION = 100;
const REQUESTS_IN_FLIGHT = 8;
const TRIVIAL_TASKS = 1000;
const SLOTS = 2;

interface Started {
  process: ChildProcess;
  client: SignedClient;
}

async function start(): Promise<Started> {
  const child = spawn(process.execPath, ["dist/emulator/main.js"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return { process: child, client: new SignedClient(JSON.parse(line.toString("utf8"))) };
}

async function stop({ process: child }: Started): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function expectStatus(answer: ReturnType<SignedClient["post"]>, status: number): Promise<TestJson> {
  const { status: actual, text, json } = await answer;
  if (actual !== status) throw new Error(`expected status ${status}, got ${actual}: ${text}`);
  return json;
}

async function seconds(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return (performance.now() - began) / 1000;
}

/** Resident memory of a process in bytes. */
function memoryOf(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** A task of the size that clients send. */
const usualTask = (index: number): object => ({
  id: `task-${String(index).padStart(8, "0")}`,
  commandLine: "/bin/sh -c 'exec node \"$AZ_BATCH_NODE_SHARED_DIR/program.js\"'",
  environmentSettings: [{ name: "INDEX", value: String(index) }],
  constraints: { maxTaskRetryCount: 2 },
});

async function addTasks(client: SignedClient, jobId: string, count: number, task: (index: number) => object) {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next += COLLECTION;
      const value = Array.from({ length: COLLECTION }, (_, index) => task(first + index));
      await expectStatus(client.post(`/jobs/${jobId}/addtaskcollection`, { value }), 200);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, send));
}

async function listAll(client: SignedClient, jobId: string): Promise<number[]> {
  const milliseconds: number[] = [];
  let query: Record<string, string> = { $select: "id,state" };
  for (;;) {
    let page: TestJson = {};
    const taken = await seconds(async () => {
      page = await expectStatus(client.get(`/jobs/${jobId}/tasks`, query), 200);
    });
    milliseconds.push(taken * 1000);
    const next = page["odata.nextLink"];
    if (next === undefined) return milliseconds;
    query = Object.fromEntries(new URL(String(next)).searchParams);
  }
}

async function measureBigJob() {
  const started = await start();
  const { client } = started;
  await expectStatus(client.post("/jobs", { id: "big", poolInfo: { poolId: "none" } }), 201);
  const before = memoryOf(started.process);
  const adding = await seconds(() => addTasks(client, "big", TASKS, usualTask));
  const bytesPerTask = (memoryOf(started.process) - before) / TASKS;
  const pages = await listAll(client, "big");
  const tenth = Math.floor(pages.length / 10);
  const filtering = await seconds(() => client.get("/jobs/big/tasks", { $filter: "state eq 'completed'" }));
  await stop(started);
  return {
    tasksPerSecond: Math.round(TASKS / adding),
    bytesPerTask: Math.round(bytesPerTask),
    firstPages: median(pages.slice(0, tenth)),
    lastPages: median(pages.slice(-tenth)),
    filtering: filtering * 1000,
  };
}

async function measureTrivialTasks() {
  const started = await start();
  const { client } = started;
  const virtualMachineConfiguration = {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  };
  const pool = { id: "pool", vmSize: "standard_d2_v3", targetDedicatedNodes: 1, taskSlotsPerNode: SLOTS };
  await expectStatus(client.post("/pools", { ...pool, virtualMachineConfiguration }), 201);
  await expectStatus(client.post("/jobs", { id: "trivial", poolInfo: { poolId: "pool" } }), 201);
  const emulator = await seconds(async () => {
    await addTasks(client, "trivial", TRIVIAL_TASKS, (index) => ({ id: `t${index}`, commandLine: "true" }));
    for (;;) {
      const { taskCounts } = (await client.get("/jobs/trivial/taskcounts")).json;
      if ((taskCounts as { completed: number }).completed === TRIVIAL_TASKS) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await stop(started);
  const xargs = await seconds(async () => {
    execFileSync("/bin/sh", ["-c", `seq ${TRIVIAL_TASKS} | xargs -P${SLOTS} -I{} true`]);
  });
  return { emulator, xargs };
}

const big = await measureBigJob();
console.log(`collections of ${COLLECTION}      ${big.tasksPerSecond} tasks/s`);
console.log(`memory                  ${big.bytesPerTask} bytes a task`);
console.log(`pages of 1000, first    ${big.firstPages.toFixed(1)} ms`);
console.log(`pages of 1000, last     ${big.lastPages.toFixed(1)} ms`);
console.log(`filter that finds none  ${big.filtering.toFixed(1)} ms`);
const TRIVIAL = `${TRIVIAL_TASKS} true tasks on ${SLOTS} slots`;
const trivial = await measureTrivialTasks();
console.log(`${TRIVIAL_TASKS} tasks, ${SLOTS} slots      ${trivial.emulator.toFixed(2)} s`);
console.log(`xargs -P${SLOTS}               ${trivial.xargs.toFixed(2)} s`);

console.log(
  JSON.stringify({
    bench: "emulator",
    tasksPerSecond: big.tasksPerSecond,
    bytesPerTask: big.bytesPerTask,
    pageMilliseconds: { first: Number(big.firstPages.toFixed(1)), last: Number(big.lastPages.toFixed(1)) },
    filterMilliseconds: Number(big.filtering.toFixed(1)),
    unit: "s",
    ours: { [TRIVIAL]: Number(trivial.emulator.toFixed(2)) },
    peers: { xargs: { [TRIVIAL]: Number(trivial.xargs.toFixed(2)) } },
    limit: null,
    ratios: { xargs: Number((trivial.xargs / trivial.emulator).toFixed(2)) },
  }),
);
