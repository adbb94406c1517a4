import fc from "fast-check";
import { test } from "vitest";
import { startEmulator } from "../../src/emulator/index.js";
import {
  checkAll,
  checkAnswer,
  checkTaskChange,
  isSameId,
  look,
  Satisfied,
  type Snapshot,
} from "./support/invariants.js";
import { beginning, moves, poolBody, type Step } from "./support/random-steps.js";
import { at, SignedClient, type TestJson } from "./support/signed-client.js";
import { until } from "./support/until.js";

const speed = 600;
const poolIds = ["p1", "p2", "cluster"];

/** Puts the id of a node of its pool into a request. */
function resolve(step: Step, snapshot: Snapshot): Step {
  const [, poolId] = /^\/pools\/([^/]+)/.exec(step.path) ?? [];
  if (poolId === undefined) return step;
  const nodes = snapshot.pools.find(({ pool }) => isSameId(pool.id, poolId))?.nodes ?? [];
  const text = JSON.stringify(step).replace(/\{([01])\}/g, (_, index) =>
    String(nodes[Number(index)]?.id ?? "none"),
  );
  return JSON.parse(text) as Step;
}

/** Gives every job what it needs to get its tasks done, and waits until they are. */
async function finishEverything(client: SignedClient): Promise<void> {
  const pool = async (id: string): Promise<TestJson> => (await client.get(`/pools/${id}`)).json;
  for (const { id } of (await look(client)).schedules)
    await client.post(`/jobschedules/${String(id)}/terminate`);
  for (const id of poolIds) {
    await until(async () => (await pool(id)).state !== "deleting");
    await client.post("/pools", poolBody(id, 0));
    await client.post(`/pools/${id}/disableautoscale`);
    await until(async () => (await pool(id)).allocationState === "steady");
    await client.post(`/pools/${id}/resize`, { targetDedicatedNodes: 2, targetLowPriorityNodes: 0 });
    await until(async () => (await pool(id)).allocationState === "steady");
  }
  const { jobs, pools } = await look(client);
  for (const { pool: found, nodes } of pools) {
    for (const node of nodes) {
      await client.post(`/pools/${String(found.id)}/nodes/${String(node.id)}/enablescheduling`);
    }
  }
  for (const { job: found } of jobs) await client.post(`/jobs/${String(found.id)}/enable`);
  await until(async () => {
    const now = await look(client);
    const ended = now.schedules.every((found) => found.state === "completed");
    return ended && now.jobs.every((entry) => entry.job.state === "completed" || isDone(entry));
  });
}

// A task may wait for ever only for one that is not there, has failed, or waits itself for such a one, or for a node of
// another kind than its pool has.
function isDone({ job: found, tasks }: Snapshot["jobs"][number]): boolean {
  if (found.state !== "active") return false;
  const byId = new Map(tasks.map((one) => [String(one.id).toLowerCase(), one]));
  const satisfied = (id: unknown): boolean => {
    const other = byId.get(String(id).toLowerCase());
    return other?.state === "completed" && at(other, "executionInfo", "result") === "success";
  };
  const fits = (one: TestJson): boolean =>
    at(found, "poolInfo", "poolId") === "cluster"
      ? one.requiredSlots === 1
      : one.multiInstanceSettings === undefined;
  return tasks.every((one) => {
    if (one.state === "completed") return true;
    const ids = (at(one, "dependsOn", "taskIds") ?? []) as unknown[];
    return one.state === "active" && !(fits(one) && ids.every(satisfied));
  });
}

/** When all is done, no node has anything to do any more. */
async function allNodesIdle(client: SignedClient): Promise<boolean> {
  const { pools } = await look(client);
  return pools.every(({ nodes }) => nodes.length === 2 && nodes.every((node) => node.state === "idle"));
}

test("whatever is sent, the invariants hold, every task ends, and everything can be deleted", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (sequence) => {
      const emulator = await startEmulator({ speed });
      const client = new SignedClient(emulator);
      try {
        const satisfied = new Satisfied();
        let before = await look(client);
        for (const move of [beginning, ...sequence]) {
          for (const step of move) {
            const { method, path, ...request } = resolve(step, before);
            const answer = await client.send(method, path, request);
            checkAnswer(step, answer);
            if (move.length === 1) checkTaskChange(step, answer, before);
          }
          const after = await look(client);
          checkAll(before, after);
          satisfied.check(before, after);
          before = after;
        }
        await finishEverything(client);
        await until(() => allNodesIdle(client));
        const last = await look(client);
        checkAll(before, last);
        satisfied.check(before, last);
        for (const found of last.schedules) await client.delete(`/jobschedules/${String(found.id)}`);
        for (const { job: found } of last.jobs) await client.delete(`/jobs/${String(found.id)}`);
        for (const { pool: found } of last.pools) await client.delete(`/pools/${String(found.id)}`);
        await until(async () => {
          const { pools, jobs, schedules } = await look(client);
          return pools.length + jobs.length + schedules.length === 0;
        });
      } finally {
        await emulator.close();
      }
    }),
    { numRuns: Number(process.env.INVARIANT_RUNS ?? 12), interruptAfterTimeLimit: 200_000 },
  );
});
