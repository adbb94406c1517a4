import { spawn } from "node:child_process";
import { once } from "node:events";
import { type BatchParallel, connect } from "../../../src/index.js";
import type { LocalEngine } from "../../../src/local/engine.js";

/** An engine as the account that it is to other processes. */
export function connectTo({ batch: { url, name, key }, storage }: LocalEngine): BatchParallel {
  return connect({ account: { url, name, key }, storage });
}

/** Another process, with a program, to which an engine is the account that its environment names. */
export function otherProcess(engine: LocalEngine, program: string, ...args: readonly string[]) {
  return spawn(process.execPath, ["--input-type=module", "--eval", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      AZURE_BATCH_ENDPOINT: engine.batch.url,
      AZURE_BATCH_ACCOUNT: engine.batch.name,
      AZURE_BATCH_ACCESS_KEY: engine.batch.key,
      AZURE_STORAGE_CONNECTION_STRING: engine.storage.connectionString,
    },
  });
}

/** Another process that is killed as soon as it writes something. */
export async function killedProcess(engine: LocalEngine, program: string, ...args: readonly string[]) {
  const child = otherProcess(engine, program, ...args);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
}
