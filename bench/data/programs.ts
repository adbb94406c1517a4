import { spawnSync } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { createReadStream, createWriteStream, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ContainerClient } from "@azure/storage-blob";
import pLimit from "p-limit";

/** Where a measured program finds its files, and puts others. */
export interface Place {
  /** The one large file. */
  readonly file: string;
  /** The folder of the small ones. */
  readonly small: string;
  /** An empty folder for what comes back. */
  readonly back: string;
  /** Of an Azurite for this program alone; the library starts its own. */
  readonly connectionString?: string;
}

/** What a measured program found out, in seconds. */
export interface Found {
  readonly seconds: number;
  /** From the start until the bytes are in storage, and from storage to the disk, where the program knows it. */
  readonly up?: number;
  readonly down?: number;
  /** Of the first of two runs with the same file. */
  readonly firstSeconds?: number;
  /** What the process wrote to its sockets in either run. */
  readonly mebibytesSent?: readonly [first: number, second: number];
}

export type Program = (place: Place) => Promise<Found>;

/** So many small files travel at a time: as many as the library has uploads under way. */
const AT_ONCE = 8;

/** The library on its local engine, which is up: each goes from files of this process to a node, or back. */
export const ours = {
  /** The one item has the file as its input. */
  async in({ file }: Place): Promise<Found> {
    await startEngine();
    return timedIn(file);
  },

  /** The one item gives the file back. It takes no time to make, being a link to one that is there. */
  async out({ file, back }: Place): Promise<Found> {
    const { command, runParallel } = await import("azure-batch-parallel");
    await startEngine();
    const clock = stopwatch();
    await using run = runParallel(
      [file],
      command((path) => ({ file: "ln", args: [path, "made"], outputs: ["made"] })),
    );
    await run;
    const made = clock();
    const [saved = ""] = await run.download(back);
    const seconds = clock();
    refuseDifferent(file, saved);
    return { seconds, down: seconds - made };
  },

  /** All small files go to one item, as a folder. */
  async files({ small }: Place): Promise<Found> {
    const { command, runParallel } = await import("azure-batch-parallel");
    await startEngine();
    const clock = stopwatch();
    const [result] = await runParallel(
      [small],
      command((path) => ({ file: "ls", args: ["all"], inputs: [{ path, as: "all" }] })),
    );
    if (result?.stdout !== `${readdirSync(small).sort().join("\n")}\n`) throw new Error("wrong results");
    return { seconds: clock() };
  },

  /** Each small file is the input of an item of its own. */
  async each({ small }: Place): Promise<Found> {
    const { command, runParallel } = await import("azure-batch-parallel");
    await startEngine();
    const names = readdirSync(small).sort();
    const clock = stopwatch();
    const results = await runParallel(
      names,
      command((name) => ({ file: "ls", inputs: [join(small, name)] })),
    );
    if (!results.every(({ stdout }, index) => stdout === `${names[index]}\n`))
      throw new Error("wrong results");
    return { seconds: clock() };
  },

  /** Two runs have the same file as input, and keep it for later ones. */
  async again({ file }: Place): Promise<Found> {
    const sent = countSent();
    await startEngine();
    const before = sent();
    const { seconds: firstSeconds } = await timedIn(file, true);
    const between = sent();
    const { seconds } = await timedIn(file, true);
    return { seconds, firstSeconds, mebibytesSent: [between - before, sent() - between] };
  },
} satisfies Record<string, Program>;

async function startEngine(): Promise<void> {
  const { command, runParallel } = await import("azure-batch-parallel");
  await runParallel(
    [0],
    command(() => ({ file: "true" })),
  );
}

async function timedIn(file: string, cache = false): Promise<Found> {
  const { command, runParallel } = await import("azure-batch-parallel");
  const clock = stopwatch();
  const run = runParallel(
    [file],
    command((path) => ({ file: "wc", args: ["-c", basename(path)], inputs: [path] })),
    { cache },
  );
  let up: number | undefined;
  run.onProgress(({ tasks }) => {
    if (tasks > 0) up ??= clock();
  });
  const [result] = await run;
  const seconds = clock();
  if (Number.parseInt(result?.stdout ?? "", 10) !== statSync(file).size) throw new Error("wrong results");
  return { seconds, ...(up !== undefined && { up }) };
}

/** What takes a file to a blob, and a blob to a file. */
interface Way {
  readonly send: (name: string, file: string) => Promise<unknown>;
  readonly fetch: (name: string, file: string) => Promise<unknown>;
}

/** The programs that go up to a storage that is there, and down to the disk. */
function thereAndBack(open: (connectionString: string) => Promise<Way>) {
  return {
    async file({ file, back, connectionString = "" }: Place): Promise<Found> {
      const { send, fetch } = await open(connectionString);
      const copy = join(back, "copy");
      const found = await upAndDown(
        () => send("blob", file),
        () => fetch("blob", copy),
      );
      refuseDifferent(file, copy);
      return found;
    },

    async files({ small, back, connectionString = "" }: Place): Promise<Found> {
      const { send, fetch } = await open(connectionString);
      const all = forEachName(readdirSync(small));
      return upAndDown(
        () => all((name) => send(name, join(small, name))),
        () => all((name) => fetch(name, join(back, name))),
      );
    },
  } satisfies Record<string, Program>;
}

/** Microsoft's client as its documentation has it. */
export const plain = thereAndBack(async (connectionString) => {
  const container = await newContainer(connectionString);
  return {
    send: (name, file) => container.getBlockBlobClient(name).uploadFile(file),
    fetch: (name, file) => container.getBlobClient(name).downloadToFile(file),
  };
});

/** The same bytes by Node.js's HTTP client, a request a file: nobody signs, hashes, or cuts into blocks. */
export const bare = thereAndBack(async (connectionString) => {
  const blob = await blobUrls(connectionString);
  return {
    send: (name, file) => putBlob(blob(name), file),
    fetch: (name, file) => getBlob(blob(name), file),
  };
});

const agent = new Agent({ keepAlive: true });

async function putBlob(url: URL, file: string): Promise<void> {
  const headers = { "x-ms-blob-type": "BlockBlob", "content-length": statSync(file).size };
  const put = request(url, { method: "PUT", agent, headers });
  const answered = answerOf(put, 201);
  await pipeline(createReadStream(file), put);
  (await answered).resume();
}

async function getBlob(url: URL, file: string): Promise<void> {
  const get = request(url, { agent });
  const answered = answerOf(get, 200);
  get.end();
  await pipeline(await answered, createWriteStream(file));
}

function answerOf(sent: ReturnType<typeof request>, status: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (answer) => {
      if (answer.statusCode === status) resolve(answer);
      else reject(new Error(`Storage answered ${answer.statusCode}.`));
    });
  });
}

/** The URLs of blobs of a new container, signed. */
async function blobUrls(connectionString: string): Promise<(name: string) => URL> {
  const { ContainerSASPermissions } = await import("@azure/storage-blob");
  const container = await newContainer(connectionString);
  const permissions = ContainerSASPermissions.parse("rcw");
  const expiresOn = new Date(Date.now() + 60 * 60_000);
  const { origin, pathname, search } = new URL(await container.generateSasUrl({ permissions, expiresOn }));
  return (name) => new URL(`${origin}${pathname}/${name}${search}`);
}

async function newContainer(connectionString: string): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient("data");
  await container.create();
  return container;
}

function forEachName(names: readonly string[]) {
  const limit = pLimit(AT_ONCE);
  return (act: (name: string) => Promise<unknown>) => limit.map(names, act);
}

async function upAndDown(send: () => Promise<unknown>, fetch: () => Promise<unknown>): Promise<Found> {
  const clock = stopwatch();
  await send();
  const up = clock();
  await fetch();
  const seconds = clock();
  return { seconds, up, down: seconds - up };
}

/** Seconds since it was made. */
function stopwatch(): () => number {
  const began = performance.now();
  return () => (performance.now() - began) / 1000;
}

/** MiB that this process has written to sockets made from now on, whatever the library says that it uploaded. */
function countSent(): () => number {
  const sockets: Socket[] = [];
  subscribe("net.client.socket", (message) => sockets.push((message as { socket: Socket }).socket));
  return () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0) / 2 ** 20;
}

function refuseDifferent(file: string, copy: string): void {
  if (spawnSync("/bin/sh", ["-c", 'cmp "$0" "$1"', file, copy]).status !== 0)
    throw new Error("wrong results");
}

/** Runs a program of this file, and prints what it found and the most memory this process had. */
export async function report(program: Program, place: Place): Promise<void> {
  await mkdir(place.back, { recursive: true });
  const found = await program(place);
  console.log(JSON.stringify({ ...found, mebibytes: process.resourceUsage().maxRSS / 1024 }));
}
