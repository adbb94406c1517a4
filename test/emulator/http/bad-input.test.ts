import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { requestHead, sendBytes } from "../support/raw-request.js";
import { at, SignedClient, type TestAnswer, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec } from "../support/workbench.js";

let emulator: Emulator;
let client: SignedClient;
const faults: unknown[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ onInternalError: (error) => faults.push(error) });
  client = new SignedClient(emulator);
  await client.post("/pools", poolSpec("pool"));
  await client.post("/jobs", { id: "job", poolInfo: { poolId: "pool" } });
});
afterAll(async () => {
  await emulator.close();
  expect(faults).toEqual([]);
});

const summary = ({ status, json }: TestAnswer): unknown[] => [status, json.code];

describe("a bad body is refused", () => {
  test.each([
    ["malformed JSON", "{"],
    ["no object", "[]"],
    ["a string", '"pool"'],
    ["null", "null"],
    ["nothing", ""],
    ["bytes that are no text", "\u0000\u0001"],
    ["endless nesting", "[".repeat(100_000)],
    [
      "deep nesting",
      `{"id":"x","poolInfo":{"poolId":"p"},"new":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    ["a prototype", '{"id":"x","poolInfo":{"poolId":"p"},"new":{"__proto__":{"priority":1}}}'],
    ["UTF-16", Buffer.from('{"id":"x","poolInfo":{"poolId":"p"}}', "utf16le")],
    ["not quite UTF-8", Buffer.from('{"id":"x","displayName":"\u00ff","poolInfo":{"poolId":"p"}}', "latin1")],
  ])("that is %s", async (_kind, body) => {
    const newest = { body, apiVersion: "2024-07-01.20.0" };
    expect(summary(await client.send("POST", "/jobs", newest))).toEqual([400, "InvalidRequestBody"]);
  });

  test.each(["text/plain", "application/xml", "application/json; charset=utf-16", "nonsense"])(
    "of the type %s",
    async (type) => {
      const body = { id: "x", poolInfo: { poolId: "p" } };
      const answer = await client.send("POST", "/jobs", { body, headers: { "content-type": type } });
      expect(summary(answer)).toEqual([400, "InvalidHeaderValue"]);
      expect(answer.json.values).toEqual([
        { key: "HeaderName", value: "Content-Type" },
        { key: "HeaderValue", value: type },
      ]);
    },
  );

  test.each([
    "application/json",
    'application/json; odata=minimalmetadata; charset="UTF-8"',
    "Application/JSON;odata=verbose",
  ])("but not of the type %s", async (type) => {
    const headers = { "content-type": type };
    expect((await client.send("PATCH", "/pools/pool", { body: {}, headers })).status).toBe(200);
    const marked = Buffer.from("\ufeff{}", "utf8");
    expect((await client.send("PATCH", "/pools/pool", { body: marked, headers })).status).toBe(200);
  });

  test.each([
    ["an unknown property", { id: "x", poolInfo: { poolId: "p" }, nonsense: true }, "InvalidRequestBody"],
    ["a wrong type", { id: "x", poolInfo: { poolId: "p" }, priority: "high" }, "InvalidRequestBody"],
    ["an object for a list", { id: "x", poolInfo: { poolId: "p" }, metadata: {} }, "InvalidRequestBody"],
    ["no id", { poolInfo: { poolId: "p" } }, "MissingRequiredProperty"],
    ["no pool", { id: "x" }, "MissingRequiredProperty"],
    ["a bad id", { id: "a b", poolInfo: { poolId: "p" } }, "InvalidPropertyValue"],
    ["a path as id", { id: "../x", poolInfo: { poolId: "p" } }, "InvalidPropertyValue"],
    ["a long id", { id: "x".repeat(65), poolInfo: { poolId: "p" } }, "InvalidPropertyValue"],
    [
      "a priority out of range",
      { id: "x", poolInfo: { poolId: "p" }, priority: 1001 },
      "InvalidPropertyValue",
    ],
    [
      "a bad duration",
      { id: "x", poolInfo: { poolId: "p" }, constraints: { maxWallClockTime: "1h" } },
      "InvalidRequestBody",
    ],
    [
      "a property named __proto__",
      JSON.parse('{"id":"x","poolInfo":{"poolId":"p"},"__proto__":{}}'),
      "InvalidRequestBody",
    ],
  ])("with %s", async (_kind, body, code) => {
    const answer = await client.send("POST", "/jobs", { body: JSON.stringify(body) });
    expect(summary(answer)).toEqual([400, code]);
    expect((await client.get("/jobs/x")).status).toBe(404);
  });

  test("that is huge", async () => {
    const body = { id: "x", poolInfo: { poolId: "p" }, displayName: "x".repeat(5 * 1024 * 1024) };
    expect(summary(await client.post("/jobs", body))).toEqual([413, "RequestBodyTooLarge"]);
  });

  test("and newer versions' properties are kept and given back", async () => {
    const body = { id: "newer", poolInfo: { poolId: "pool" }, someNewProperty: { a: 1 } };
    const added = await client.send("POST", "/jobs", { body, apiVersion: "2024-07-01.20.0" });
    expect(added.status).toBe(201);
    expect((await client.get("/jobs/newer")).json).toMatchObject({ someNewProperty: { a: 1 } });
  });
});

describe("a bad query is refused", () => {
  test.each([
    ["maxresults", "0"],
    ["maxresults", "-5"],
    ["maxresults", "1001"],
    ["maxresults", "many"],
    ["$filter", "state eq"],
    ["$filter", "nonsense eq 1"],
    ["$filter", "not (state eq 'active')"],
    ["$select", ","],
    ["$expand", "everything"],
    ["$skiptoken", "made up"],
    ["timeout", "-1"],
    ["timeout", "soon"],
  ])("%s=%s", async (name, value) => {
    const answer = await client.get("/jobs", { [name]: value });
    expect(summary(answer)).toEqual([400, "InvalidQueryParameterValue"]);
    expect(answer.json.values).toMatchObject([
      { key: "QueryParameterName", value: name },
      { key: "QueryParameterValue", value },
      { key: "Reason" },
    ]);
  });
});

test.each(["$orderby", "$top", "$skip", "$count"])("%s is refused, which no list heeds", async (name) => {
  const answer = await client.get("/jobs", { [name]: "1" });
  expect(summary(answer)).toEqual([400, "UnsupportedQueryParameter"]);
  expect(answer.json.values).toEqual([{ key: "QueryParameterName", value: name }]);
});

describe("a bad address is refused", () => {
  test("that names nothing", async () => {
    expect(summary(await client.get("/nothing"))).toEqual([400, "InvalidUri"]);
    expect(summary(await client.get("/jobs/job/nothing"))).toEqual([400, "InvalidUri"]);
    expect(summary(await client.get("/jobs/none"))).toEqual([404, "JobNotFound"]);
    expect(summary(await client.get("/jobs/job/tasks/none"))).toEqual([404, "TaskNotFound"]);
    expect(summary(await client.get("/pools/pool/nodes/none"))).toEqual([404, "NodeNotFound"]);
    expect(summary(await client.get("/applications/none"))).toEqual([404, "ApplicationNotFound"]);
    expect(summary(await client.get("/certificates(thumbprintAlgorithm=sha1,thumbprint=0)"))).toEqual([
      404,
      "CertificateNotFound",
    ]);
  });

  test("with a verb the resource has not", async () => {
    expect(summary(await client.send("PUT", "/pools", { body: {} }))).toEqual([405, "UnsupportedHttpVerb"]);
  });

  test("that cannot be decoded", async () => {
    expect(summary(await client.get("/jobs/%zz"))).toEqual([400, "RequestUrlFailedToParse"]);
    expect(summary(await client.get("/jobs/%E9"))).toEqual([400, "RequestUrlFailedToParse"]);
  });

  test("that is very long", async () => {
    expect((await client.get(`/jobs/${"x".repeat(5000)}`)).status).toBe(404);
    const status = await fetch(`${emulator.batchUrl}/jobs/${"x".repeat(100_000)}`).then(
      (answer) => answer.status,
      () => 431,
    );
    expect(status).toBe(431);
  });
});

describe("conditional headers", () => {
  const pool = (headers: Record<string, string>, method = "GET") =>
    client.send(method, "/pools/pool", method === "PATCH" ? { headers, body: {} } : { headers });

  test("decide whether a request is done", async () => {
    const tag = String((await client.get("/pools/pool")).json.eTag);
    expect((await pool({ "If-Match": tag })).status).toBe(200);
    expect((await pool({ "If-Match": `"${tag}"` })).status).toBe(200);
    expect((await pool({ "If-Match": "*" })).status).toBe(200);
    expect(summary(await pool({ "If-Match": "0x1" }))).toEqual([412, "ConditionNotMet"]);
    expect((await pool({ "If-None-Match": tag })).status).toBe(304);
    expect((await pool({ "If-None-Match": "0x1" })).status).toBe(200);
    expect(summary(await pool({ "If-None-Match": tag }, "PATCH"))).toEqual([412, "ConditionNotMet"]);
    const past = new Date(Date.now() - 60_000).toUTCString();
    const future = new Date(Date.now() + 60_000).toUTCString();
    expect((await pool({ "If-Modified-Since": past })).status).toBe(200);
    expect((await pool({ "If-Modified-Since": future })).status).toBe(304);
    expect((await pool({ "If-Unmodified-Since": past })).status).toBe(412);
    expect((await pool({ "If-Unmodified-Since": future })).status).toBe(200);
    expect((await pool({ "If-None-Match": "0x1", "If-Modified-Since": future })).status).toBe(200);
    expect((await pool({ "If-Match": tag, "If-Unmodified-Since": past })).status).toBe(200);
    expect(summary(await pool({ "If-Match": tag, "If-None-Match": "0x1" }))).toEqual([
      400,
      "MultipleConditionHeadersNotSupported",
    ]);
  });

  test.each(["yesterday", "2020", "2020-01-01T00:00:00Z", "Sun, 06 Nov 1994 08:49:37"])(
    "are refused that hold %s for a date",
    async (date) => {
      expect(summary(await pool({ "If-Modified-Since": date }))).toEqual([400, "InvalidHeaderValue"]);
    },
  );
});

describe("the emulator goes on", () => {
  test("with a thousand open connections", async () => {
    const { port, hostname } = new URL(emulator.batchUrl);
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, () => {
        return new Promise<Socket>((resolve, reject) => {
          const socket = connect(Number(port), hostname, () => resolve(socket));
          socket.once("error", reject);
        });
      }),
    );
    expect((await client.get("/pools/pool")).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test("beside a client that stalls, and one that speaks no HTTP", async () => {
    const { port, hostname } = new URL(emulator.batchUrl);
    const stalling = connect(Number(port), hostname);
    stalling.write(
      "POST /jobs?api-version=2022-10-01.16.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
    );
    const nonsense = connect(Number(port), hostname);
    nonsense.write("\u0016\u0003\u0001nonsense\r\n\r\n");
    const answer = await new Promise<string>((resolve) =>
      nonsense.once("data", (data) => resolve(data.toString())),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request[\s\S]*"code":"Invalid/);
    expect((await client.get("/pools/pool")).status).toBe(200);
    stalling.destroy();
    nonsense.destroy();
  });
});

test("a client that sends too much gets the answer, also if it does not listen while it sends", async () => {
  const { host } = new URL(emulator.batchUrl);
  const length = 20 * 1024 * 1024;
  const head = requestHead(client, "POST", "/jobs", host, { "content-length": String(length) });
  const answer = await sendBytes(emulator.batchUrl, Buffer.concat([Buffer.from(head), Buffer.alloc(length)]));
  // The signature covers a body of no length, so this is refused before the body is looked at.
  expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*"code":"AuthenticationFailed"/);
});

test("a client of HTTP/1.0 gets no chunks", async () => {
  const { host } = new URL(emulator.batchUrl);
  const head = requestHead(client, "GET", "/pools/pool", host).replace(" HTTP/1.1", " HTTP/1.0");
  const [headers, body] = (await sendBytes(emulator.batchUrl, head)).split("\r\n\r\n");
  expect(headers).not.toMatch(/transfer-encoding/i);
  expect(JSON.parse(body!)).toMatchObject({ id: "pool" });
});

test.each(["a%zz", 'a"b', "a b", ""])("a host that can be none, like '%s', is not repeated", async (host) => {
  const answer = await sendBytes(emulator.batchUrl, requestHead(client, "GET", "/pools/pool", host));
  expect(answer).toContain(`"url":"${emulator.batchUrl}/pools/pool"`);
});

test("answers carry the service's headers", async () => {
  const answer = await client.get("/pools/pool");
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/json;odata=minimalmetadata",
    dataserviceversion: "3.0",
    "x-content-type-options": "nosniff",
    server: "Microsoft-HTTPAPI/2.0",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "transfer-encoding": "chunked",
    "request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test("older versions see what they knew", async () => {
  const old = { apiVersion: "2020-03-01.11.0" };
  const { json: pool } = await client.send("GET", "/pools/pool", old);
  expect(pool).toMatchObject({ maxTasksPerNode: 1 });
  expect(pool).not.toHaveProperty("taskSlotsPerNode");
  const { json: job } = await client.send("GET", "/jobs/job", old);
  expect(job).not.toHaveProperty("maxParallelTasks");
  expect(job).not.toHaveProperty("allowTaskPreemption");
  const { json: counts } = await client.send("GET", "/jobs/job/taskcounts", old);
  expect(counts).toMatchObject({ active: 0, running: 0, completed: 0, succeeded: 0, failed: 0 });
  expect(counts["odata.metadata"]).toMatch(/#taskcounts\/@Element$/);
  const { json: present } = await client.get("/jobs/job/taskcounts");
  expect(present["odata.metadata"]).toMatch(/#taskcountsresult\/@Element$/);
  const body = { ...(poolSpec("oldpool") as object), maxTasksPerNode: 4 };
  expect((await client.send("POST", "/pools", { body, ...old })).status).toBe(201);
  expect((await client.get("/pools/oldpool")).json).toMatchObject({ taskSlotsPerNode: 4 });
});

test("the oldest versions have their names of resource files and images", async () => {
  const oldest = { apiVersion: "2018-08-01.7.0" };
  const resourceFiles = [{ blobSource: "https://nowhere/a.txt", filePath: "a.txt" }];
  const body = { id: "blobs", commandLine: "true", resourceFiles };
  expect((await client.send("POST", "/jobs/job/tasks", { body, ...oldest })).status).toBe(201);
  const { json: before } = await client.send("GET", "/jobs/job/tasks/blobs", oldest);
  expect(before.resourceFiles).toEqual(resourceFiles);
  const { json: now } = await client.get("/jobs/job/tasks/blobs");
  expect(now.resourceFiles).toEqual([{ httpUrl: "https://nowhere/a.txt", filePath: "a.txt" }]);
  await client.delete("/jobs/job/tasks/blobs");

  const { json: skus } = await client.send("GET", "/nodeagentskus", oldest);
  expect(skus.value).toContainEqual({
    id: "batch.node.ubuntu 22.04",
    osType: "linux",
    verifiedImageReferences: expect.arrayContaining([expect.objectContaining({ offer: "ubuntu-hpc" })]),
  });
  const { json: again } = await client.send("GET", "/nodeagentskus", oldest);
  expect(again.value).toEqual(skus.value);
});

test("the newest version is a date, and its patch changes an empty pool", async () => {
  const newest = { apiVersion: "2025-06-01" };
  const body = { ...(poolSpec("newpool") as object), targetDedicatedNodes: 0 };
  expect((await client.send("POST", "/pools?timeOut=30", { body, ...newest })).status).toBe(201);
  const pool = async (): Promise<TestJson> => (await client.get("/pools/newpool")).json;
  await until(async () => (await pool()).allocationState === "steady");
  const patch = { body: { taskSlotsPerNode: 3, displayName: "three" }, ...newest };
  expect((await client.send("PATCH", "/pools/newpool", patch)).status).toBe(200);
  expect(await pool()).toMatchObject({ taskSlotsPerNode: 3, displayName: "three" });

  await client.post("/pools/newpool/resize", { targetDedicatedNodes: 1 });
  const refused = await client.send("PATCH", "/pools/newpool", patch);
  expect([refused.status, refused.json.code]).toEqual([409, "OperationInvalidForCurrentState"]);
  await client.post("/jobs", { id: "newjob", poolInfo: { poolId: "newpool" } });
  for (const id of ["1", "2", "3"]) await client.post("/jobs/newjob/tasks", { id, commandLine: "sleep 60" });
  await until(async () => {
    const { json } = await client.get("/jobs/newjob/taskcounts");
    return at(json, "taskCounts", "running") === 3;
  });
  await client.delete("/jobs/newjob");
  await client.delete("/pools/newpool");
});

test("usage is asked for from the beginning of time on", async () => {
  const answer = await client.get("/poolusagemetrics", { startTime: "0001-01-01T00:00:00Z" });
  expect(answer.json).toMatchObject({ value: [] });
});

test("statistics come when they are asked for", async () => {
  const pool = await client.get("/pools/pool", { $expand: "stats" });
  expect(pool.json.stats).toMatchObject({ usageStats: { dedicatedCoreTime: "PT0S" } });
  const job = await client.get("/jobs/job", { $expand: "stats" });
  expect(job.json.stats).toMatchObject({ numSucceededTasks: "0", wallClockTime: "PT0S" });
  const selected = await client.get("/jobs/job", { $expand: "stats", $select: "id,state" });
  expect(Object.keys(selected.json)).toEqual(["odata.metadata", "id", "state"]);
});
