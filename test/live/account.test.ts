import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { command, connect, job, runParallel, task } from "../../src/index.js";

const prefix = inject("livePrefix");
const poolId = inject("livePool");
const batch = connect();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "live-"));
  await batch.pool(poolId).waitUntilIdle({ deadline: "20m" });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await batch.close();
});

it("runs python script.py as a task, and gives its output and files", async () => {
  // Named so that the uploaded one is found again and deleted.
  const name = `${prefix}.py`;
  const path = join(folder, name);
  await writeFile(
    path,
    'import os; os.mkdir("out"); open("out/a.txt", "w").write("a"); print("hello from Python")',
  );
  const classic = await batch.createJob(job(`${prefix}-classic`), { pool: poolId });
  const script = await classic.addTask(task("script").command(["python3", name]), { files: [path] });
  const { executionInfo } = await script.wait({ deadline: "10m" });
  expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
  expect(await script.stdout()).toBe("hello from Python\n");
  expect(await script.tail(7)).toBe("Python\n");
  const [stored = ""] = await script.downloadFolder("wd/out", join(folder, "out"));
  expect(await readFile(stored, "utf8")).toBe("a");
  await classic.delete({ wait: true, deadline: "10m" });
  expect(await classic.exists()).toBe(false);
});

it("follows what a task writes, over a retry", async () => {
  const follow = await batch.createJob(job(`${prefix}-follow`), { pool: poolId });
  const program =
    "if [ -e again ]; then echo second; exit 0; fi; echo the first try; touch again; sleep 5; exit 1";
  const retried = await follow.addTask(task("retried").command(["/bin/sh", "-c", program]).maxRetries(1));
  let text = "";
  for await (const part of retried.follow()) text += part;
  expect(text.endsWith("second\n")).toBe(true);
  expect((await retried.get()).executionInfo?.retryCount).toBe(1);
  await follow.delete();
});

it("fans out tasks, and counts them to the end", async () => {
  const many = await batch.createJob(job(`${prefix}-many`), { pool: poolId });
  const items = Array.from({ length: 150 }, (_, n) => n);
  const toTask = (n: number) => task(`t${n}`).command([n === 7 ? "false" : "true"]);
  expect(await batch.fanOut(many.id, items, toTask)).toMatchObject({ added: 150, refused: 0 });
  expect(await batch.fanOut(many.id, items, toTask)).toMatchObject({ added: 0, exists: 150 });
  expect(await many.wait({ deadline: "20m" })).toMatchObject({ completed: 150, succeeded: 149, failed: 1 });
  await many.delete();
});

it("maps functions and programs over items", async () => {
  const options = { client: batch, pool: poolId };
  const squares = await runParallel([1, 2, 3], (n) => n * n, { ...options, id: `${prefix}-run` });
  expect(squares).toEqual([1, 4, 9]);
  const echo = command((word: string) => ({ file: "echo", args: [word] }));
  const echoed = await runParallel(["a b", "$HOME"], echo, { ...options, id: `${prefix}-command` });
  expect(echoed.map(({ stdout }) => stdout)).toEqual(["a b\n", "$HOME\n"]);
});

it("shows the account, and says where a pool differs", async () => {
  const ids: string[] = [];
  for await (const { id } of batch.pools({ select: ["id"] })) ids.push(id);
  expect(ids).toContain(poolId);
  const shown = await batch.pool(poolId).get();
  const { publisher, offer, sku } = shown.virtualMachineConfiguration?.imageReference ?? {};
  expect([publisher, offer, sku].every((part) => typeof part === "string")).toBe(true);
  const { id, vmSize, virtualMachineConfiguration, taskSlotsPerNode } = shown;
  const same = { id, vmSize, virtualMachineConfiguration, taskSlotsPerNode, targetDedicatedNodes: 1 };
  await batch.ensurePool(same);
  await expect(batch.ensurePool({ ...same, taskSlotsPerNode: 3 })).rejects.toMatchObject({
    code: "PoolDiffers",
    differences: [{ property: "taskSlotsPerNode", wanted: 3, found: 4 }],
  });
});
