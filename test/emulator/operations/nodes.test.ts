import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type TestAnswer, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;
const natPool = {
  name: "web",
  protocol: "tcp",
  backendPort: 80,
  frontendPortRangeStart: 1000,
  frontendPortRangeEnd: 1100,
};

beforeAll(async () => {
  const networkConfiguration = { endpointConfiguration: { inboundNATPools: [natPool] } };
  bench = await startWorkbench({}, { targetDedicatedNodes: 2, networkConfiguration });
});
afterAll(() => bench.close());

const idleNodes = (poolId: string, count: number): Promise<TestJson[]> =>
  until(async () => {
    const list = (await bench.client.get(`/pools/${poolId}/nodes`)).json.value as TestJson[];
    return list.length === count && list.every((node) => node.state === "idle") && list;
  });
const pathOf = (node: TestJson): string => new URL(String(node.url)).pathname;
const summary = ({ status, json }: TestAnswer): unknown[] => [status, json.code];

describe("users of a node", () => {
  test("are added, changed and deleted, and named without case", async () => {
    const [node] = await idleNodes("pool", 2);
    const path = `${pathOf(node!)}/users`;
    const user = { name: "Somebody", isAdmin: true, password: "secret!1" };
    const added = await bench.client.post(path, user);
    expect(added.status).toBe(201);
    expect(added.headers.get("location")).toBe(`${bench.emulator.batchUrl}${path}/Somebody`);
    expect(summary(await bench.client.post(path, user))).toEqual([409, "NodeUserExists"]);
    const changed = await bench.client.send("PUT", `${path}/somebody`, { body: { password: "other!1" } });
    expect(changed.status).toBe(200);
    expect((await bench.client.delete(`${path}/Somebody`)).status).toBe(200);
    expect(summary(await bench.client.delete(`${path}/Somebody`))).toEqual([404, "NodeUserNotFound"]);
  });

  test("may have any name that can be written down", async () => {
    const [node] = await idleNodes("pool", 2);
    const path = `${pathOf(node!)}/users`;
    const added = await bench.client.post(path, { name: "Jörg / 1" });
    expect(added.status).toBe(201);
    const location = new URL(String(added.headers.get("location"))).pathname;
    expect(location).toBe(`${path}/J%C3%B6rg%20%2F%201`);
    expect((await bench.client.delete(location)).status).toBe(200);
    for (const name of ["", "a\nb", "\u0000"]) {
      expect(summary(await bench.client.post(path, { name }))).toEqual([400, "InvalidPropertyValue"]);
    }
  });

  test("need a password on Windows, and have no public key there", async () => {
    const cloud = { id: "cloud", vmSize: "small", cloudServiceConfiguration: { osFamily: "6" } };
    await bench.client.post("/pools", { ...cloud, targetDedicatedNodes: 1 });
    const [node] = await idleNodes("cloud", 1);
    const path = `${pathOf(node!)}/users`;
    expect(summary(await bench.client.post(path, { name: "u" }))).toEqual([400, "MissingRequiredProperty"]);
    const withKey = { name: "u", password: "Secret-1", sshPublicKey: "c3No" };
    expect(summary(await bench.client.post(path, withKey))).toEqual([400, "InvalidPropertyValue"]);
    expect((await bench.client.post(path, { name: "u", password: "Secret-1" })).status).toBe(201);
    const { status } = await bench.client.send("PUT", `${path}/u`, { body: {} });
    expect(status).toBe(400);

    expect((await bench.client.post(`${pathOf(node!)}/reimage`)).status).toBe(202);
    await idleNodes("cloud", 1);
    expect(summary(await bench.client.delete(`${path}/u`))).toEqual([404, "NodeUserNotFound"]);
  });
});

test("each node of a pool is reached at ports of its own", async () => {
  const nodes = await idleNodes("pool", 2);
  const ports = nodes.map((node) =>
    (at(node, "endpointConfiguration", "inboundEndpoints") as TestJson[]).map(
      ({ name, frontendPort, backendPort }) => [name, frontendPort, backendPort],
    ),
  );
  expect(ports.sort()).toEqual([
    [
      ["web.0", 1000, 80],
      ["SSHRule.0", 50000, 22],
    ],
    [
      ["web.1", 1001, 80],
      ["SSHRule.1", 50001, 22],
    ],
  ]);
  for (const node of nodes) {
    const login = await bench.client.get(`${pathOf(node)}/remoteloginsettings`);
    expect(login.json).toMatchObject({
      remoteLoginIPAddress: "127.0.0.1",
      remoteLoginPort: at(node, "endpointConfiguration", "inboundEndpoints", 1, "frontendPort"),
    });
  }
});

test("logs are uploaded to a URL, and to nothing else", async () => {
  const [node] = await idleNodes("pool", 2);
  const body = { containerUrl: "my container", startTime: "2024-01-01T00:00:00Z" };
  const answer = await bench.client.post(`${pathOf(node!)}/uploadbatchservicelogs`, body);
  expect(summary(answer)).toEqual([400, "InvalidPropertyValue"]);
});

test.each(["reboot", "reimage"])("a %s may wait for the end of what its tasks retain", async (action) => {
  const cloud = { id: action, vmSize: "small", cloudServiceConfiguration: { osFamily: "6" } };
  await bench.client.post("/pools", { ...cloud, targetDedicatedNodes: 1 });
  await idleNodes(action, 1);
  await bench.client.post("/jobs", { id: action, poolInfo: { poolId: action } });
  const constraints = { retentionTime: "PT1S" };
  const task = await bench.run(action, { id: "task", commandLine: "true", constraints });
  const [node] = await idleNodes(action, 1);
  const option = action === "reboot" ? "nodeRebootOption" : "nodeReimageOption";
  expect((await bench.client.post(`${pathOf(node!)}/${action}`, { [option]: "retaineddata" })).status).toBe(
    202,
  );
  const [booted] = await idleNodes(action, 1);
  const ended = Date.parse(String(at(task, "executionInfo", "endTime")));
  expect(Date.parse(String(booted!.lastBootTime))).toBeGreaterThanOrEqual(ended + 1000);
});

test("extensions are asked for since 2021-06-01.14.0", async () => {
  const [node] = await idleNodes("pool", 2);
  const ask = (apiVersion: string) => bench.client.send("GET", `${pathOf(node!)}/extensions`, { apiVersion });
  expect((await ask("2021-06-01.14.0")).status).toBe(200);
  expect(summary(await ask("2020-09-01.12.0"))).toEqual([400, "InvalidUri"]);
});

test("a Spot node that is preempted gets its packages and no users with its next machine", async () => {
  await bench.client.post("/pools", poolSpec("spot", { targetLowPriorityNodes: 1 }));
  const [node] = await idleNodes("spot", 1);
  const path = pathOf(node!);
  await bench.client.post(`${path}/users`, { name: "u" });
  await bench.client.post(`${path}/preempt`);
  await idleNodes("spot", 1);
  expect(summary(await bench.client.delete(`${path}/users/u`))).toEqual([404, "NodeUserNotFound"]);
});
