import { randomBytes } from "node:crypto";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireCommand, WireInput } from "../../src/protocol/command-line.js";
import { sasUrl } from "./support/azurite.js";
import { startNode, TaskOnNode, type TestNode, type TestTask } from "./support/node.js";

const WINDOW = 256 * 1024;

let node: TestNode;

beforeAll(async () => {
  node = await startNode();
});
afterAll(async () => node?.remove());

/** Stands before storage: knows what is read, and refuses what it is told to. */
interface Gate {
  readonly url: string;
  readonly ranges: string[];
  refuse: number;
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function gateTo(container: ContainerClient): Promise<Gate> {
  const real = new URL(sasUrl(container, "r"));
  const gate = { url: "", ranges: [] as string[], refuse: 0 };
  const server = createServer((asked, response) => {
    const range = asked.headers["x-ms-range"];
    if (typeof range === "string") gate.ranges.push(range);
    if (gate.refuse > 0) {
      gate.refuse -= 1;
      response.writeHead(403, { "x-ms-error-code": "NotYet" }).end();
      return;
    }
    const { method, headers } = asked;
    asked.pipe(
      request(new URL(asked.url ?? "", real), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = new URL(real);
  own.port = `${(server.address() as AddressInfo).port}`;
  gate.url = own.href;
  return gate;
}

/** A container with a pack of random bytes, and what is before it. */
async function packOf(size: number): Promise<{ container: ContainerClient; gate: Gate; pack: Buffer }> {
  const container = await node.azurite.newContainer();
  const pack = randomBytes(size);
  await container.getBlockBlobClient("packs/00000000").upload(pack, size);
  return { container, gate: await gateTo(container), pack };
}

const part = (as: string, offset: number, size: number): WireInput => ({
  as,
  blob: "packs/00000000",
  offset,
  size,
});
const base64 = (inputs: readonly WireInput[]): WireCommand => ({
  file: "/bin/sh",
  args: ["-c", "cat in/* | base64 -w 0"],
  inputs,
});
const commands = (
  items: readonly WireCommand[],
  { container, gate, ...rest }: { container: ContainerClient; gate: Gate } & Partial<TestTask>,
) =>
  TaskOnNode.create(node, {
    items,
    container,
    ...rest,
    run: { ...rest.run, inputUrl: gate.url },
    environment: { PATH: "/usr/bin:/bin" },
  });
const stdoutOf = ({ value }: { value?: unknown }) =>
  Buffer.from((value as { stdout: string }).stdout, "base64");

describe("input files in packs", () => {
  it("are read by windows, whatever they straddle, each once for all items of a task", async () => {
    const size = 2 * WINDOW + 5000;
    const { container, gate, pack } = await packOf(size);
    const length = 4099;
    const places = Array.from({ length: Math.floor(size / length) }, (_, n) => n * length);
    const items = Array.from({ length: 13 }, (_, item) => places.slice(item * 10, item * 10 + 10));
    const ran = await commands(
      items.map((offsets) => base64(offsets.map((offset, n) => part(`in/${n}`, offset, length)))),
      { container, gate, run: { workers: 4 } },
    );
    const outcomes = await ran.outcomes();
    for (const [item, outcome] of outcomes.entries()) {
      const offsets = items[item] ?? [];
      const [from = 0] = offsets;
      expect(stdoutOf(outcome).equals(pack.subarray(from, from + offsets.length * length))).toBe(true);
    }
    expect(gate.ranges.sort()).toEqual(
      [0, 1, 2].map((n) => `bytes=${n * WINDOW}-${(n + 1) * WINDOW - 1}`).sort(),
    );
  });

  it("may span several windows, end with the pack, or be empty, for which nothing is asked", async () => {
    const size = 3 * WINDOW;
    const { container, gate, pack } = await packOf(size);
    const ran = await commands(
      [
        base64([part("in/0", 0, 0), { as: "in/1", blob: "packs/none", offset: 17, size: 0 }]),
        base64([part("in/0", WINDOW - 1, 2 * WINDOW + 1)]),
        base64([part("in/0", size - 1, 1), part("in/1", 0, 1)]),
      ],
      { container, gate },
    );
    const [none, most, ends] = (await ran.outcomes()).map(stdoutOf);
    expect(none?.length).toBe(0);
    expect(most?.equals(pack.subarray(WINDOW - 1))).toBe(true);
    expect(ends).toEqual(Buffer.from([pack[size - 1] as number, pack[0] as number]));
    expect(new Set(gate.ranges).size).toBe(3);
  });

  it("of more packs than are kept are fetched again", async () => {
    const { container, gate, pack } = await packOf(20 * WINDOW);
    const inputs = Array.from({ length: 20 }, (_, n) =>
      part(`in/${String(n).padStart(2, "0")}`, n * WINDOW, 8),
    );
    const ran = await commands([base64(inputs), base64(inputs)], { container, gate, run: { workers: 1 } });
    const wanted = Buffer.concat(inputs.map((_, n) => pack.subarray(n * WINDOW, n * WINDOW + 8)));
    for (const outcome of await ran.outcomes()) expect(stdoutOf(outcome).equals(wanted)).toBe(true);
    expect(gate.ranges).toHaveLength(40);
  });

  it("are never cut short: a pack that ends before is an error with the file's name", async () => {
    const { container, gate } = await packOf(WINDOW + 10);
    const none = { file: "true", args: [] };
    const ran = await commands(
      [
        { ...none, inputs: [part("a", WINDOW, 11)] },
        { ...none, inputs: [part("b", 2 * WINDOW, 1)] },
        { ...none, inputs: [{ as: "c", blob: "packs/none", offset: 0, size: 1 }] },
        { ...none, inputs: [part("d", WINDOW, 10)] },
      ],
      { container, gate },
    );
    const said = (await ran.outcomes()).map(
      ({ failure }) => failure && `${failure.code}: ${failure.message}`,
    );
    const failed = (name: string, why: string) =>
      `FileTransferFailed: The input file "${name}" could not be brought to the node: ${why}`;
    expect(said).toEqual([
      failed("a", "packs/00000000 ends before the file does"),
      failed("b", "Blob Storage refused to read packs/00000000: 416 InvalidRange"),
      failed("c", "Blob Storage refused to read packs/none: 404 BlobNotFound"),
      undefined,
    ]);
  });

  it("are asked for again where that was refused", async () => {
    const { container, gate, pack } = await packOf(100);
    gate.refuse = 1;
    const items = [base64([part("in/0", 50, 20)])];
    const ran = await commands(items, { container, gate, run: { retries: 1 } });
    const [outcome] = await ran.outcomes();
    expect(outcome?.attempt).toBe(2);
    expect(stdoutOf(outcome ?? {}).equals(pack.subarray(50, 70))).toBe(true);
    expect(gate.ranges).toHaveLength(2);
  });
});
