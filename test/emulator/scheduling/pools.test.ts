import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { at, SignedClient, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec } from "../support/workbench.js";

let emulator: Emulator;
let client: SignedClient;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new SignedClient(emulator);
});
afterAll(() => emulator.close());

const pool = async (id: string): Promise<TestJson> => (await client.get(`/pools/${id}`)).json;
const nodes = async (id: string): Promise<TestJson[]> =>
  (await client.get(`/pools/${id}/nodes`)).json.value as TestJson[];
const steady = (id: string): Promise<TestJson> =>
  until(async () => {
    const found = await pool(id);
    return found.allocationState === "steady" && found;
  });
const nodesIn = (id: string, state: string, count: number): Promise<TestJson[]> =>
  until(async () => {
    const found = await nodes(id);
    return found.length === count && found.every((node) => node.state === state) && found;
  });

describe("a pool", () => {
  test("has the properties and defaults the service fills in", async () => {
    const added = await client.post("/pools", poolSpec("defaults", { vmSize: "STANDARD_D1_V2" }));
    expect(added.status).toBe(201);
    const { eTag, lastModified, ...defaults } = await pool("defaults");
    expect(added.headers.get("etag")).toBe(eTag);
    expect(added.headers.get("location")).toBe(`${emulator.batchUrl}/pools/defaults`);
    expect(defaults).toMatchObject({
      id: "defaults",
      url: `${emulator.batchUrl}/pools/defaults`,
      creationTime: lastModified,
      state: "active",
      vmSize: "standard_d1_v2",
      resizeTimeout: "PT15M",
      currentDedicatedNodes: 0,
      targetDedicatedNodes: 0,
      currentLowPriorityNodes: 0,
      targetLowPriorityNodes: 0,
      enableAutoScale: false,
      enableInterNodeCommunication: false,
      taskSlotsPerNode: 1,
      taskSchedulingPolicy: { nodeFillType: "Spread" },
      virtualMachineConfiguration: { imageReference: { version: "latest" } },
    });
    expect((await client.post("/pools", poolSpec("DEFAULTS"))).json.code).toBe("PoolExists");
  });

  test("allocates dedicated and Spot nodes, which pass their states", async () => {
    const slow = await startEmulator({ speed: 0.05 });
    const watch = new SignedClient(slow);
    await watch.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1, targetLowPriorityNodes: 1 }));
    const seen = new Set<unknown>();
    await until(async () => {
      const list = (await watch.get("/pools/pool/nodes")).json.value as TestJson[];
      for (const node of list) seen.add(node.state);
      return seen.has("idle");
    });
    expect([...seen]).toEqual(["creating", "starting", "idle"]);
    const dedicated = ((await watch.get("/pools/pool/nodes")).json.value as TestJson[]).map(
      (node) => node.isDedicated,
    );
    expect(dedicated.sort()).toEqual([false, true]);
    await slow.close();
  });

  test("is resized up and down", async () => {
    await client.post("/pools", poolSpec("resized", { targetDedicatedNodes: 1 }));
    await steady("resized");
    const before = (await pool("resized")).eTag;
    const resized = await client.post("/pools/resized/resize", { targetDedicatedNodes: 3 });
    expect(resized.status).toBe(202);
    expect((await nodesIn("resized", "idle", 3)).length).toBe(3);
    expect((await pool("resized")).eTag).not.toBe(before);
    await steady("resized");
    await client.post("/pools/resized/resize", { targetDedicatedNodes: 1, targetLowPriorityNodes: 0 });
    await nodesIn("resized", "idle", 1);
  });

  test("takes no second resize meanwhile, and keeps what it has when the resize is stopped", async () => {
    const slow = await startEmulator({ speed: 0.02 });
    const watch = new SignedClient(slow);
    await watch.post("/pools", poolSpec("pool", { targetDedicatedNodes: 2 }));
    expect((await watch.post("/pools/pool/resize", { targetDedicatedNodes: 0 })).json.code).toBe(
      "PoolBeingResized",
    );
    expect((await watch.post("/pools/pool/stopresize")).status).toBe(202);
    expect((await watch.get("/pools/pool")).json.allocationState).toBe("stopping");
    const stopped = await until(async () => {
      const { json } = await watch.get("/pools/pool");
      return json.allocationState === "steady" && json;
    });
    expect(stopped).toMatchObject({
      currentDedicatedNodes: 0,
      targetDedicatedNodes: 2,
      resizeErrors: [
        {
          code: "ResizeStopped",
          message: "Desired number of dedicated nodes could not be allocated due to a stop resize operation",
        },
      ],
    });
    expect((await watch.post("/pools/pool/stopresize")).status).toBe(409);
    await slow.close();
  });

  test("loses the nodes it is told to remove, and its target with them", async () => {
    await client.post("/pools", poolSpec("removing", { targetDedicatedNodes: 3 }));
    const [first] = await nodesIn("removing", "idle", 3);
    await steady("removing");
    const answer = await client.post("/pools/removing/removenodes", { nodeList: [first!.id] });
    expect(answer.status).toBe(202);
    const left = await nodesIn("removing", "idle", 2);
    expect(left.map((node) => node.id)).not.toContain(first!.id);
    expect((await steady("removing")).targetDedicatedNodes).toBe(2);
    expect((await client.post("/pools/removing/removenodes", { nodeList: ["tvmps_0_d"] })).json.code).toBe(
      "NodeNotFound",
    );
  });

  test("that asks for more nodes than a computer bears gets some, and the emulator goes on", async () => {
    const vast = await startEmulator();
    const watch = new SignedClient(vast);
    await watch.post("/pools", poolSpec("vast", { targetDedicatedNodes: 2_147_483_647 }));
    const pool = await until(async () => {
      const { json } = await watch.get("/pools/vast");
      return json.allocationState === "steady" && json;
    });
    expect(pool).toMatchObject({
      currentDedicatedNodes: 1000,
      resizeErrors: [{ code: "AccountCoreQuotaReached" }],
    });
    await vast.close();
  });

  test("gets no more cores than the account has", async () => {
    const limited = await startEmulator({ quotas: { dedicatedCores: 4, pools: 1 } });
    const watch = new SignedClient(limited);
    await watch.post("/pools", poolSpec("pool", { vmSize: "standard_d2_v3", targetDedicatedNodes: 3 }));
    const found = await until(async () => {
      const { json } = await watch.get("/pools/pool");
      return json.allocationState === "steady" && json;
    });
    expect(found).toMatchObject({
      currentDedicatedNodes: 2,
      targetDedicatedNodes: 3,
      resizeErrors: [{ code: "AccountCoreQuotaReached" }],
    });
    expect((await watch.post("/pools", poolSpec("another"))).json.code).toBe("PoolQuotaReached");
    await limited.close();
  });

  test("is patched in what is given, and updated as a whole", async () => {
    const metadata = [{ name: "a", value: "1" }];
    const startTask = { commandLine: "true" };
    await client.post("/pools", poolSpec("changed", { metadata, startTask }));
    await client.send("PATCH", "/pools/changed", { body: { metadata: [{ name: "b", value: "2" }] } });
    expect(await pool("changed")).toMatchObject({
      metadata: [{ name: "b", value: "2" }],
      startTask: { commandLine: "true", maxTaskRetryCount: 0, waitForSuccess: true },
    });
    const whole = { metadata: [], certificateReferences: [], applicationPackageReferences: [] };
    expect((await client.post("/pools/changed/updateproperties", whole)).status).toBe(204);
    const updated = await pool("changed");
    for (const name of ["startTask", "metadata", "applicationPackageReferences"])
      expect(updated).not.toHaveProperty(name);
    expect(updated).toMatchObject({ certificateReferences: [], targetNodeCommunicationMode: "default" });
  });

  test("whose nodes reach each other has 100 of them at most", async () => {
    const communicating = { enableInterNodeCommunication: true, targetDedicatedNodes: 101 };
    await client.post("/pools", poolSpec("communicating", communicating));
    expect(await steady("communicating")).toMatchObject({
      currentDedicatedNodes: 100,
      targetDedicatedNodes: 101,
      resizeErrors: [{ code: "CommunicationEnabledPoolReachedMaxVMCount" }],
    });
    await client.delete("/pools/communicating");
  });

  test("that is empty is changed in more by newer versions", async () => {
    const apiVersion = "2024-07-01.20.0";
    const patchPool = (id: string, body: object) =>
      client.send("PATCH", `/pools/${id}`, { body, apiVersion });
    await client.post("/pools", poolSpec("hollow"));
    await steady("hollow");
    const changes = { vmSize: "STANDARD_D4_V3", taskSlotsPerNode: 2, displayName: "Hollow" };
    expect((await patchPool("hollow", changes)).status).toBe(200);
    expect(await pool("hollow")).toMatchObject({ ...changes, vmSize: "standard_d4_v3" });
    expect((await patchPool("hollow", { taskSlotsPerNode: 0 })).json.code).toBe("InvalidPropertyValue");
    expect((await patchPool("hollow", { targetDedicatedNodes: 1 })).json.code).toBe("InvalidRequestBody");
    expect((await client.send("PATCH", "/pools/hollow", { body: changes })).json.code).toBe(
      "InvalidRequestBody",
    );

    await steady("hollow");
    await client.post("/pools/hollow/resize", { targetDedicatedNodes: 1 });
    await nodesIn("hollow", "idle", 1);
    expect((await patchPool("hollow", changes)).json.code).toBe("OperationInvalidForCurrentState");
    expect((await patchPool("hollow", { metadata: [] })).status).toBe(200);
    await client.post("/jobs", { id: "hollow", poolInfo: { poolId: "hollow" } });
    const tasks = ["a", "b"].map((id) => ({ id, commandLine: "sleep 60" }));
    await client.post("/jobs/hollow/addtaskcollection", { value: tasks });
    await until(async () => at((await nodes("hollow"))[0], "runningTasksCount") === 2);
    await client.delete("/jobs/hollow");
  });

  test("of Windows machines shows the defaults of Windows", async () => {
    const virtualMachineConfiguration = {
      imageReference: {
        publisher: "microsoftwindowsserver",
        offer: "windowsserver",
        sku: "2022-datacenter",
        exactVersion: "not for clients to say",
      },
      nodeAgentSKUId: "batch.node.windows amd64",
    };
    const userAccounts = [{ name: "user", password: "Secret-1" }];
    await client.post("/pools", poolSpec("windows", { virtualMachineConfiguration, userAccounts }));
    const { virtualMachineConfiguration: machine, userAccounts: users } = await pool("windows");
    expect(users).toEqual([
      { name: "user", elevationLevel: "nonadmin", windowsUserConfiguration: { loginMode: "batch" } },
    ]);
    expect(at(machine, "imageReference")).not.toHaveProperty("exactVersion");
  });

  test("that is deleted takes no change, and goes with its nodes", async () => {
    const slow = await startEmulator({ speed: 0.02 });
    const watch = new SignedClient(slow);
    await watch.post("/pools", poolSpec("pool"));
    expect((await watch.delete("/pools/pool")).status).toBe(202);
    expect((await watch.get("/pools/pool")).json.state).toBe("deleting");
    expect((await watch.delete("/pools/pool")).json.code).toBe("PoolBeingDeleted");
    expect((await watch.post("/pools", poolSpec("pool"))).json.code).toBe("PoolBeingDeleted");
    await until(async () => (await watch.send("HEAD", "/pools/pool")).status === 404);
    await slow.close();
  });
});

describe("a start task", () => {
  test("that fails after its retries keeps the node from taking tasks", async () => {
    const startTask = { commandLine: "/bin/sh -c 'echo x >> tries; exit 5'", maxTaskRetryCount: 2 };
    await client.post("/pools", poolSpec("badstart", { targetDedicatedNodes: 1, startTask }));
    const [node] = await nodesIn("badstart", "starttaskfailed", 1);
    expect(node!.startTaskInfo).toMatchObject({
      state: "completed",
      exitCode: 5,
      retryCount: 2,
      result: "failure",
      failureInfo: { code: "FailureExitCode" },
    });
    const tries = await client.get(`/pools/badstart/nodes/${String(node!.id)}/files/startup%2Fwd%2Ftries`);
    expect(tries.text).toBe("x\nx\nx\n");
  });

  test("that nobody waits for does not", async () => {
    const startTask = { commandLine: "/bin/sh -c 'exit 5'", waitForSuccess: false };
    await client.post("/pools", poolSpec("lazystart", { targetDedicatedNodes: 1, startTask }));
    await nodesIn("lazystart", "idle", 1);
  });

  test("prepares the node for tasks", async () => {
    const startTask = {
      commandLine: "/bin/sh -c 'echo $GREETING > $AZ_BATCH_NODE_SHARED_DIR/greeting'",
      environmentSettings: [{ name: "GREETING", value: "hello" }],
    };
    await client.post("/pools", poolSpec("goodstart", { targetDedicatedNodes: 1, startTask }));
    await client.post("/jobs", { id: "greeting", poolInfo: { poolId: "goodstart" } });
    const commandLine = "/bin/sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/greeting'";
    await client.post("/jobs/greeting/tasks", { id: "task", commandLine });
    await until(async () => (await client.get("/jobs/greeting/tasks/task")).json.state === "completed");
    expect((await client.get("/jobs/greeting/tasks/task/files/stdout.txt")).text).toBe("hello\n");
  });
});

describe("tasks are placed", () => {
  const nodesOfTasks = async (
    id: string,
    taskSchedulingPolicy: object,
    more: (node: TestJson) => object,
  ): Promise<unknown[]> => {
    await client.post(
      "/pools",
      poolSpec(id, { targetDedicatedNodes: 2, taskSlotsPerNode: 2, taskSchedulingPolicy }),
    );
    const [, last] = await nodesIn(id, "idle", 2);
    await client.post("/jobs", { id, poolInfo: { poolId: id } });
    const tasks = ["a", "b"].map((task) => ({ id: task, commandLine: "sleep 60", ...more(last!) }));
    await client.post(`/jobs/${id}/addtaskcollection`, { value: tasks });
    await until(
      async () => at((await client.get(`/jobs/${id}/taskcounts`)).json, "taskCounts", "running") === 2,
    );
    const list = (await client.get(`/jobs/${id}/tasks`)).json.value as TestJson[];
    await client.delete(`/jobs/${id}`);
    return list.map((task) => at(task, "nodeInfo", "nodeId") === last!.id);
  };

  test("on different nodes, to spread them", async () => {
    const [first, second] = await nodesOfTasks("spread", { nodeFillType: "spread" }, () => ({}));
    expect(first).not.toBe(second);
  });

  test("on one node, to pack them", async () => {
    const [first, second] = await nodesOfTasks("packed", { nodeFillType: "Pack" }, () => ({}));
    expect(first).toBe(second);
  });

  test("on the node they have an affinity to, if it has room", async () => {
    const hint = (node: TestJson): object => ({ affinityInfo: { affinityId: node.affinityId } });
    expect(await nodesOfTasks("attached", { nodeFillType: "Spread" }, hint)).toEqual([true, true]);
  });
});

describe("a node", () => {
  const action = (node: TestJson, name: string, body?: object) =>
    client.post(`/pools/nodes/nodes/${String(node.id)}/${name}`, body);
  const node = async (id: unknown): Promise<TestJson> =>
    (await client.get(`/pools/nodes/nodes/${String(id)}`)).json;
  const nodeIs = (id: unknown, state: string): Promise<unknown> =>
    until(async () => (await node(id)).state === state);
  let one: TestJson;

  beforeAll(async () => {
    const startTask = { commandLine: "/bin/sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/boots'" };
    await client.post("/pools", poolSpec("nodes", { targetDedicatedNodes: 1, startTask }));
    [one] = (await nodesIn("nodes", "idle", 1)) as [TestJson];
    await client.post("/jobs", { id: "onnode", poolInfo: { poolId: "nodes" } });
  });

  test("that reboots sends its task back to wait, and runs its start task again", async () => {
    await client.post("/jobs/onnode/tasks", { id: "long", commandLine: "sleep 60" });
    await nodeIs(one.id, "running");
    expect((await action(one, "reboot")).status).toBe(202);
    expect((await action(one, "reboot")).json.code).toBe("NodeBeingRebooted");
    await nodeIs(one.id, "running");
    const task = (await client.get("/jobs/onnode/tasks/long")).json;
    expect(task.executionInfo).toMatchObject({ requeueCount: 1, retryCount: 0 });
    const boots = await client.get(`/pools/nodes/nodes/${String(one.id)}/files/shared%2Fboots`);
    expect(boots.text).toBe("x\nx\n");
    await action(one, "reboot", { nodeRebootOption: "terminate" });
    await nodeIs(one.id, "idle");
    expect((await client.get("/jobs/onnode/tasks/long")).json).toMatchObject({
      state: "completed",
      executionInfo: { failureInfo: { code: "TaskEnded" } },
    });
  });

  test("of virtual machines is not reimaged", async () => {
    expect((await action(one, "reimage")).json.code).toBe("OperationNotValidOnNode");
  });

  test("of a cloud service is, and loses its files", async () => {
    const cloudServiceConfiguration = { osFamily: "6" };
    const startTask = { commandLine: "/bin/sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/boots'" };
    const { virtualMachineConfiguration: _, ...spec } = poolSpec("cloud", {
      targetDedicatedNodes: 1,
      startTask,
    }) as TestJson;
    await client.post("/pools", { ...spec, cloudServiceConfiguration });
    const [cloudNode] = await nodesIn("cloud", "idle", 1);
    const path = `/pools/cloud/nodes/${String(cloudNode!.id)}`;
    expect((await client.post(`${path}/reimage`)).status).toBe(202);
    await until(async () => (await client.get(path)).json.state === "idle");
    expect((await client.get(`${path}/files/shared%2Fboots`)).text).toBe("x\n");
    expect((await client.get(`${path}/rdp`)).text).toMatch(/^full address:s:/);
    expect((await client.get(`${path}/remoteloginsettings`)).json.code).toBe("OperationNotValidOnNode");
  });

  test("takes no tasks while its scheduling is disabled", async () => {
    expect((await action(one, "disablescheduling", {})).status).toBe(200);
    await nodeIs(one.id, "offline");
    expect((await node(one.id)).schedulingState).toBe("disabled");
    expect((await action(one, "disablescheduling")).json.code).toBe("NodeAlreadyInTargetSchedulingState");
    await client.post("/jobs/onnode/tasks", { id: "waits", commandLine: "true" });
    expect((await client.get("/jobs/onnode/tasks/waits")).json.state).toBe("active");
    expect((await action(one, "enablescheduling")).status).toBe(200);
    await until(async () => (await client.get("/jobs/onnode/tasks/waits")).json.state === "completed");
    expect((await action(one, "enablescheduling")).json.code).toBe("NodeAlreadyInTargetSchedulingState");
  });

  test("of a Spot pool can be preempted: its task waits again, its files are gone, its id stays", async () => {
    await client.post("/pools", poolSpec("spot", { targetLowPriorityNodes: 1 }));
    const [spot] = await nodesIn("spot", "idle", 1);
    await client.post("/jobs", { id: "spotjob", poolInfo: { poolId: "spot" } });
    await client.post("/jobs/spotjob/tasks", { id: "before", commandLine: "echo before" });
    await until(async () => (await client.get("/jobs/spotjob/tasks/before")).json.state === "completed");
    const filesBefore = async (): Promise<unknown> => {
      const { status, json } = await client.get("/jobs/spotjob/tasks/before/files");
      return [status, json.code];
    };
    expect(await filesBefore()).toEqual([200, undefined]);
    const commandLine =
      "/bin/sh -c 'echo $AZ_BATCH_NODE_IS_DEDICATED; test -e wait || { touch wait; sleep 60; }'";
    await client.post("/jobs/spotjob/tasks", { id: "task", commandLine });
    const path = `/pools/spot/nodes/${String(spot!.id)}`;
    await until(async () => (await client.get(path)).json.state === "running");
    expect((await client.post(`${path}/preempt`)).status).toBe(202);
    expect((await client.get(path)).json.state).toBe("preempted");
    expect(await filesBefore()).toEqual([409, "TaskFilesUnavailable"]);
    expect((await pool("spot")).currentLowPriorityNodes).toBe(1);
    expect((await client.get("/jobs/spotjob/tasks/task")).json.state).toBe("active");
    await until(async () => (await client.get(path)).json.state === "running");
    expect((await client.get("/jobs/spotjob/tasks/task")).json.executionInfo).toMatchObject({
      requeueCount: 0,
    });
    expect(await filesBefore()).toEqual([409, "TaskFilesUnavailable"]);
  });

  test("is counted by its state", async () => {
    const counts = await client.get("/nodecounts", { $filter: "poolId eq 'nodes'" });
    expect(counts.json.value).toMatchObject([
      { poolId: "nodes", dedicated: { idle: 1, total: 1 }, lowPriority: { total: 0 } },
    ]);
    const names = async (apiVersion: string): Promise<string[]> => {
      const { json } = await client.send("GET", "/nodecounts", { apiVersion });
      return Object.keys((json.value as TestJson[])[0]!.dedicated as object);
    };
    expect(await names("2023-11-01.18.0")).not.toContain("upgradingOS");
    expect(await names("2024-02-01.19.0")).toContain("upgradingOS");
  });
});
