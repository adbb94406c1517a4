import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type BatchPortOptions, createBatchPort } from "../../src/azure/batch.js";
import type { TaskParameter } from "../../src/azure/parameters/index.js";
import { type Answerer, refuse, reply, startScriptedServer } from "./support/scripted-server.js";

const key = Buffer.from("a key").toString("base64");
const retries = { attempts: 3, firstDelay: 5, longestDelay: 10 };

const tasks = (count: number, size = 10): TaskParameter[] =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, commandLine: "x".repeat(size) }));

const idsIn = (body: string): string[] => JSON.parse(body).value.map(({ id }: TaskParameter) => id);

const success = (taskId: string) => ({ taskId, status: "Success", eTag: "0x1" });

const failure = (taskId: string, status: "ClientError" | "ServerError", code: string) => ({
  taskId,
  status,
  error: { code, message: { lang: "en-US", value: "No.\nRequestId:1\nTime:2" }, values: [] },
});

describe("addTasks", () => {
  const closing: (() => unknown)[] = [];

  async function against(answer: Answerer, options: BatchPortOptions = {}) {
    const server = await startScriptedServer(answer);
    const batch = await createBatchPort({ url: server.url, name: "a", key }, { retries, ...options });
    closing.push(() => batch.close(), server.close);
    const collections = () => server.requests.map(({ body }) => idsIn(body));
    return { server, batch, collections };
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it("sends nothing for no tasks", async () => {
    const { batch, server } = await against((_request, response) => reply(response, 200, { value: [] }));
    expect(await batch.addTasks("j", [])).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it("splits by 100 tasks and by less than a megabyte", async () => {
    const { batch, collections, server } = await against((request, response) =>
      reply(response, 200, { value: idsIn(request.body).map(success).reverse() }),
    );
    await batch.addTasks("j", tasks(250));
    expect(
      collections()
        .map((ids) => ids.length)
        .sort(),
    ).toEqual([100, 100, 50]);

    server.requests.length = 0;
    const large = tasks(100, 30_000).map((task) => ({ ...task, displayName: "é" }));
    expect(await batch.addTasks("j", large)).toHaveLength(100);
    expect(collections().flat().sort()).toEqual(large.map(({ id }) => id).sort());
    expect(server.requests).toHaveLength(4);
    for (const { body } of server.requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1_000_000);
  });

  it("halves what is too large, and refuses what is too large alone", async () => {
    const { batch, server } = await against((request, response) => {
      const ids = idsIn(request.body);
      if (ids.length > 10 || ids.includes("t7")) return refuse(response, 413, "RequestBodyTooLarge");
      return reply(response, 200, { value: ids.map(success) });
    });
    const results = await batch.addTasks("j", tasks(40));
    expect(results).toHaveLength(40);
    expect(results.filter(({ status }) => status !== "added")).toEqual([
      {
        taskId: "t7",
        status: "refused",
        code: "RequestBodyTooLarge",
        message: expect.stringMatching(/too large/),
      },
    ]);
    expect(server.requests.length).toBeLessThan(20);
  });

  it("repeats the tasks that failed for the service's reasons, and those alone", async () => {
    const { batch, collections } = await against((request, response, n) => {
      const results = idsIn(request.body).map((id) => {
        if (id === "t1" && n < 2) return failure(id, "ServerError", "InternalError");
        if (id === "t2") return failure(id, "ClientError", "InvalidPropertyValue");
        if (id === "t3") return failure(id, "ClientError", "TaskExists");
        return success(id);
      });
      // Nothing is said about t4 at first.
      return reply(response, 200, { value: results.filter(({ taskId }) => taskId !== "t4" || n > 0) });
    });
    const results = await batch.addTasks("j", tasks(5));
    expect(results.sort((a, b) => a.taskId.localeCompare(b.taskId))).toEqual([
      { taskId: "t0", status: "added" },
      { taskId: "t1", status: "added" },
      { taskId: "t2", status: "refused", code: "InvalidPropertyValue", message: "No." },
      { taskId: "t3", status: "exists" },
      { taskId: "t4", status: "added" },
    ]);
    expect(collections()).toEqual([["t0", "t1", "t2", "t3", "t4"], ["t1", "t4"], ["t1"]]);
  });

  it("refuses what the service cannot add after all", async () => {
    const { batch, server } = await against((request, response) =>
      reply(response, 200, {
        value: idsIn(request.body).map((id) => failure(id, "ServerError", "InternalError")),
      }),
    );
    expect(await batch.addTasks("j", tasks(1))).toEqual([
      { taskId: "t0", status: "refused", code: "InternalError", message: "No." },
    ]);
    expect(server.requests).toHaveLength(retries.attempts);
  });

  it("counts tasks that exist after a lost answer as added before", async () => {
    const stored = new Set<string>();
    const { batch } = await against((request, response, n) => {
      const results = idsIn(request.body).map((id) =>
        stored.has(id) ? failure(id, "ClientError", "TaskExists") : success(id),
      );
      for (const id of idsIn(request.body)) stored.add(id);
      return n === 0 ? void response.socket?.destroy() : reply(response, 200, { value: results });
    });
    const results = await batch.addTasks("j", tasks(3));
    expect(results.map(({ status }) => status)).toEqual(["exists", "exists", "exists"]);
  });

  it("has as many requests in flight as allowed, whoever asks", async () => {
    let allowed = 3;
    let held: (() => void)[] = [];
    let most = 0;
    const { batch } = await against(
      async (request, response) => {
        const arrived = new Promise<void>((resolve) => held.push(resolve));
        most = Math.max(most, held.length);
        if (held.length === allowed) {
          await sleep(5); // One more than allowed would come now.
          for (const release of held) release();
          held = [];
        }
        await arrived;
        reply(response, 200, { value: idsIn(request.body).map(success) });
      },
      { concurrency: 3 },
    );
    await Promise.all([batch.addTasks("j", tasks(900)), batch.addTasks("k", tasks(900))]);
    expect(most).toBe(3);
    allowed = 12;
    const warnings: Error[] = [];
    const collect = (warning: Error) => warnings.push(warning);
    process.on("warning", collect);
    const { signal } = new AbortController();
    await batch.addTasks("j", tasks(2400), { concurrency: 12, signal });
    await sleep(1); // Warnings come a tick later.
    process.off("warning", collect);
    expect([most, warnings]).toEqual([12, []]);
  });

  it("sends fewer requests at once to a service that is too busy, and adds every task", async () => {
    const capacity = 4;
    let inFlight = 0;
    let refused = 0;
    const { batch } = await against(
      async (request, response) => {
        inFlight += 1;
        const tooMany = inFlight > capacity;
        await sleep(5);
        inFlight -= 1;
        if (!tooMany) return reply(response, 200, { value: idsIn(request.body).map(success) });
        refused += 1;
        return refuse(response, 429, "TooManyRequests");
      },
      { retries: { attempts: 50, firstDelay: 5, longestDelay: 10 } },
    );
    const results = await batch.addTasks("j", tasks(20_000));
    expect(results).toHaveLength(20_000);
    expect(results.every(({ status }) => status === "added")).toBe(true);
    // Sixteen at once would be refused twelve times in each round of four.
    expect(refused).toBeLessThan(100);
  });

  it("makes requests of tasks no earlier than they can go", async () => {
    let made = 0;
    const { batch } = await against((request, response) =>
      reply(response, 200, { value: idsIn(request.body).map(success) }),
    );
    const lazy = tasks(1000).map((task) => ({
      ...task,
      get displayName() {
        made += 1;
        return "name";
      },
    }));
    const adding = batch.addTasks("j", lazy, { concurrency: 2 });
    expect(made).toBeLessThanOrEqual(2 * 101);
    expect(await adding).toHaveLength(1000);
    expect(made).toBe(1000);
  });

  it("ends when one collection is refused, after what is on its way", async () => {
    let answered = 0;
    const { batch, server } = await against(
      async (request, response, n) => {
        if (n === 1) return refuse(response, 409, "JobCompleted");
        await sleep(50);
        answered++;
        return reply(response, 200, { value: idsIn(request.body).map(success) });
      },
      { concurrency: 2 },
    );
    await expect(batch.addTasks("j", tasks(1000))).rejects.toMatchObject({ code: "JobCompleted" });
    expect(server.requests).toHaveLength(2);
    expect(answered).toBe(1);
  });

  it("ends with the signal's reason", async () => {
    const stop = new AbortController();
    const { batch, server } = await against(() => stop.abort(new Error("enough")), { concurrency: 1 });
    await expect(batch.addTasks("j", tasks(500), { signal: stop.signal })).rejects.toThrow("enough");
    expect(server.requests).toHaveLength(1);
  });
});
