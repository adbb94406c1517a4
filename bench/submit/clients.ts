import { Agent, request } from "node:http";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { createBatchPort } from "../../src/azure/batch.js";

/** Tasks of four properties; or such as scripts over files have, with a file in and files out. */
export const KINDS = ["small", "with files"] as const;

/** What a client adds, and where. */
export interface Submission {
  readonly kind: (typeof KINDS)[number];
  readonly url: string;
  readonly key: string;
  readonly jobId: string;
  readonly tasks: number;
  readonly inFlight: number;
}

export const COMMAND_LINE = "/bin/sh -c 'exec node \"$AZ_BATCH_NODE_SHARED_DIR/program.js\"'";
const COLLECTION = 100;

export const CONTAINER =
  "https://account.blob.core.windows.net/data?sv=2025-07-05&sr=c&sp=rcw&sig=c2lnbmF0dXJl";

function someTasks({ kind, tasks }: Submission) {
  const files = (index: number) => ({
    resourceFiles: [{ httpUrl: `${CONTAINER}&n=${index}`, filePath: "in.csv" }],
    outputFiles: [
      {
        filePattern: "../std*.txt",
        destination: { container: { containerUrl: CONTAINER, path: `logs/${index}` } },
        uploadOptions: { uploadCondition: "taskcompletion" as const },
      },
    ],
  });
  return Array.from({ length: tasks }, (_, index) => ({
    id: `task-${String(index).padStart(8, "0")}`,
    commandLine: COMMAND_LINE,
    environmentSettings: [{ name: "INDEX", value: String(index) }],
    constraints: { maxTaskRetryCount: 2 },
    ...(kind === "with files" && files(index)),
  }));
}

/** Seconds that adding took, of tasks that were there before: by the clock, and of the process's processor time. */
export interface Taken {
  readonly seconds: number;
  readonly processor: number;
}

/** The ways to add tasks that are compared. */
export const clients = {
  async ours(submission: Submission): Promise<Taken> {
    const { url, key, jobId, tasks, inFlight } = submission;
    const batch = await createBatchPort({ url, name: "account", key }, { concurrency: inFlight });
    const made = someTasks(submission);
    const taken = await timed(async () => {
      const results = await batch.addTasks(jobId, made);
      if (results.length !== tasks || results.some(({ status }) => status !== "added"))
        throw new Error("Tasks were not added.");
    });
    batch.close();
    return taken;
  },

  /** Microsoft's client for JavaScript, as everybody writes it: a loop over collections, some at once. */
  async loop(submission: Submission): Promise<Taken> {
    const { url, key, jobId, tasks, inFlight } = submission;
    const client = new BatchServiceClient(new BatchSharedKeyCredentials("account", key), url);
    const made = someTasks(submission);
    let next = 0;
    let added = 0;
    const worker = async () => {
      while (next < tasks) {
        const collection = made.slice(next, next + COLLECTION);
        next += COLLECTION;
        const { value = [] } = await client.task.addCollection(jobId, collection);
        added += value.filter(({ status }) => status.toLowerCase() === "success").length;
      }
    };
    const taken = await timed(() => Promise.all(Array.from({ length: inFlight }, worker)));
    if (added !== tasks) throw new Error("Tasks were not added.");
    return taken;
  },

  /** The same bodies, serialised before: what the service, the network and Node.js's HTTP client allow. */
  async limit(submission: Submission): Promise<Taken> {
    const { url, jobId, tasks, inFlight } = submission;
    const made = someTasks(submission);
    const bodies: Buffer[] = [];
    for (let next = 0; next < tasks; next += COLLECTION)
      bodies.push(Buffer.from(JSON.stringify({ value: made.slice(next, next + COLLECTION) })));
    const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
    let next = 0;
    const worker = async () => {
      while (next < bodies.length)
        await post(`${url}/jobs/${jobId}/addtaskcollection`, bodies[next++]!, agent);
    };
    const taken = await timed(() => Promise.all(Array.from({ length: inFlight }, worker)));
    agent.destroy();
    return taken;
  },
};

async function timed(what: () => Promise<unknown>): Promise<Taken> {
  const before = process.cpuUsage();
  const began = performance.now();
  await what();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, processor: (user + system) / 1e6 };
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    request(url, { method: "POST", agent, headers }, (response) => {
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error("refused"))));
      response.resume();
    })
      .on("error", reject)
      .end(body);
  });
}
