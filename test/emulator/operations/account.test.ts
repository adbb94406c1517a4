import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at } from "../support/signed-client.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;

beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.close());

describe("counts of nodes", () => {
  const names = async (apiVersion: string): Promise<string[]> => {
    const { json } = await bench.client.send("GET", "/nodecounts", { apiVersion });
    return Object.keys(at(json, "value", 0, "dedicated") as object);
  };

  test("have the states that the api-version knows", async () => {
    expect(await names("2022-10-01.16.0")).toEqual([
      "creating",
      "idle",
      "leavingPool",
      "offline",
      "preempted",
      "rebooting",
      "reimaging",
      "running",
      "starting",
      "startTaskFailed",
      "unusable",
      "unknown",
      "waitingForStartTask",
      "total",
    ]);
    expect(await names("2024-02-01.19.0")).toContain("upgradingOS");
    expect(await names("2024-02-01.19.0")).not.toContain("deallocated");
    expect(await names("2024-07-01.20.0")).toEqual(
      expect.arrayContaining(["upgradingOS", "deallocated", "deallocating"]),
    );
  });

  test("come in pages of ten pools", async () => {
    for (let index = 0; index < 10; index++) await bench.client.post("/pools", poolSpec(`many${index}`));
    const { json } = await bench.client.get("/nodecounts");
    expect([(json.value as unknown[]).length, typeof json["odata.nextLink"]]).toEqual([10, "string"]);
    expect((await bench.client.get("/nodecounts", { maxresults: "11" })).status).toBe(400);
  });
});

test.each(["/lifetimepoolstats", "/lifetimejobstats"])("%s is gone since 2023-05-01.17.0", async (path) => {
  expect((await bench.client.get(path)).status).toBe(200);
  const { status, json } = await bench.client.send("GET", path, { apiVersion: "2023-05-01.17.0" });
  expect([status, json.code]).toEqual([400, "InvalidUri"]);
});
