import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStoragePort } from "../../src/azure/blob.js";
import type { StoragePort } from "../../src/azure/ports.js";
import { startEntraAzurite, storageCredential } from "./support/entra-azurite.js";

const DAY = 24 * 3_600_000;

describe("storage with an Entra ID credential", () => {
  let azurite: Awaited<ReturnType<typeof startEntraAzurite>>;
  let storage: StoragePort;

  beforeAll(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // The certificate is its own issuer.
    azurite = await startEntraAzurite();
    storage = createStoragePort({ url: azurite.url, credential: storageCredential });
  });

  afterAll(async () => {
    await azurite?.close();
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });

  it("gives nodes a SAS that a user delegation key signs, one key for all", async () => {
    const container = storage.container(`c${randomUUID()}`);
    await container.create({});
    await container.put("input", "42");
    const [read, make] = await Promise.all([container.sasUrl("r", 60_000), container.sasUrl("rc", DAY)]);
    expect(await (await fetch(read.replace("?", "/input?"))).text()).toBe("42");
    const init = { method: "PUT", body: "mine", headers: { "x-ms-blob-type": "BlockBlob" } };
    expect((await fetch(read.replace("?", "/outcome?"), init)).status).toBe(403);
    expect((await fetch(make.replace("?", "/outcome?"), init)).status).toBe(201);

    const later = new URL(await container.sasUrl("r", DAY)).searchParams;
    expect(later.get("sv")).toBe("2025-07-05");
    expect(later.get("spr")).toBe("https");
    expect(later.get("st")).toBeNull();
    for (const url of [read, make]) expect(new URL(url).searchParams.get("ske")).toBe(later.get("ske"));
    expect(Date.parse(later.get("ske") as string)).toBeLessThanOrEqual(Date.now() + 7 * DAY);
    expect(Date.parse(later.get("skt") as string)).toBeLessThan(Date.now());
  });

  it("gives one for 7 days at most", async () => {
    const container = storage.container("some");
    const week = new URL(await container.sasUrl("r", 7 * DAY)).searchParams;
    expect(week.get("se")).toBe(week.get("ske"));
    await expect(container.sasUrl("r", 8 * DAY)).rejects.toMatchObject({
      name: "InvalidArgumentError",
      option: "deadline",
      message: expect.stringContaining("8 days"),
    });
  });

  it("says when there is no token to be had", async () => {
    const credential = {
      getToken: async () => {
        throw Object.assign(new Error("EnvironmentCredential is unavailable"), {
          name: "CredentialUnavailableError",
        });
      },
    };
    const nobody = createStoragePort({ url: azurite.url, credential });
    await expect(nobody.container("some").create({})).rejects.toMatchObject({
      name: "ServiceError",
      service: "storage",
      code: "CredentialError",
      message:
        "The credential gave no token for Blob Storage: CredentialUnavailableError: EnvironmentCredential is unavailable",
    });
    const silent = createStoragePort({ url: azurite.url, credential: { getToken: async () => null } });
    await expect(silent.container("some").create({})).rejects.toMatchObject({
      service: "storage",
      code: "CredentialError",
      message: "The credential gave no token for Blob Storage: it gave none",
    });
  });
});
