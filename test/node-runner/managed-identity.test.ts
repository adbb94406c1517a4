import { afterEach, describe, expect, it } from "vitest";
import { managedIdentity } from "../../src/node-runner/storage/managed-identity.js";
import { type MetadataService, startMetadataService } from "../support/metadata-service.js";

const id =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes";

describe("a node's managed identity", () => {
  let service: MetadataService;
  let given = 0;
  const start = async (...answers: NonNullable<Parameters<typeof startMetadataService>[1]>) => {
    given = 0;
    service = await startMetadataService(async () => `token-${++given}`, answers);
    return managedIdentity(id, { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url });
  };

  afterEach(async () => {
    await service?.close();
  });

  it("asks the metadata service for a token of storage, once while it is good", async () => {
    const authorize = await start({ lives: 3600 });
    expect(await authorize()).toBe("Bearer token-1");
    expect(await authorize()).toBe("Bearer token-1");
    expect(service.asked.map((query) => Object.fromEntries(query))).toEqual([
      { "api-version": "2018-02-01", resource: "https://storage.azure.com/", msi_res_id: id },
    ]);
  });

  it("asks for another one before that expires, or where it was refused", async () => {
    const authorize = await start({ lives: 0 }, { lives: 3600 });
    expect(await authorize()).toBe("Bearer token-1");
    expect(await authorize()).toBe("Bearer token-2");
    expect(await authorize("Bearer token-1")).toBe("Bearer token-2");
    expect(await authorize("Bearer token-2")).toBe("Bearer token-3");
  });

  it("asks again where the metadata service is being updated, busy or troubled", async () => {
    const authorize = await start({ refuse: 404 }, { refuse: 429 }, { refuse: 500 }, { lives: 3600 });
    expect(await authorize()).toBe("Bearer token-1");
    expect(service.asked).toHaveLength(4);
  });

  it("says that the pool has no such identity, and asks again the next time", async () => {
    const authorize = await start({ refuse: 400 }, { lives: 3600 });
    await expect(authorize()).rejects.toThrow(
      `gave no token of the managed identity ${id} (HTTP 400 identity_not_found): the run's pool must have this identity.`,
    );
    expect(await authorize()).toBe("Bearer token-1");
  });
});
