import { afterEach, describe, expect, it } from "vitest";
import { batchError } from "../../src/azure/batch-error.js";
import { remedyOf } from "../../src/azure/remedies.js";
import { connect, PoolError, type ServiceError } from "../../src/index.js";
import { startScriptedServer } from "./support/scripted-server.js";

/** What the service answers to a request that says something which it does not have. */
function refused(code: string, values: Readonly<Record<string, string>> = {}): ServiceError {
  const body = {
    code,
    message: { lang: "en-US", value: "It was refused.\nRequestId:1" },
    values: Object.entries(values).map(([key, value]) => ({ key, value })),
  };
  return batchError("add pool render", {
    status: 400,
    headers: { get: () => undefined },
    body: Buffer.from(JSON.stringify(body)),
  });
}

describe("what only the service can know", () => {
  it.each([
    ["vmSize", "pool.vmSize", /az batch location list-skus/],
    ["virtualMachineConfiguration.imageReference.sku", "pool.image", /batch\.supportedImages\(\)/],
    ["nodeAgentSKUId", "pool.image", /batch\.supportedImages\(\)/],
    ["virtualMachineImageId", "pool.image", /gallery/],
    ["networkConfiguration.subnetId", "pool.network", /subnet/],
  ])("names the option of a refused %s", (property, option, says) => {
    const error = refused("InvalidPropertyValue", { PropertyName: property, PropertyValue: "x" });
    expect(error).toMatchObject({ name: "ServiceError", code: "InvalidPropertyValue", option });
    expect(error.message).toMatch(says);
  });

  it("names what is used up, and says where to get more of it", () => {
    expect(refused("PoolQuotaReached")).toMatchObject({ option: "pool" });
    expect(refused("PoolQuotaReached").message).toMatch(/Change pool: delete pools, or ask for more/);
  });

  it("leaves other refusals in the service's own words", () => {
    const error = refused("InvalidPropertyValue", { PropertyName: "priority", PropertyValue: "x" });
    expect(error.option).toBeUndefined();
    expect(error.message).not.toMatch(/Change/);
  });

  it.each([
    ["UnsupportedVMSize", "pool.vmSize"],
    ["IncompatibleVMSize", "pool.vmSize"],
    ["AllocationTimedout", "pool.resizeTimeout"],
    ["AccountCoreQuotaReached", "pool.dedicatedNodes"],
    ["AccountSpotCoreQuotaReached", "pool.spotNodes"],
    ["OperationsRestrictedByPolicyPublicIp", "pool"],
  ])("knows the error of a resize %s", (code, option) => {
    expect(remedyOf(code, undefined)?.option).toBe(option);
  });
});

describe("a pool that the service gives no nodes", () => {
  let server: Awaited<ReturnType<typeof startScriptedServer>>;
  afterEach(() => server.close());

  it("fails the wait for them with the option and the remedy", async () => {
    const shown = {
      id: "render",
      state: "active",
      allocationState: "steady",
      resizeErrors: [{ code: "AccountCoreQuotaReached", message: "The account's cores are used up" }],
    };
    server = await startScriptedServer(({ method }, response) => {
      response.writeHead(method === "POST" ? 201 : 200, { "content-type": "application/json" });
      response.end(method === "POST" ? "" : JSON.stringify({ ...shown, value: [] }));
    });
    const batch = connect({
      account: { url: server.url, name: "account", key: Buffer.alloc(32).toString("base64") },
    });
    const wait = batch.pool("render").waitUntilIdle({ deadline: "10s" });
    await expect(wait).rejects.toBeInstanceOf(PoolError);
    await expect(wait).rejects.toMatchObject({ code: "AllocationFailed", option: "pool.dedicatedNodes" });
    await expect(wait).rejects.toThrow(/cores are used up .*Change pool\.dedicatedNodes: ask for fewer/);
  });
});
