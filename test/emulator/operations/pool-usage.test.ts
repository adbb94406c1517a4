import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { TestAnswer, TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

const minute = 60_000;
const halfHour = 30 * minute;
const present = Date.now.bind(Date);
/** A half hour that the pools live through from its start on. */
const first = Math.ceil(present() / halfHour + 1) * halfHour;
const later = first + 8 * halfHour;
let bench: Workbench;

const goTo = (time: number): void => {
  const shift = time - present();
  vi.spyOn(Date, "now").mockImplementation(() => present() + shift);
};
const usage = (query: Record<string, string> = {}): Promise<TestAnswer> =>
  bench.client.send("GET", "/poolusagemetrics", { query, date: new Date(Date.now()) });
const startsOf = ({ json }: TestAnswer): unknown[] =>
  (json.value as TestJson[]).map(({ poolId, startTime }) => `${poolId} ${startTime}`);
const iso = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z");

beforeAll(async () => {
  bench = await startWorkbench({}, { targetDedicatedNodes: 1 });
  await bench.client.post("/pools", poolSpec("other", { targetDedicatedNodes: 2 }));
  for (const id of ["pool", "other"]) {
    await until(async () => (await bench.client.get(`/pools/${id}`)).json.allocationState === "steady");
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => bench.close());

test("without times the last half hour that is over is told of", async () => {
  goTo(first + 3 * halfHour + minute);
  const answer = await usage();
  expect(startsOf(answer)).toEqual([
    `other ${iso(first + 2 * halfHour)}`,
    `pool ${iso(first + 2 * halfHour)}`,
  ]);
  const [other] = answer.json.value as TestJson[];
  expect(other).toEqual({
    poolId: "other",
    startTime: iso(first + 2 * halfHour),
    endTime: iso(first + 3 * halfHour),
    vmSize: "standard_d2_v3",
    totalCoreHours: 2,
  });
  expect(startsOf(await usage({ $filter: "poolId eq 'pool'" }))).toHaveLength(1);
});

test("a time range may be asked for, in the names that clients use", async () => {
  goTo(later);
  const from = iso(first + halfHour);
  const to = iso(first + 3 * halfHour);
  const $filter = "poolId eq 'pool'";
  const found = [`pool ${from}`, `pool ${iso(first + 2 * halfHour)}`];
  expect(startsOf(await usage({ starttime: from, endtime: to, $filter }))).toEqual(found);
  expect(startsOf(await usage({ startTime: from, endTime: to, $filter }))).toEqual(found);
  const sinceEver = startsOf(await usage({ starttime: "2000-01-01T00:00:00Z", endtime: to, $filter }));
  expect(sinceEver).toEqual(expect.arrayContaining(found));
});

test.each([
  ["starttime", "yesterday", "The value is not a date-time"],
  ["starttime", iso(later - 140 * minute), "The value cannot be later than"],
  ["endtime", iso(later - 110 * minute), "The value cannot be later than"],
])("%s=%s is refused", async (name, value, reason) => {
  goTo(later);
  const { status, json } = await usage({ [name]: value });
  expect([status, json.code]).toEqual([400, "InvalidQueryParameterValue"]);
  expect(json.values).toMatchObject([
    { value: name },
    { value },
    { key: "Reason", value: expect.stringContaining(reason) },
  ]);
});
