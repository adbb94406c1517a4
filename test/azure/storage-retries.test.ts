import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { createStoragePort } from "../../src/azure/blob.js";
import { type Answerer, type SeenRequest, startScriptedServer } from "./support/scripted-server.js";

const key = Buffer.from("a key").toString("base64");
const retries = { attempts: 4, firstDelay: 5, longestDelay: 20 };

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, {
    "Content-Type": "application/xml",
    "x-ms-error-code": code,
    "x-ms-request-id": "rid",
  });
  response.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.\nRequestId:rid\nTime:now</Message></Error>`,
  );
}

describe("requests to Blob Storage", () => {
  const closing: (() => unknown)[] = [];

  async function against(answer: Answerer, options: { silence?: number } = {}) {
    const server = await startScriptedServer(answer);
    closing.push(server.close);
    const storage = createStoragePort(
      { url: `${server.url}/account`, name: "account", key },
      { retries, ...options },
    );
    return { server, container: storage.container("container") };
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it("are repeated while the service is busy, and give up in the end", async () => {
    const recovering = await against((_request, response, n) =>
      n < 2 ? refuse(response, 503, "ServerBusy") : void response.writeHead(201).end(),
    );
    await recovering.container.put("blob", "content");
    expect(recovering.server.requests.map(({ body }) => body)).toEqual(["content", "content", "content"]);

    const busy = await against((_request, response) => refuse(response, 503, "ServerBusy"));
    await expect(busy.container.put("blob", "content")).rejects.toMatchObject({
      service: "storage",
      code: "ServerBusy",
      statusCode: 503,
      operation: "put blob blob into container container",
      requestId: "rid",
      message: "Blob Storage refused to put blob blob into container container: No. (ServerBusy, HTTP 503)",
    });
    expect(busy.server.requests).toHaveLength(4);
  });

  it.each([408, 429, 500, 502, 503, 504])("are repeated after an answer of %d", async (status) => {
    const { server, container } = await against((_request, response, n) =>
      n === 0 ? void response.writeHead(status).end("<html>") : void response.writeHead(201).end(),
    );
    await container.put("blob", "content");
    expect(server.requests.map(({ body }) => body)).toEqual(["content", "content"]);
  });

  it("wait as long as the service asks for", async () => {
    const { server, container } = await against((_request, response, n) => {
      if (n > 0) return void response.writeHead(201).end();
      response.writeHead(503, { "Retry-After": "1" }).end();
    });
    await container.put("blob", "content");
    const [first, second] = server.requests.map(({ at }) => at) as [number, number];
    expect(second - first).toBeGreaterThan(990);
  });

  it("give up a connection on which nothing comes, before the answer and amid it", async () => {
    const { server, container } = await against(
      (_request, response, n) => {
        if (n === 0) return;
        const headers = { "Content-Length": 7, etag: '"1"', "x-ms-blob-type": "BlockBlob" };
        response.writeHead(200, headers);
        if (n === 1) response.write("con");
        else response.end(n === 2 ? "content".slice(3) : "content");
      },
      { silence: 200 },
    );
    expect((await container.get("blob"))?.length).toBe(7);
    expect(server.requests).toHaveLength(3);
  });

  it("know a list that broke off", async () => {
    const list = `<?xml version="1.0"?><EnumerationResults ContainerName="c"><Blobs><Blob><Name>b</Name><Properties><Content-Length>1</Content-Length></Properties></Blob></Blobs><NextMarker/></EnumerationResults>`;
    const { container } = await against((_request, response, n) => {
      response.writeHead(200, { "Content-Type": "application/xml", "Content-Length": list.length });
      if (n > 0) return void response.end(list);
      response.write(list.slice(0, 90), () => response.socket?.destroy());
    });
    const names = [];
    for await (const { name } of container.list("")) names.push(name);
    expect(names).toEqual(["b"]);
  });

  /** A service that loses its first answer, after making the container if it does not exist. */
  function losingAnswers(existing: SeenRequest["headers"] | undefined): Answerer {
    let stored = existing;
    return (request, response, n) => {
      if (request.method === "GET") {
        const id = stored?.["x-ms-meta-creationid"];
        return void response
          .writeHead(200, id === undefined ? {} : { "x-ms-meta-creationid": String(id) })
          .end();
      }
      if (stored !== undefined && n > 0) return refuse(response, 409, "ContainerAlreadyExists");
      stored ??= request.headers;
      return void response.socket?.destroy();
    };
  }

  it("know their own container after a lost answer", async () => {
    const { server, container } = await against(losingAnswers(undefined));
    await container.create({ runid: "r" });
    expect(server.requests.map(({ method }) => method)).toEqual(["PUT", "PUT", "GET"]);
    expect(server.requests[0]?.headers).toMatchObject({
      "x-ms-meta-runid": "r",
      "x-ms-meta-creationid": expect.any(String),
    });
  });

  it("do not take somebody else's container for their own", async () => {
    const { container } = await against(losingAnswers({ "x-ms-meta-creationid": "other" }));
    await expect(container.create({})).rejects.toMatchObject({ code: "ContainerAlreadyExists" });
  });

  it("go on with a download that broke off", async () => {
    const content = "0123456789".repeat(10_000);
    const { server, container } = await against((request, response) => {
      const start = Number(/bytes=(\d+)/.exec(String(request.headers["x-ms-range"]))?.[1] ?? 0);
      const headers = {
        "Content-Length": content.length - start,
        etag: '"1"',
        "x-ms-blob-type": "BlockBlob",
      };
      response.writeHead(start === 0 ? 200 : 206, headers);
      if (start > 0) return void response.end(content.slice(start));
      response.write(content.slice(0, 40_000), () => response.socket?.destroy());
    });
    expect(await text(await container.stream("blob"))).toBe(content);
    expect((await container.get("blob"))?.toString()).toBe(content);
    expect(server.requests.length).toBe(4);
  });

  it("say when nobody answers, without what was sent", async () => {
    const server = await startScriptedServer(() => {});
    await server.close();
    const storage = createStoragePort({ url: `${server.url}/account`, name: "account", key }, { retries });
    const error = await storage
      .container("container")
      .put("blob", "content")
      .catch((reason) => reason);
    expect(error).toMatchObject({ name: "ServiceError", service: "storage", code: "NetworkError" });
    expect(error.message).toMatch(
      /gave no answer when asked to put blob blob into container container: .*ECONNREFUSED/,
    );
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/SharedKey |authorization:/i);
  });
});
