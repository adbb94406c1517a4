import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/client.js";
import { startEmulator } from "../../../src/emulator/index.js";
import { connect, InvalidArgumentError, PoolError, pool, ubuntu } from "../../../src/index.js";
import { all, small, useAccount } from "./support.js";

const used = useAccount();

describe("pools", () => {
  it("are made, shown, resized and deleted", async () => {
    const { batch } = used;
    const made = await batch.createPool(small("life"));
    await made.waitUntilSteady({ deadline: "1m" });
    const nodes = await made.waitUntilIdle({ deadline: "1m" });
    expect(nodes).toHaveLength(1);
    await made.resize({ dedicatedNodes: 2, tasks: "requeue" });
    expect(await made.waitUntilSteady()).toMatchObject({ targetDedicatedNodes: 2, currentDedicatedNodes: 2 });
    await made.resize({ spotNodes: 1, resizeTimeout: "10m" });
    expect(await made.waitUntilSteady()).toMatchObject({
      targetDedicatedNodes: 2,
      targetLowPriorityNodes: 1,
    });
    const [first] = await made.waitUntilIdle();
    await made.removeNodes([first?.id as string]);
    const { currentDedicatedNodes, currentLowPriorityNodes } = await made.waitUntilSteady();
    expect(currentDedicatedNodes + currentLowPriorityNodes).toBe(2);
    await made.patch({ metadata: [{ name: "team", value: "film" }] });
    expect((await made.get()).metadata).toEqual([{ name: "team", value: "film" }]);
    expect((await made.nodeCounts()).poolId).toBe("life");
    expect((await all(batch.nodeCounts())).map(({ poolId }) => poolId)).toContain("life");
    const listed = await all(batch.pools({ filter: "startswith(id,'life')", select: ["id"] }));
    expect(listed).toEqual([{ id: "life" }]);
    await made.delete({ wait: true, deadline: "1m" });
    await made.delete({ wait: true });
    expect(await made.exists()).toBe(false);
    await expect(made.get()).rejects.toMatchObject({ code: "PoolNotFound", statusCode: 404 });
    await expect(made.waitUntilSteady()).rejects.toMatchObject({ code: "Gone" });
  });

  it("are stopped while they are resized", async () => {
    // A resize takes a second, and the request that stops it does not come too late.
    const slow = await startEmulator({ speed: 0.002 });
    const { batchUrl: url, accountName: name, accountKey: key } = slow;
    const batch = connect({ account: { url, name, key } });
    const made = await batch.createPool(
      pool("life").vmSize("Standard_D2s_v5").image(ubuntu("22.04")).dedicatedNodes(0),
    );
    await made.waitUntilSteady();
    await made.resize({ dedicatedNodes: 5 });
    await made.stopResize();
    expect((await made.waitUntilSteady()).resizeErrors).toMatchObject([{ code: "ResizeStopped" }]);
    await expect(made.waitUntilIdle()).rejects.toMatchObject({ code: "AllocationFailed", poolId: "life" });
    await batch.close();
    await slow.close();
  });

  it("scale themselves, or not", async () => {
    const scaling = await used.batch.createPool(
      pool("scaling").vmSize("Standard_D2s_v5").image(ubuntu("22.04")).dedicatedNodes(0),
    );
    await scaling.waitUntilSteady();
    await scaling.enableAutoscale({ formula: "$TargetDedicatedNodes = 0;", evaluationInterval: "10m" });
    expect(await scaling.get()).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: "$TargetDedicatedNodes = 0;",
      autoScaleEvaluationInterval: "PT10M",
    });
    const { results } = await scaling.evaluateAutoscale("$TargetDedicatedNodes = 3;");
    expect(results).toContain("$TargetDedicatedNodes=3");
    await scaling.disableAutoscale();
    expect((await scaling.get()).enableAutoScale).toBe(false);
    await expect(scaling.enableAutoscale({ formula: "$TargetDedicatedNodes = ;" })).rejects.toBeInstanceOf(
      InvalidArgumentError,
    );
    await expect(scaling.enableAutoscale({ max: 0 })).rejects.toBeInstanceOf(InvalidArgumentError);
    await scaling.delete();
  });

  it("say where an image is not one that the account supports", async () => {
    const image = { ...ubuntu("22.04"), sku: "22_04-ltz" };
    const unknown = pool("unknown-image").vmSize("Standard_D2s_v5").image(image).dedicatedNodes(0);
    await expect(used.batch.createPool(unknown)).rejects.toThrow(
      /22_04-ltz, which the account does not support.*22_04-lts/,
    );
    const agent = { ...ubuntu("22.04"), nodeAgentSKUId: "batch.node.ubuntu 20.04" };
    const wrong = pool("unknown-image").vmSize("Standard_D2s_v5").image(agent).dedicatedNodes(0);
    await expect(used.batch.ensurePool(wrong)).rejects.toMatchObject({ option: "pool.image.nodeAgentSKUId" });
    expect(await used.batch.pool("unknown-image").exists()).toBe(false);
    expect((await all(used.batch.supportedImages({ filter: "osType eq 'linux'" }))).length).toBeGreaterThan(
      3,
    );
  });

  it("have nodes that can be asked and told", async () => {
    const made = await used.batch.ensurePool(
      small("nodes").startTask({ command: ["/bin/sh", "-c", "echo started; echo ä >&2"] }),
    );
    const [idle] = await made.waitUntilIdle({ deadline: "1m" });
    const node = made.node(idle?.id as string);
    expect(await node.get()).toMatchObject({ state: "idle", schedulingState: "enabled" });
    expect(await node.read("startup/stdout.txt")).toBe("started\n");
    expect(await node.tail("startup/stderr.txt", 3)).toBe("ä\n");
    expect(await node.tail("startup/stderr.txt", 2)).toBe("\n");
    await expect(node.read("startup/none")).rejects.toMatchObject({ code: "FileNotFound" });
    await expect(used.batch.pool("none").node("n").read("startup/stdout.txt")).rejects.toMatchObject({
      code: "PoolNotFound",
    });
    const names = (await all(node.files({ prefix: "startup" }))).map(({ name }) => name);
    expect(names).toContain("startup/stdout.txt");
    const stored = await node.downloadFolder("startup", join(used.folder, "startup"));
    expect(stored).toContain(join(used.folder, "startup", "stderr.txt"));

    const logs = (await createClient().connection()).storage.container("node-logs");
    await logs.create({});
    const { virtualDirectoryName } = await node.uploadLogs({
      containerUrl: await logs.sasUrl("rc", 60_000),
      startTime: new Date(Date.now() - 3_600_000).toISOString(),
    });
    expect(virtualDirectoryName).toContain("nodes");
    await logs.delete();

    await node.disableScheduling({ tasks: "taskcompletion" });
    await node.disableScheduling();
    const disabled = await all(made.nodes({ select: ["id", "schedulingState"] }));
    expect(disabled).toEqual([{ id: node.id, schedulingState: "disabled" }]);
    await node.enableScheduling();
    await node.addUser({ name: "me", sshPublicKey: "ssh-ed25519 AAAA" });
    await node.updateUser("me", { sshPublicKey: "ssh-ed25519 BBBB" });
    await node.deleteUser("me");
    await node.deleteUser("me");
    expect(await node.remoteLoginSettings()).toMatchObject({ remoteLoginPort: expect.any(Number) });
    await node.reboot();
    await made.waitUntilIdle({ deadline: "1m" });
    // Only nodes of the retired Cloud Services can be.
    await expect(node.reimage()).rejects.toMatchObject({ code: "OperationNotValidOnNode" });
    await made.delete();
  });

  it("tell a start task that fails everywhere, instead of waiting for ever", async () => {
    const broken = await used.batch.createPool(small("broken").startTask({ command: ["/bin/false"] }));
    await expect(broken.waitUntilIdle({ deadline: "1m" })).rejects.toMatchObject({ code: "StartTaskFailed" });
    await broken.delete();
  });
});

describe("a pool that is ensured", () => {
  const described = pool("ensured")
    .vmSize("Standard_D2s_v5")
    .image(ubuntu("22.04"))
    .dedicatedNodes(1)
    .startTask({ command: ["/bin/echo", "ready"], env: { TOKEN: "secret-one" } })
    .metadata({ team: "film" });

  it("is made once, and used where it is the same", async () => {
    await used.batch.ensurePool(described);
    await used.batch.ensurePool(described.vmSize("STANDARD_D2S_V5"));
    expect(await used.batch.pool("ensured").exists()).toBe(true);
  });

  it("is refused where it differs, property by property, without secrets", async () => {
    const other = described
      .vmSize("Standard_D4s_v5")
      .taskSlotsPerNode(2)
      .dedicatedNodes(3)
      .startTask({ command: ["/bin/echo", "ready"], env: { TOKEN: "secret-two" } })
      .metadata({ team: "sound" });
    const error = await used.batch.ensurePool(other).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PoolError);
    const { code, differences, message } = error as PoolError;
    expect(code).toBe("PoolDiffers");
    expect(differences).toEqual(
      expect.arrayContaining([
        { property: "vmSize", wanted: "Standard_D4s_v5", found: "standard_d2s_v5" },
        { property: "taskSlotsPerNode", wanted: 2, found: 1 },
        { property: "targetDedicatedNodes", wanted: 3, found: 1 },
        { property: "startTask.environmentSettings.TOKEN", wanted: "***", found: "***" },
        { property: "metadata.team", wanted: "sound", found: "film" },
      ]),
    );
    expect(differences).toHaveLength(5);
    expect(message).not.toContain("secret");
    // Nothing of it was changed, not even what could be.
    await expect(used.batch.ensurePool(other, { update: true })).rejects.toMatchObject({
      code: "PoolDiffers",
    });
    expect((await used.batch.pool("ensured").get()).targetDedicatedNodes).toBe(1);
  });

  it("is changed where it may be", async () => {
    const ensured = used.batch.pool("ensured");
    await ensured.waitUntilSteady();
    const larger = described.dedicatedNodes(2).metadata({ team: "sound" });
    await expect(used.batch.ensurePool(larger)).rejects.toThrow("{ update: true }");
    await used.batch.ensurePool(larger, { update: true });
    expect(await ensured.waitUntilSteady()).toMatchObject({
      targetDedicatedNodes: 2,
      metadata: expect.arrayContaining([{ name: "team", value: "sound" }]),
    });
    await used.batch.ensurePool(larger);

    // What others have noted stays, and what cannot be taken away is refused.
    const noted = [...((await ensured.get()).metadata ?? []), { name: "owner", value: "me" }];
    await ensured.patch({ metadata: noted });
    await used.batch.ensurePool(larger.metadata({ team: "light" }), { update: true });
    const { metadata } = await ensured.get();
    expect(metadata).toEqual(
      expect.arrayContaining([
        { name: "owner", value: "me" },
        { name: "team", value: "light" },
      ]),
    );
    await used.batch.ensurePool(larger, { update: true });
    const without = pool("ensured").vmSize("Standard_D2s_v5").image(ubuntu("22.04")).dedicatedNodes(2);
    await expect(used.batch.ensurePool(without, { update: true })).rejects.toMatchObject({
      differences: [{ property: "startTask", wanted: undefined }],
    });
  });

  it("may be of any size for a run", async () => {
    const values = await used.batch.runParallel([1, 2], (n) => n * 2, {
      pool: described.metadata({ team: "sound" }),
    });
    expect(values).toEqual([2, 4]);
    const other = { pool: described.taskSlotsPerNode(3) };
    await expect(used.batch.runParallel([1], (n) => n, other)).rejects.toMatchObject({ code: "PoolDiffers" });
    await used.batch.pool("ensured").delete();
  });
});
