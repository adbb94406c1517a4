import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { logBlob, outcomeBlob } from "../../src/protocol/blob-names.js";
import { encode } from "../../src/protocol/codec.js";
import { formatOutcomeLine, formatPart, type PartHeader } from "../../src/protocol/outcome-part.js";
import { CHUNK_SETTING, RUN_SETTING } from "../../src/protocol/task-settings.js";
import { sasUrl } from "./support/azurite.js";
import { startNode, TaskOnNode, type TestNode, type TestTask } from "./support/node.js";
import { processesWith } from "./support/processes.js";

let node: TestNode;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.remove());

function task(source: string, items: readonly unknown[], more: Partial<TestTask> = {}): Promise<TaskOnNode> {
  return TaskOnNode.create(node, { module: `export default ${source};`, items, ...more });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Waits for what another process does. */
async function until(happened: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a task", () => {
  it("gets its items from a part of a blob", async () => {
    const items = ["ä", 2n, { deep: [undefined] }];
    const ran = await task("(item) => item", items, { packed: true, chunk: 12, start: 700 });
    const outcomes = await ran
      .stored()
      .then(() => ran.run())
      .then(() => ran.text(outcomeBlob(12, 0)));
    expect(outcomes.split("\n").slice(1)).toHaveLength(4);
  });

  it("stores outcomes while others still run", async () => {
    const source = `async (n) => {
      const { existsSync } = await import("node:fs");
      while (n === 2 && !existsSync(process.env.GO)) await new Promise((r) => setTimeout(r, 20));
      return n;
    }`;
    const go = `${node.root}/go-${Date.now()}`;
    const ran = await task(source, range(4), { environment: { GO: go }, run: { workers: 1 } });
    const { ended } = ran.launch();
    await until(async () => (await ran.parts()).length > 0);
    expect((await ran.stored()).map((outcome) => outcome.value)).toEqual([0, 1]);
    expect((await ran.parts())[0]?.header).toMatchObject({ complete: false, fulfilled: 2 });
    const { writeFileSync } = await import("node:fs");
    writeFileSync(go, "");
    expect((await ended).exitCode).toBe(0);
    expect((await ran.stored()).map((outcome) => outcome.value)).toEqual(range(4));
    expect((await ran.parts()).map((part) => part.header.complete)).toEqual([false, true]);
  });

  it("does not wait to store what is large", async () => {
    const ran = await task("(n) => 'x'.repeat(3_000_000)", range(5), { run: { workers: 1 } });
    await ran.outcomes();
    expect((await ran.parts()).length).toBeGreaterThan(1);
  });
});

describe("a task that runs again", () => {
  const header: PartHeader = {
    ...{ version: 1, chunk: 0, part: 0, complete: false, fulfilled: 2, rejected: 0 },
    ...{ node: "other", itemMilliseconds: 1, taskMilliseconds: 1, storedAt: 1, logs: false },
  };

  function line(offset: number, value: unknown): string {
    const rest = { attempt: 1, milliseconds: 1, files: [] };
    return formatOutcomeLine({ offset, status: "fulfilled", payload: encode(value), ...rest });
  }

  async function put(ran: TaskOnNode, blob: string, text: string): Promise<void> {
    await ran.container.getBlockBlobClient(blob).upload(text, Buffer.byteLength(text));
  }

  it("goes on after what is there", async () => {
    const ran = await task("(n) => 'new'", range(5));
    await put(ran, outcomeBlob(0, 0), formatPart(header, [line(1, "old"), line(3, "old")]));
    await put(ran, outcomeBlob(0, 1), formatPart({ ...header, part: 1, fulfilled: 1 }, [line(0, "old")]));
    const outcomes = await ran.outcomes();
    expect(outcomes.map((outcome) => outcome.value)).toEqual(["old", "old", "new", "old", "new"]);
    expect((await ran.parts()).at(-1)?.header).toMatchObject({ part: 2, complete: true, fulfilled: 2 });
  });

  it("says that the chunk is complete, where only that is missing", async () => {
    const ran = await task("(n) => 'new'", range(2));
    await put(ran, outcomeBlob(0, 0), formatPart(header, [line(0, "old"), line(1, "old")]));
    expect((await ran.outcomes()).map((outcome) => outcome.value)).toEqual(["old", "old"]);
    expect((await ran.parts()).map((part) => part.header.complete)).toEqual([false, true]);
  });

  it("does nothing where everything is there", async () => {
    const ran = await task("(n) => n", range(3));
    await ran.outcomes();
    await ran.outcomes();
    expect(await ran.parts()).toHaveLength(1);
  });

  it("starts nothing more after a failure that was there, where the run is to stop", async () => {
    const ran = await task("(n) => n", range(3), { run: { stopOnFailure: true } });
    const failed = line(0, { code: "FunctionFailed", message: "old" }).replace("\tF\t", "\tR\t");
    await put(ran, outcomeBlob(0, 0), formatPart({ ...header, fulfilled: 0, rejected: 1 }, [failed]));
    const codes = (await ran.outcomes()).map((outcome) => outcome.failure?.code);
    expect(codes).toEqual(["FunctionFailed", "Cancelled", "Cancelled"]);
  });

  it("writes its part where an earlier run got as far as the logs", async () => {
    const ran = await task("(n) => console.log(n)", range(2));
    await put(ran, logBlob(0, 0), "");
    await ran.outcomes();
    expect((await ran.parts())[0]?.header).toMatchObject({ complete: true, logs: true });
  });

  it("and twice at once gives each item one outcome", async () => {
    // Each has some items ready before it sees any part of the other one.
    const source = "(n) => new Promise((r) => setTimeout(r, 10, [n, process.ppid]))";
    const ran = await task(source, range(300), { run: { workers: 2 } });
    const runs = [ran.launch(), ran.launch(), ran.launch()];
    for (const { ended } of runs) expect((await ended).exitCode).toBe(0);
    const outcomes = await ran.stored();
    expect(outcomes.map((outcome) => (outcome.value as [number, number])[0])).toEqual(range(300));
    const headers = (await ran.parts()).map((part) => part.header);
    expect(headers.filter((one) => one.complete)).toHaveLength(1);
    expect(headers.at(-1)?.complete).toBe(true);
  });
});

describe("a task that is ended", () => {
  const stubborn = "(n) => { if (n < 2) return n; console.log('busy'); for (;;); }";

  async function launchBusy(source: string, marker: string, more: Partial<TestTask> = {}) {
    const ran = await task(source, range(3), {
      environment: { MARKER: marker },
      run: { workers: 1 },
      ...more,
    });
    return { ran, ...ran.launch() };
  }

  it("by SIGTERM, stores what it has and leaves no process", async () => {
    const marker = `term-${process.pid}-${Date.now()}`;
    const started = `${node.root}/${marker}`;
    const source = `async (n) => {
      const { writeFileSync } = await import("node:fs");
      if (n < 2) return n;
      writeFileSync(${JSON.stringify(started)}, "");
      for (;;);
    }`;
    const { ran, child, ended } = await launchBusy(source, marker);
    await until(() => existsSync(started));
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ exitCode: 143, stderr: "" });
    expect((await ran.stored()).map((outcome) => outcome.value)).toEqual([0, 1]);
    expect((await ran.parts())[0]?.header.complete).toBe(false);
    await until(() => processesWith(marker).length === 0);
  });

  it("by SIGKILL, leaves no process, not even one in an endless loop", async () => {
    const marker = `kill-${process.pid}-${Date.now()}`;
    const { child, ended } = await launchBusy(stubborn, marker);
    // The supervisor and its worker.
    await until(() => processesWith(marker).length >= 2);
    child.kill("SIGKILL");
    await ended;
    await until(() => processesWith(marker).length === 0);
  });

  it("by SIGKILL, leaves no command and nothing that it started", async () => {
    const marker = `command-${process.pid}-${Date.now()}`;
    const command = { file: "/bin/sh", args: ["-c", "trap '' TERM HUP; sleep 1000 & sleep 1000; true"] };
    const ran = await TaskOnNode.create(node, { items: [command, command], environment: { MARKER: marker } });
    const { child, ended } = ran.launch();
    // The supervisor, and at least a shell with its two children.
    await until(() => processesWith(marker).length >= 4);
    child.kill("SIGKILL");
    await ended;
    await until(() => processesWith(marker).length === 0);
  });
});

describe("a task that cannot do its work", () => {
  it("says which setting is missing or damaged", async () => {
    const bare = await TaskOnNode.create(node, { items: [], environment: { [RUN_SETTING]: "" } });
    expect(await bare.run()).toMatchObject({
      exitCode: 1,
      stderr: `azure-batch-parallel: The environment setting ${RUN_SETTING} is missing: the node runner is started by a Batch task.\n`,
    });
    const damaged = await TaskOnNode.create(node, {
      items: [],
      environment: { [CHUNK_SETTING]: "sig=secret" },
    });
    expect(await damaged.run()).toMatchObject({
      exitCode: 1,
      stderr: `azure-batch-parallel: The environment setting ${CHUNK_SETTING} is not JSON.\n`,
    });
  });

  it("says what storage refused, without the SAS", async () => {
    const container = await node.azurite.newContainer();
    const ran = await task("(n) => n", [1], { container, run: { outputUrl: sasUrl(container, "r") } });
    const ended = await ran.run();
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /^azure-batch-parallel: Blob Storage refused to create outcomes\/00000000\/000000: 403 \w+\n$/,
    );
    expect(ended.stderr).not.toContain("sig=");
  });

  it("says that the chunk is not what it should be", async () => {
    const ran = await task("(n) => n", [1, 2], { environment: {} });
    const short = await TaskOnNode.create(node, {
      module: "export default (n) => n",
      items: [1, 2],
      container: ran.container,
      environment: {
        [CHUNK_SETTING]: JSON.stringify({
          chunk: 0,
          start: 0,
          count: 3,
          input: { kind: "inline", lines: "1\n2" },
        }),
      },
    });
    expect((await short.run()).stderr).toMatch(/should hold 3 items, and holds 2/);
  });
});

describe("a storage that stumbles", () => {
  let proxy: Server | undefined;
  afterEach(() => {
    proxy?.closeAllConnections();
    proxy?.close();
  });

  /** A server in front of Azurite, and the URL of the container through it. */
  async function through(
    listener: (forward: RequestListener) => RequestListener,
    url: string,
  ): Promise<string> {
    const target = new URL(url);
    const forward: RequestListener = async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const answer = await fetch(new URL(request.url ?? "", target), {
        method: request.method ?? "GET",
        headers: headers as Record<string, string>,
        ...(pieces.length === 0 ? {} : { body: Buffer.concat(pieces) }),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
    };
    proxy = createServer(listener(forward)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    return url.replace(target.host, `127.0.0.1:${port}`);
  }

  it("is asked again", async () => {
    const container = await node.azurite.newContainer();
    const seen: string[] = [];
    const outputUrl = await through(
      (forward) => (request, response) => {
        const key = `${request.method} ${new URL(request.url ?? "", "http://x").pathname.split("/").slice(3).join("/")}`;
        seen.push(key);
        const time = seen.filter((other) => other === key).length;
        if (time === 1) request.socket.destroy();
        else if (time === 2) response.writeHead(503, { "x-ms-error-code": "ServerBusy" }).end();
        else if (time === 3) response.writeHead(429, { "retry-after": "0" }).end("slow down");
        else forward(request, response);
      },
      sasUrl(container, "rc"),
    );
    const ran = await task("(n) => n", [1, 2], { container, run: { outputUrl } });
    expect((await ran.outcomes()).map((outcome) => outcome.value)).toEqual([1, 2]);
    expect(seen).toContain("PUT outcomes/00000000/000000");
  });

  it("stores nothing twice, where its answer got lost", async () => {
    const container = await node.azurite.newContainer();
    let lost = 0;
    const outputUrl = await through(
      (forward) => (request, response) => {
        if (request.method !== "PUT" || lost > 0) return forward(request, response);
        lost++;
        response.end = () => response.destroy() as typeof response;
        return forward(request, response);
      },
      sasUrl(container, "rc"),
    );
    const ran = await task("(n) => n", [1, 2], { container, run: { outputUrl } });
    expect((await ran.outcomes()).map((outcome) => outcome.value)).toEqual([1, 2]);
    expect(lost).toBe(1);
    expect(await ran.parts()).toHaveLength(1);
  });
});
