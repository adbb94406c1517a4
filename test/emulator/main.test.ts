import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Emulator } from "../../src/emulator/index.js";
import { processesWith, workingDirectory } from "../support/processes.js";
import { at, SignedClient } from "./support/signed-client.js";
import { until } from "./support/until.js";
import { poolSpec } from "./support/workbench.js";

let folder: string;
let program: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "emulator-cli-test-"));
  program = join(folder, "main.js");
  await build({
    entryPoints: ["src/emulator/main.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    logLevel: "error",
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Started {
  child: ChildProcess;
  info: Pick<Emulator, "batchUrl" | "accountName" | "accountKey">;
  client: SignedClient;
}

async function start(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const info = JSON.parse(line.toString("utf8")) as Started["info"];
  return { child, info, client: new SignedClient(info) };
}

async function runSomething(client: SignedClient, mark: string): Promise<string> {
  await client.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1 }));
  await client.post("/jobs", { id: "job", poolInfo: { poolId: "pool" } });
  // One child stays in the task's process group, one leaves it for a session of its own.
  const commandLine = `/bin/sh -c 'setsid sh -c "sleep 60; : ${mark}" & sh -c "sleep 60; : ${mark}"; wait'`;
  await client.post("/jobs/job/tasks", { id: "task", commandLine });
  await until(async () => processesWith(mark).length >= 2);
  const found = /\S*\/azure-batch-emulator-\w+/.exec(processesWith(mark).map(workingDirectory).join(""));
  return found![0];
}

describe("azure-batch-emulator", () => {
  test("prints where it is and serves there, under the name and key it was given", async () => {
    const key = Buffer.from("some key of mine").toString("base64");
    const { info, client } = await start(
      "--account-name",
      "myaccount",
      "--account-key",
      key,
      "--host",
      "localhost",
    );
    expect(info).toEqual({
      batchUrl: expect.stringMatching(/^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/),
      accountName: "myaccount",
      accountKey: key,
    });
    expect((await client.get("/pools")).json).toEqual({
      "odata.metadata": `${info.batchUrl}/$metadata#pools`,
      value: [],
    });
  });

  test("gives tasks the PATH it was told", async () => {
    const { client } = await start("--path", "/usr/bin:/somewhere");
    await client.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1 }));
    await client.post("/jobs", { id: "job", poolInfo: { poolId: "pool" } });
    await client.post("/jobs/job/tasks", { id: "task", commandLine: "/bin/sh -c 'echo $PATH'" });
    await until(async () => at((await client.get("/jobs/job/tasks/task")).json, "state") === "completed");
    expect((await client.get("/jobs/job/tasks/task/files/stdout.txt")).text).toBe("/usr/bin:/somewhere\n");
  });

  test.each(["0.0.0.0", "192.168.1.1", "::", "example.org"])(
    "does not listen on %s, and says why",
    async (host) => {
      const child = spawn(process.execPath, [program, "--host", host], { stdio: ["ignore", "pipe", "pipe"] });
      let message = "";
      child.stderr.on("data", (chunk) => {
        message += chunk;
      });
      const [code] = (await once(child, "close")) as [number];
      expect(code).toBe(2);
      expect(message).toContain("loopback");
    },
  );

  test.each([
    [["--speed", "0"], "--speed"],
    [["--port", "70000"], "--port"],
    [["--cert", "x.pem"], "--cert-key"],
    [["--account-name", "No"], "--account-name"],
    [["--nonsense"], "--nonsense"],
    [["--port", ""], "--port"],
    [["--port", "0x10"], "--port"],
    [["--bearer-audience", ""], "--bearer-audience"],
    [["--metadata-service", "nowhere"], "--metadata-service"],
    [["--applications", "/no/such/folder"], "--applications"],
    [["--cert", "package.json", "--cert-key", "package.json"], "no certificate with its key"],
    [["--storage", "AccountName=a;AccountKey=b;BlobEndpoint=nonsense"], "nonsense is no URL"],
  ])("refuses %j", async (args, named) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let message = "";
    child.stderr.on("data", (chunk) => {
      message += chunk;
    });
    const [code] = (await once(child, "close")) as [number];
    expect([code, message]).toEqual([2, expect.stringContaining(named)]);
  });
});

test("a second emulator on one port says so and leaves nothing behind", async () => {
  const { info, child } = await start();
  const second = spawn(process.execPath, [program, "--port", new URL(info.batchUrl).port], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let message = "";
  second.stderr.on("data", (chunk) => {
    message += chunk;
  });
  expect(await once(second, "close")).toEqual([2, null]);
  expect(message).toMatch(/^azure-batch-emulator: .*address already in use.*\n$/);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

describe("it leaves no process and no folder behind", () => {
  test("after SIGTERM", async () => {
    const mark = randomUUID();
    const { child, client } = await start();
    const root = await runSomething(client, mark);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect([processesWith(mark), existsSync(root)]).toEqual([[], false]);
  });

  test("when its standard input ends and it was told to end with it", async () => {
    const mark = randomUUID();
    const { child, client } = await start("--exit-with-stdin");
    const root = await runSomething(client, mark);
    child.stdin?.end();
    expect(await once(child, "exit")).toEqual([0, null]);
    expect([processesWith(mark), existsSync(root)]).toEqual([[], false]);
  });

  test("after SIGKILL", async () => {
    const mark = randomUUID();
    const { child, client } = await start();
    const root = await runSomething(client, mark);
    child.kill("SIGKILL");
    await until(async () => processesWith(mark).length === 0 && !existsSync(root));
  });
});
