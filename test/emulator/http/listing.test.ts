import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { requestHead, sendBytes } from "../support/raw-request.js";
import { SignedClient, type TestJson } from "../support/signed-client.js";

let emulator: Emulator;
let client: SignedClient;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new SignedClient(emulator);
});
afterAll(() => emulator.close());

/** A job whose tasks wait for ever, as its pool does not come. */
async function addJob(id: string, taskIds: readonly string[]): Promise<void> {
  expect((await client.post("/jobs", { id, poolInfo: { poolId: "none" } })).status).toBe(201);
  await addTasks(id, taskIds);
}

async function addTasks(jobId: string, ids: readonly string[]): Promise<void> {
  const value = ids.map((id) => ({ id, commandLine: "true" }));
  expect((await client.post(`/jobs/${jobId}/addtaskcollection`, { value })).status).toBe(200);
}

/** Follows a link as clients do: its path and query as they stand. */
async function follow(link: unknown): Promise<TestJson> {
  const url = new URL(String(link));
  url.searchParams.delete("api-version");
  const answer = await client.get(url.pathname, Object.fromEntries(url.searchParams));
  expect(answer.status).toBe(200);
  return answer.json;
}

const idsOf = (page: TestJson): string[] => (page.value as { id: string }[]).map(({ id }) => id);

/** What happens to a list between two of its pages. */
interface Change {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

const taskId = fc.stringMatching(/^[a-c]{1,3}$/);
const ids = fc.uniqueArray(taskId, { maxLength: 20 });
const changes = fc.array(fc.record({ add: ids, remove: ids }), { maxLength: 8 });

let jobs = 0;

describe("pages of a list", () => {
  test("show what stays exactly once, in order, whatever comes and goes between them", async () => {
    await fc.assert(
      fc.asyncProperty(ids, fc.integer({ min: 1, max: 5 }), changes, async (initial, size, between) => {
        const job = `job${++jobs}`;
        await addJob(job, initial);
        const present = new Set(initial);
        const stayed = new Set(initial);

        let page = (await client.get(`/jobs/${job}/tasks`, { maxresults: String(size) })).json;
        const seen = idsOf(page);
        for (const change of [...between, ...Array<Change>(40).fill({ add: [], remove: [] })]) {
          const link = page["odata.nextLink"];
          if (link === undefined) break;
          await apply(job, change, present, stayed);
          page = await follow(link);
          expect(idsOf(page).length).toBeLessThanOrEqual(size);
          for (const id of idsOf(page)) expect(present).toContain(id);
          seen.push(...idsOf(page));
        }
        expect(page).not.toHaveProperty("odata.nextLink");
        expect(seen).toEqual([...new Set(seen)].sort());
        expect(seen).toEqual(expect.arrayContaining([...stayed]));
      }),
      { numRuns: 25 },
    );
  });

  test("are never empty for a filter that leaves little, and have its conditions in their links", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `t${index}`);
    await addJob("filtered", names);
    const query = { $filter: "startswith(id,'t4')", $select: "id,state", maxresults: "4" };
    let page = (await client.get("/jobs/filtered/tasks", query)).json;
    const pages = [page];
    for (; page["odata.nextLink"] !== undefined; pages.push(page))
      page = await follow(page["odata.nextLink"]);
    expect(pages.map((one) => idsOf(one).length)).toEqual([4, 4, 3]);
    expect(pages.flatMap(idsOf)).toEqual(names.filter((id) => id.startsWith("t4")).sort());
    expect(page.value).toEqual(["t47", "t48", "t49"].map((id) => ({ id, state: "active" })));
  });

  test("are linked under the name by which the client found the list", async () => {
    await addJob("elsewhere", ["a", "b"]);
    const head = requestHead(
      client,
      "GET",
      "/jobs/elsewhere/tasks",
      "batch.example:8443",
      {},
      { maxresults: "1" },
    );
    const answer = await sendBytes(emulator.batchUrl, head);
    const link = /"odata\.nextLink":"([^"]+)"/.exec(answer)?.[1];
    expect(link).toMatch(/^http:\/\/batch\.example:8443\/jobs\/elsewhere\/tasks\?.*\$skiptoken=[^&]+$/);
    expect(idsOf(await follow(link))).toEqual(["b"]);
  });
});

async function apply(job: string, change: Change, present: Set<string>, stayed: Set<string>): Promise<void> {
  for (const id of change.remove.filter((one) => present.has(one))) {
    expect((await client.delete(`/jobs/${job}/tasks/${id}`)).status).toBe(200);
    present.delete(id);
    stayed.delete(id);
  }
  const added = change.add.filter((id) => !present.has(id));
  await addTasks(job, added);
  for (const id of added) present.add(id);
}
