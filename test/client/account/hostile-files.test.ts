import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBatchPort } from "../../../src/azure/batch.js";
import { downloadFile, downloadFolder } from "../../../src/client/account/files.js";
import { type Answerer, refuse, reply, startScriptedServer } from "../../azure/support/scripted-server.js";

const owner = { jobId: "job", taskId: "task" };

describe("files of a service that is not to be trusted", () => {
  let folder: string;
  let close: () => Promise<void> = async () => {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostile-"));
  });
  afterEach(() => close());
  afterAll(() => rm(folder, { recursive: true }));

  const portTo = async (answer: Answerer) => {
    const server = await startScriptedServer(answer);
    const port = await createBatchPort(
      { url: server.url, name: "acc", key: Buffer.from("key").toString("base64") },
      { retries: { attempts: 1, firstDelay: 1, longestDelay: 1 } },
    );
    close = async () => {
      port.close();
      await server.close();
    };
    return port;
  };

  const content: Answerer = (request, response) => {
    response.writeHead(200, { "content-length": "4" });
    response.end(request.method === "HEAD" ? undefined : "evil");
  };

  it.each([
    "wd/../../evil.txt",
    "wd/..\\..\\evil.txt",
    "wd/a/../../../evil.txt",
    "wd/nul\0evil.txt",
    "wd/C:/evil.txt",
  ])("are not stored outside of the folder: %j", async (name) => {
    const port = await portTo((request, response, n) => {
      const isList = request.url.includes("/files?");
      return isList
        ? reply(response, 200, { value: [{ name, isDirectory: false }] })
        : content(request, response, n);
    });
    const inner = join(folder, "inner");
    await expect(downloadFolder(port, owner, "wd", inner, {})).rejects.toMatchObject({
      code: "UnsafePath",
      path: name,
    });
    expect(await readdir(folder)).toEqual(["inner"]);
    expect(await readdir(inner)).toEqual([]);
  });

  it.each(["gone", "cut"])("are not stored by half: %s while it is read", async (how) => {
    const port = await portTo((request, response) => {
      if (request.method === "HEAD") {
        response.writeHead(200, { "content-length": String(9 * 2 ** 20) });
        return void response.end();
      }
      const [from = 0] = (/\d+/.exec(String(request.headers["ocp-range"])) ?? []).map(Number);
      if (from === 0) return void response.writeHead(206).end(Buffer.alloc(8 * 2 ** 20));
      if (how === "gone") return refuse(response, 404, "FileNotFound");
      return void response.writeHead(206).end(Buffer.alloc(10));
    });
    const to = join(folder, "half");
    await expect(downloadFile(port, owner, "wd/large", join(to, "large"), {})).rejects.toMatchObject({
      code: "FileChanged",
      path: "wd/large",
    });
    expect(await readdir(to)).toEqual([]);
    await rm(to, { recursive: true });
  });
});
