import { type Client, getClient } from "@azure-rest/core-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { at } from "../emulator/support/signed-client.js";
import { until } from "../emulator/support/until.js";
import { loopbackCertificate } from "../support/loopback-certificate.js";

// What Microsoft's REST clients of today, such as @azure-rest/batch, are generated over: its pipeline, its tokens, its
// content type, a date for an api-version, `timeOut` in the query. It sends tokens over HTTPS only.
const audience = "https://batch.core.windows.net/";
const contentType = "application/json; odata=minimalmetadata";
let emulator: Emulator;
let client: Client;

beforeAll(async () => {
  const { cert, key } = loopbackCertificate;
  emulator = await startEmulator({ tls: { cert, key }, bearerAudience: audience });
  const claims = Buffer.from(JSON.stringify({ aud: audience })).toString("base64url");
  const getToken = async () => ({ token: `e30.${claims}.e30`, expiresOnTimestamp: Date.now() + 3_600_000 });
  client = getClient(
    emulator.batchUrl,
    { getToken },
    {
      apiVersion: "2025-06-01",
      credentials: { scopes: [`${audience}/.default`] },
      telemetryOptions: { clientRequestIdHeaderName: "client-request-id" },
      tlsOptions: { ca: cert },
    },
  );
});
afterAll(() => emulator.close());

const get = (path: string, queryParameters: Record<string, unknown> = {}) =>
  client.pathUnchecked(path).get({ queryParameters });
const post = async (path: string, body: object): Promise<string> => {
  const answer = await client
    .pathUnchecked(path)
    .post({ contentType, queryParameters: { timeOut: 30 }, body });
  return answer.status;
};

test("a REST client of today makes a pool, runs tasks, pages through them and reads their files", async () => {
  const virtualMachineConfiguration = {
    imageReference: { publisher: "canonical", offer: "ubuntu-24_04-lts", sku: "server" },
    nodeAgentSKUId: "batch.node.ubuntu 24.04",
    securityProfile: { securityType: "trustedLaunch", uefiSettings: { secureBootEnabled: true } },
  };
  const upgradePolicy = { mode: "automatic" };
  const pool = {
    id: "pool",
    vmSize: "a1",
    virtualMachineConfiguration,
    targetDedicatedNodes: 1,
    upgradePolicy,
  };
  expect(await post("/pools", pool)).toBe("201");
  const made = await get("/pools/pool");
  expect(made.body).toMatchObject({ upgradePolicy, virtualMachineConfiguration });
  expect((await client.pathUnchecked("/pools/none").head()).status).toBe("404");

  expect(await post("/jobs", { id: "job", poolInfo: { poolId: "pool" } })).toBe("201");
  const value = Array.from({ length: 30 }, (_, n) => ({ id: `task-${n}`, commandLine: `echo ${n}` }));
  expect(await post("/jobs/job/addtaskcollection", { value })).toBe("200");
  const counts = await until(async () => {
    const { body } = await get("/jobs/job/taskcounts");
    return at(body, "taskCounts", "completed") === 30 && body;
  });
  expect(at(counts, "taskCounts", "failed")).toBe(0);

  // As its paging helper does: links are followed as they are.
  const sizes: number[] = [];
  let page = await get("/jobs/job/tasks", { maxresults: 20, $select: "id" });
  for (;;) {
    sizes.push((page.body.value as object[]).length);
    if (page.body["odata.nextLink"] === undefined) break;
    page = await get(page.body["odata.nextLink"] as string);
  }
  expect(sizes).toEqual([20, 10]);

  const file = await get("/jobs/job/tasks/task-7/files/stdout.txt");
  expect([file.status, file.body]).toEqual(["200", "7\n"]);
  const deleted = await client.pathUnchecked("/jobs/job").delete({ queryParameters: { force: true } });
  expect(deleted.status).toBe("202");
});
