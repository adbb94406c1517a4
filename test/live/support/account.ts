import { randomBytes } from "node:crypto";
import type { TestProject } from "vitest/node";
import { createClient } from "../../../src/client/client.js";
import { type BatchParallel, connect, type Pool, pool, ubuntu } from "../../../src/index.js";

/*
 * What the live tests share: one pool of one node. Everything they make has a name that begins with the same prefix, and all of
 * it is deleted at the end, whatever failed.
 */

declare module "vitest" {
  export interface ProvidedContext {
    /** What the names of all that the tests make begin with. */
    readonly livePrefix: string;
    readonly livePool: string;
  }
}

const VM_SIZE = "Standard_D2s_v5";
/** US dollars an hour for this size with Linux, pay as you go; it differs by region. */
const DOLLARS_AN_HOUR = 0.1;
/** Longer than the tests take, with the time that a node needs to come. */
const MOST_HOURS = 0.5;

const dollars = (hours: number) => `${(hours * DOLLARS_AN_HOUR).toFixed(3)} US dollars`;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const batch = connect();
  const prefix = `live-${randomBytes(4).toString("hex")}`;
  const free = batch.toJSON().engine === "local" ? " (this account is an emulator, and costs nothing)" : "";
  console.log(
    `Live tests ${prefix} on ${batch.toJSON().batch}: one node of size ${VM_SIZE} for less than ${MOST_HOURS * 60} minutes, ` +
      `at about ${DOLLARS_AN_HOUR} US dollars an hour: less than ${dollars(MOST_HOURS)}, and a few requests to storage${free}.`,
  );
  const nodes = pool(prefix).vmSize(VM_SIZE).image(ubuntu("22.04")).dedicatedNodes(1).taskSlotsPerNode(4);
  project.provide("livePrefix", prefix);
  project.provide("livePool", prefix);
  const made = await batch.createPool(nodes).catch(async (error: unknown) => {
    await batch.close();
    throw error;
  });
  return async () => {
    const seconds = await nodeSeconds(made).catch(() => undefined);
    const left = await deleteAll(batch, prefix);
    await batch.close();
    const used =
      seconds === undefined
        ? "How long its node was there could not be found out."
        : `It used ${Math.round(seconds)} node seconds: about ${dollars(seconds / 3600)}${free}.`;
    console.log(`${used} ${left.length === 0 ? "Nothing is left of it." : ""}`);
    if (left.length > 0) {
      throw new Error(`These could not be deleted, and may go on costing money: ${left.join(", ")}`);
    }
  };
}

/** From when its nodes were allocated until now, when they go. */
async function nodeSeconds(made: Pool): Promise<number> {
  let seconds = 0;
  for await (const { allocationTime } of made.nodes({ select: ["allocationTime"] })) {
    seconds += (Date.now() - Date.parse(allocationTime)) / 1000;
  }
  return seconds;
}

/** Deletes all whose name begins with the prefix; gives what could not be deleted. */
async function deleteAll(batch: BatchParallel, prefix: string): Promise<string[]> {
  const left: string[] = [];
  const trying = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => left.push(`${what} (${(error as Error).message})`));
  };
  const wait = { wait: true, deadline: "10m" } as const;
  const { storage } = await createClient().connection();
  await trying("the jobs", async () => {
    for await (const { id } of batch.jobs({ filter: `startswith(id,'${prefix}')`, select: ["id"] })) {
      await trying(`job ${id}`, () => batch.job(id).delete(wait));
    }
  });
  await trying(`pool ${prefix}`, () => batch.pool(prefix).delete(wait));
  await trying("the containers", async () => {
    for await (const { name } of storage.listContainers()) {
      if (name.startsWith(prefix)) await trying(`container ${name}`, () => storage.container(name).delete());
    }
  });
  await trying("the uploads", async () => {
    const uploads = storage.container("azure-batch-parallel-uploads");
    let others = 0;
    for await (const { name } of uploads.list("")) {
      if (name.endsWith(`/${prefix}.py`)) await uploads.deleteBlob(name);
      else others += 1;
    }
    if (others === 0) await uploads.delete();
  });
  return left;
}
