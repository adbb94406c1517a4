import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { BlobServiceClient } from "@azure/storage-blob";
import { expect, it } from "vitest";
import { connect } from "../src/index.js";
import { localEngine } from "../src/local/engine.js";

/** Runs the command of `npm run test:live`, with these variables and none of this test's own. */
async function testLive(variables: Record<string, string>) {
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|AZURE_|TEST$)/.test(name));
  const env = { ...Object.fromEntries(own), ...variables };
  const options: SpawnOptions = { env, stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(process.execPath, ["scripts/test-live.js", "--no-build"], options);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, "exit"),
  ]);
  return { stdout, stderr, status: status as number };
}

it("the live tests pass on the emulator, delete all they made, and say what it costs", async () => {
  const { batch: account, storage } = await localEngine();
  const { stdout, stderr, status } = await testLive({
    AZURE_BATCH_ENDPOINT: account.url,
    AZURE_BATCH_ACCOUNT: account.name,
    AZURE_BATCH_ACCESS_KEY: account.key,
    AZURE_STORAGE_CONNECTION_STRING: storage.connectionString,
  });
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/one node of size Standard_D2s_v5 .* less than 0\.050 US dollars/);
  expect(stdout).toMatch(/It used \d+ node seconds: about 0\.\d{3} US dollars.* Nothing is left of it\./);
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  for await (const { name } of service.listContainers()) expect(name).toBe("");
  await using batch = connect();
  for await (const { id } of batch.pools()) expect(id).not.toMatch(/^live-/);
  for await (const { id } of batch.jobs()) expect(id).not.toMatch(/^live-/);
});

it("the live tests say which variables they need", async () => {
  const { stderr, status } = await testLive({ AZURE_BATCH_ACCOUNT: "acc" });
  expect(status).toBe(2);
  expect(stderr).toContain("not set: AZURE_BATCH_ENDPOINT, AZURE_STORAGE_CONNECTION_STRING.");
});
