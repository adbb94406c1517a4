import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ConfigurationError, connect, runParallel } from "../../src/index.js";

const key = Buffer.from("the key of an account, as long as the service makes them").toString("base64");
const account = { url: "https://acc.westeurope.batch.azure.com", name: "acc", key };
const storage = { connectionString: `DefaultEndpointsProtocol=https;AccountName=store;AccountKey=${key}` };

describe("connect", () => {
  it("runs work where it is connected to", async () => {
    await using batch = connect();
    expect(await batch.runParallel([1, 2], (n) => n * 2)).toEqual([2, 4]);
    expect(await runParallel([1, 2], (n) => n * 3, { client: batch })).toEqual([3, 6]);
  });

  it("refuses accounts that cannot work, at once", () => {
    expect(() => connect({ account: { ...account, key: "no base64!" }, storage })).toThrow(
      ConfigurationError,
    );
  });

  it("shows where it is connected to, and no key", () => {
    const shown = inspect(connect({ account, storage }), { depth: 20, showHidden: true });
    expect(shown).toContain("https://acc.westeurope.batch.azure.com");
    expect(shown).not.toContain(key);
    expect(inspect(connect())).toBe("BatchParallel { engine: 'local' }");
  });

  it("refuses a client that is none", async () => {
    await expect(runParallel([1], (n) => n, { client: {} as never })).rejects.toMatchObject({
      option: "client",
    });
  });
});
