import { inspect } from "node:util";
import { DefaultAzureCredential } from "@azure/identity";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createBatchPort } from "../../src/azure/batch.js";
import { cloudOf } from "../../src/azure/cloud.js";
import type { AccessToken, TokenCredential } from "../../src/azure/credential.js";
import { tokenSource } from "../../src/azure/token-source.js";
import { refuse, reply, startScriptedServer } from "./support/scripted-server.js";

const HOUR = 3_600_000;

/** Gives tokens that are numbered and live an hour, and remembers what it was asked for. */
function countingCredential(token: Partial<AccessToken> = {}) {
  const scopes: (string | string[])[] = [];
  const credential: TokenCredential = {
    async getToken(scope) {
      scopes.push(scope);
      return { token: `token-${scopes.length}`, expiresOnTimestamp: Date.now() + HOUR, ...token };
    },
  };
  return { credential, scopes };
}

describe("Entra ID", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["https://a.westeurope.batch.azure.com", "https://batch.core.windows.net/.default"],
    ["https://a.usgovvirginia.batch.usgovcloudapi.net", "https://batch.core.usgovcloudapi.net/.default"],
    ["https://a.chinaeast2.batch.chinacloudapi.cn", "https://batch.chinacloudapi.cn/.default"],
    ["https://a.private.example", "https://batch.core.windows.net/.default"],
    ["https://batch.usgovcloudapi.net.example", "https://batch.core.windows.net/.default"],
  ])("is asked for a token of %s for the data plane of its cloud", (url, scope) => {
    expect(cloudOf(url).batchScope).toBe(scope);
  });

  it("signs requests with the token, which is asked for once", async () => {
    const server = await startScriptedServer((_request, response) => reply(response, 200, { id: "j" }));
    const { credential, scopes } = countingCredential();
    const batch = await createBatchPort({ url: server.url, credential });
    await Promise.all([batch.getJob("j"), batch.getJob("j"), batch.getJob("j")]);
    await batch.getJob("j");
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 4 }, () => "Bearer token-1"),
    );
    expect(scopes).toEqual(["https://batch.core.windows.net/.default"]);
    batch.close();
    await server.close();
  });

  it("is asked for another token where one is refused before its time, once a request", async () => {
    const server = await startScriptedServer(({ headers }, response) =>
      headers.authorization === "Bearer token-1"
        ? refuse(response, 401, "InvalidAuthenticationInfo")
        : reply(response, 200, { id: "j" }),
    );
    const { credential } = countingCredential();
    const batch = await createBatchPort({ url: server.url, credential });
    await batch.getJob("j");
    await batch.getJob("j");
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-1",
      "Bearer token-2",
      "Bearer token-2",
    ]);
    const { credential: stubborn } = countingCredential({ token: "token-1" });
    const refused = await createBatchPort({ url: server.url, credential: stubborn });
    await expect(refused.getJob("j")).rejects.toMatchObject({ statusCode: 401 });
    expect(server.requests).toHaveLength(5);
    batch.close();
    refused.close();
    await server.close();
  });

  it("gives a new token five minutes before the old one expires", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { credential } = countingCredential();
    const token = tokenSource(credential, "scope");
    expect(await token()).toBe("token-1");
    vi.setSystemTime(Date.now() + HOUR - 5 * 60_000 - 1);
    expect(await token()).toBe("token-1");
    vi.setSystemTime(Date.now() + 1);
    expect(await Promise.all([token(), token()])).toEqual(["token-2", "token-2"]);
  });

  it("gives a new token when its issuer says so", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { credential } = countingCredential({ refreshAfterTimestamp: Date.now() + 1000 });
    const token = tokenSource(credential, "scope");
    await token();
    vi.setSystemTime(Date.now() + 999);
    expect(await token()).toBe("token-1");
    vi.setSystemTime(Date.now() + 1);
    expect(await token()).toBe("token-2");
  });

  it("uses a token up to its end where no new one can be had", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let works = true;
    const { credential } = countingCredential();
    const token = tokenSource(
      {
        getToken: async (scope) => {
          if (!works) throw new Error("the endpoint is down");
          return credential.getToken(scope);
        },
      },
      "scope",
    );
    expect(await token()).toBe("token-1");
    works = false;
    vi.setSystemTime(Date.now() + HOUR - 1);
    expect(await token()).toBe("token-1");
    vi.setSystemTime(Date.now() + 1);
    await expect(token()).rejects.toMatchObject({
      name: "ServiceError",
      code: "CredentialError",
      message: "The credential gave no token for Azure Batch: Error: the endpoint is down",
    });
    works = true;
    expect(await token()).toBe("token-2");
  });

  it("says when the credential gives none, and shows nothing that it holds", async () => {
    const none = tokenSource({ getToken: async () => null }, "scope");
    await expect(none()).rejects.toMatchObject({ code: "CredentialError" });

    const failing = tokenSource(
      {
        getToken: async () => {
          throw Object.assign(new Error("refused Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl"), {
            request: { secret: "s3cret" },
          });
        },
      },
      "scope",
    );
    const error = await failing().catch((reason) => reason);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/eyJ|s3cret/);
  });

  it("takes the credentials of @azure/identity", () => {
    const credential: TokenCredential = new DefaultAzureCredential();
    expect(credential.getToken).toBeInstanceOf(Function);
  });
});
