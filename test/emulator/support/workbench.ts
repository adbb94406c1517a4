import { type Emulator, type EmulatorOptions, startEmulator } from "../../../src/emulator/index.js";
import { SignedClient, type TestJson } from "./signed-client.js";
import { until } from "./until.js";

export interface TestTask {
  id: string;
  commandLine: string;
  [property: string]: unknown;
}

/** An emulator with a pool and a job, and short ways to run tasks on it. */
export interface Workbench {
  readonly emulator: Emulator;
  readonly client: SignedClient;
  /** Adds a job to the pool. */
  addJob(id: string, job?: object): Promise<void>;
  /** Adds a task and waits until it is completed. */
  run(jobId: string, task: TestTask): Promise<TestJson>;
  /** Waits until a task is in a state. */
  inState(jobId: string, taskId: string, state: string): Promise<TestJson>;
  /** The content of a task's file. */
  file(jobId: string, taskId: string, name?: string): Promise<string>;
  close(): Promise<void>;
}

/** A pool as a client would ask for it. */
export function poolSpec(id: string, more: object = {}): object {
  const virtualMachineConfiguration = {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  };
  return { id, vmSize: "standard_d2_v3", virtualMachineConfiguration, ...more };
}

export async function startWorkbench(options: EmulatorOptions = {}, pool: object = {}): Promise<Workbench> {
  const emulator = await startEmulator(options);
  const client = new SignedClient(emulator);
  await expectStatus(client.post("/pools", poolSpec("pool", { targetDedicatedNodes: 1, ...pool })), 201);
  const task = async (jobId: string, taskId: string): Promise<TestJson> =>
    (await client.get(`/jobs/${jobId}/tasks/${taskId}`)).json;
  const inState = (jobId: string, taskId: string, state: string): Promise<TestJson> =>
    until(async () => {
      const found = await task(jobId, taskId);
      return found.state === state && found;
    });

  return {
    emulator,
    client,
    inState,
    addJob: (id, job = {}) =>
      expectStatus(client.post("/jobs", { id, poolInfo: { poolId: "pool" }, ...job }), 201),
    async run(jobId, spec) {
      await expectStatus(client.post(`/jobs/${jobId}/tasks`, spec), 201);
      return inState(jobId, spec.id, "completed");
    },
    file: async (jobId, taskId, name = "stdout.txt") =>
      (await client.get(`/jobs/${jobId}/tasks/${taskId}/files/${encodeURIComponent(name)}`)).text,
    close: () => emulator.close(),
  };
}

async function expectStatus(answer: ReturnType<SignedClient["get"]>, status: number): Promise<void> {
  const { status: actual, text } = await answer;
  if (actual !== status) throw new Error(`expected status ${status}, got ${actual}: ${text}`);
}
