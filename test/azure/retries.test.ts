import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createBatchPort } from "../../src/azure/batch.js";
import type { BatchPort } from "../../src/azure/ports.js";
import { type Answerer, refuse, reply, startScriptedServer } from "./support/scripted-server.js";

const key = Buffer.from("a key").toString("base64");
const retries = { attempts: 4, firstDelay: 10, longestDelay: 40 };

describe("requests to Batch", () => {
  const closing: (() => unknown)[] = [];

  async function against(answer: Answerer) {
    const server = await startScriptedServer(answer);
    const batch = await createBatchPort({ url: server.url, name: "account", key }, { retries });
    closing.push(() => batch.close(), server.close);
    return { server, batch };
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const job = { id: "j", state: "active" };

  it.each([
    [429, "TooManyRequests"],
    [503, "ServerBusy"],
  ])("wait as Retry-After says after %i", async (status, code) => {
    const { server, batch } = await against((_request, response, n) =>
      n === 0
        ? refuse(response, status, code, { headers: { "Retry-After": "1" } })
        : reply(response, 200, job),
    );
    expect(await batch.getJob("j")).toEqual(job);
    const [first, second] = server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("wait for a date of Retry-After by the service's clock", async () => {
    const { server, batch } = await against((_request, response, n) => {
      const headers = {
        Date: "Sat, 01 Jan 2000 00:00:00 GMT",
        "Retry-After": "Sat, 01 Jan 2000 00:00:01 GMT",
      };
      return n === 0 ? refuse(response, 429, "TooManyRequests", { headers }) : reply(response, 200, job);
    });
    expect(await batch.getJob("j")).toEqual(job);
    const [first, second] = server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("are all held back while the service is too busy for one", async () => {
    let busyUntil = 0;
    const { server, batch } = await against((_request, response, n) => {
      if (n > 0) return reply(response, 200, job);
      busyUntil = performance.now() + 1000;
      return refuse(response, 429, "TooManyRequests", { headers: { "Retry-After": "1" } });
    });
    const first = batch.getJob("j");
    while (busyUntil === 0) await sleep(1);
    await sleep(100); // The first answer arrives.
    await Promise.all([first, ...["a", "b", "c"].map((id) => batch.getJob(id))]);
    const later = server.requests.slice(1);
    expect(later).toHaveLength(4);
    for (const { at } of later) expect(at).toBeGreaterThanOrEqual(busyUntil - 10);
  });

  it("are repeated after OperationTimedOut, further and further apart, and give up in the end", async () => {
    const { server, batch } = await against((_request, response) =>
      refuse(response, 500, "OperationTimedOut", { message: "Operation could not be completed." }),
    );
    await expect(batch.getJob("j")).rejects.toMatchObject({
      code: "OperationTimedOut",
      statusCode: 500,
      operation: "get job j",
      requestId: "rid",
      message:
        "Azure Batch refused to get job j: Operation could not be completed. (OperationTimedOut, HTTP 500)",
    });
    expect(server.requests).toHaveLength(4);
  });

  it("are not repeated for a wait that is too long", async () => {
    const { server, batch } = await against((_request, response) =>
      refuse(response, 503, "ServerBusy", { headers: { "Retry-After": "3600" } }),
    );
    await expect(batch.getJob("j")).rejects.toMatchObject({ code: "ServerBusy" });
    expect(server.requests).toHaveLength(1);
  });

  it.each([400, 403, 409, 412])("are not repeated after %i", async (status) => {
    const { server, batch } = await against((_request, response) => refuse(response, status, "No"));
    await expect(batch.getJob("j")).rejects.toMatchObject({ code: "No", statusCode: status });
    expect(server.requests).toHaveLength(1);
  });

  it("are signed anew for each attempt, for the account, over what is sent", async () => {
    const { server, batch } = await against((_request, response, n) =>
      n === 0 ? refuse(response, 503, "ServerBusy") : reply(response, 200, job),
    );
    await batch.getJob("j");
    for (const { headers, url } of server.requests) {
      expect(headers.authorization).toMatch(/^SharedKey account:[A-Za-z0-9+/]{43}=$/);
      expect(headers["ocp-date"]).toMatch(/ GMT$/);
      expect(url).toContain("api-version=2022-10-01.16.0");
    }
  });

  it("are repeated when the connection breaks before, in, or after the headers of an answer", async () => {
    const { server, batch } = await against((_request, response, n) => {
      if (n === 0) return void response.socket?.destroy();
      if (n === 1) {
        response.writeHead(200, { "Content-Length": "1000" });
        response.write('{"id":');
        return void setImmediate(() => response.socket?.destroy());
      }
      if (n === 2) {
        response.writeHead(200, { "Transfer-Encoding": "chunked" });
        response.write('{"id":"j"');
        return void setImmediate(() => response.socket?.destroy());
      }
      return reply(response, 200, job);
    });
    expect(await batch.getJob("j")).toEqual(job);
    expect(server.requests).toHaveLength(4);
  });

  it("fail at once where nobody ever answered, and say so", async () => {
    const server = await startScriptedServer(() => {});
    await server.close();
    const batch = await createBatchPort({ url: server.url, name: "account", key });
    const error = await batch.getJob("j").catch((reason) => reason);
    expect(error).toMatchObject({ name: "ServiceError", service: "batch", code: "NetworkError" });
    expect(error.message).toMatch(
      /^Azure Batch gave no answer when asked to get job j: connect ECONNREFUSED/,
    );
    expect([error.statusCode, error.cause]).toEqual([undefined, undefined]);
  });

  it("end with the signal's reason, in flight and between attempts", async () => {
    const inFlight = new AbortController();
    const hanging = await against(() => inFlight.abort(new Error("in flight")));
    await expect(hanging.batch.getJob("j", { signal: inFlight.signal })).rejects.toThrow("in flight");

    const between = new AbortController();
    const busy = await against((_request, response) => {
      refuse(response, 503, "ServerBusy", { headers: { "Retry-After": "60" } });
      setTimeout(() => between.abort(new Error("between")), 50);
    });
    await expect(busy.batch.getJob("j", { signal: between.signal })).rejects.toThrow("between");
    await expect(busy.batch.getJob("j", { signal: between.signal })).rejects.toThrow("between");
    expect(busy.server.requests).toHaveLength(1);
  });

  describe("that make a job", () => {
    const parameter = { id: "j", poolInfo: { poolId: "p" }, metadata: [{ name: "a", value: "b" }] };

    /** A service that loses its first answer, after making the job if `makes`. */
    function losingAnswers(existing: object | undefined): Answerer {
      let stored = existing;
      return (request, response, n) => {
        if (request.method === "GET") return reply(response, 200, stored);
        if (stored !== undefined && n > 0) return refuse(response, 409, "JobExists");
        stored ??= JSON.parse(request.body);
        return void response.socket?.destroy();
      };
    }

    const create = (batch: BatchPort) => batch.createJob(parameter);

    it("know their own after a lost answer", async () => {
      const { server, batch } = await against(losingAnswers(undefined));
      await create(batch);
      expect(server.requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
      expect(JSON.parse(server.requests[0]?.body ?? "").metadata).toEqual([
        { name: "a", value: "b" },
        { name: "creationid", value: expect.any(String) },
      ]);
    });

    it("do not take somebody else's for their own", async () => {
      const { batch } = await against(losingAnswers({ ...parameter, metadata: parameter.metadata }));
      await expect(create(batch)).rejects.toMatchObject({ code: "JobExists" });
    });
  });

  it("tell the service's values, and no secret that it quotes", async () => {
    const signature = "aaaaBBBBccccDDDDeeeeFFFFggggHHHHiiiiJJJJ123=";
    const { batch } = await against((_request, response) =>
      refuse(response, 400, "InvalidPropertyValue", {
        message: "The value provided for one of the properties in the request body is invalid.",
        values: [
          { key: "PropertyName", value: "httpUrl" },
          {
            key: "PropertyValue",
            value: `https://s.blob.core.windows.net/c/b?sv=2025-07-05&sig=${signature}&sp=r`,
          },
          { key: "Reason", value: `Not for ${signature}` },
          { key: "AuthenticationErrorDetail", value: `The MAC signature '${signature}' is not 'GET\n\n'.` },
        ],
      }),
    );
    const error = await batch.getJob("j").catch((reason) => reason);
    expect(error.details).toEqual({
      PropertyName: "httpUrl",
      PropertyValue: "https://s.blob.core.windows.net/c/b?sv=2025-07-05&sig=***&sp=r",
      Reason: "Not for ***",
    });
    expect(error.message).toContain("PropertyName: httpUrl");
    expect(error.message).not.toContain(signature);
  });

  it("say so when this computer's clock is off", async () => {
    const { batch } = await against((_request, response) =>
      refuse(response, 403, "AuthenticationFailed", {
        headers: { Date: new Date(Date.now() - 3 * 3_600_000).toUTCString() },
      }),
    );
    await expect(batch.getJob("j")).rejects.toThrow("clock is 180 minutes ahead of the service's: set it.");
  });

  it("do not take another server's 404 for an answer of the service", async () => {
    const { batch } = await against((_request, response) => {
      response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>Not here</h1>");
    });
    await expect(batch.getJob("j")).rejects.toMatchObject({ code: "Http404", statusCode: 404 });
  });

  it("follow the next page at the account's own address, with its token as it was", async () => {
    const { server, batch } = await against((request, response) => {
      if (request.url.includes("skiptoken")) return reply(response, 200, { value: [{ id: "second" }] });
      const next =
        "https://elsewhere.example/jobs/j/tasks?api-version=2022-10-01.16.0&maxresults=1000&$skiptoken=WATV2:a+b/c==:1$1";
      return reply(response, 200, { value: [{ id: "first" }], "odata.nextLink": next });
    });
    const ids: string[] = [];
    for await (const task of batch.listTasks("j", { filter: "id eq 'a&b'", select: ["id"] }))
      ids.push(task.id);
    expect(ids).toEqual(["first", "second"]);
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/jobs/j/tasks?maxresults=1000&$filter=id%20eq%20%27a%26b%27&$select=id&api-version=2022-10-01.16.0",
      "/jobs/j/tasks?maxresults=1000&$skiptoken=WATV2:a+b/c==:1$1&api-version=2022-10-01.16.0",
    ]);
  });

  it("say when an answer is none of the service's", async () => {
    const { batch } = await against((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Sign in to the network</h1>");
    });
    const task = { id: "t", commandLine: "true" };
    for (const asked of [batch.getJob("j"), batch.addTasks("j", [task])]) {
      await expect(asked).rejects.toMatchObject({ name: "ServiceError", code: "InvalidAnswer" });
    }
  });

  it("keep their connections", async () => {
    const sockets = new Set<unknown>();
    const { batch } = await against((_request, response) => {
      sockets.add(response.socket);
      reply(response, 200, job);
    });
    for (let n = 0; n < 20; n++) await batch.getJob("j");
    expect(sockets.size).toBe(1);
  });
});
