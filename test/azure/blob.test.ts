import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createStoragePort } from "../../src/azure/blob.js";
import type { BlobItem, ContainerPort, StoragePort } from "../../src/azure/ports.js";
import { readConnectionString, type StorageConnection } from "../../src/azure/storage-connection-string.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe("a storage account", () => {
  let azurite: TestStorage;
  let account: StorageConnection;
  let storage: StoragePort;
  let container: ContainerPort;

  beforeAll(async () => {
    azurite = await startAzurite();
    account = readConnectionString(azurite.connectionString) as StorageConnection;
    storage = createStoragePort(account);
  });

  afterAll(async () => {
    await azurite?.close();
  });

  beforeEach(async () => {
    container = storage.container(`c${randomUUID()}`);
    await container.create({ runid: "r" });
  });

  it("is local on a loopback address only", async () => {
    expect(storage.local).toBe(true);
    const elsewhere = createStoragePort({ ...account, url: "https://account.blob.core.windows.net" });
    expect(elsewhere.local).toBe(false);
    expect(elsewhere.container("c").url).toBe("https://account.blob.core.windows.net/c");
  });

  it("leases a blob to one holder at a time", async () => {
    await container.put("b", "1");
    expect(await container.isLeased("b")).toBe(false);
    const lease = await container.lease("b", 15);
    expect(await container.isLeased("b")).toBe(true);
    expect(await container.lease("b", 15)).toBeUndefined();
    await lease?.renew();
    await lease?.release();
    await lease?.release();
    expect(await container.isLeased("b")).toBe(false);
    await expect(lease?.renew()).rejects.toMatchObject({ code: expect.stringMatching(/^Lease/) });
    await expect(container.lease("none", 15)).rejects.toMatchObject({ statusCode: 404 });
    expect(await container.isLeased("none")).toBe(false);
    expect(await storage.container("nowhere").isLeased("b")).toBe(false);
    // A container with a leased blob goes as any other.
    await container.lease("b", 15);
    await container.delete();
    expect(await container.isLeased("b")).toBe(false);
  });

  it("makes and deletes containers", async () => {
    await expect(container.create({})).rejects.toMatchObject({
      name: "ServiceError",
      service: "storage",
      code: "ContainerAlreadyExists",
      statusCode: 409,
      requestId: expect.any(String),
    });
    await container.delete();
    await container.delete();
    await expect(container.get("x")).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(all(container.list(""))).rejects.toMatchObject({ code: "ContainerNotFound" });
  });

  it("puts and gets bytes and text, in whole and in part", async () => {
    const bytes = randomBytes(1000);
    await container.put("a/b c+%20é😀.bin", bytes);
    await container.put("view", new Uint8Array(bytes.buffer, bytes.byteOffset + 10, 20));
    await container.put("text", "é😀\n");
    await container.put("empty", "");
    expect(await container.get("a/b c+%20é😀.bin")).toEqual(bytes);
    expect(await container.get("view")).toEqual(bytes.subarray(10, 30));
    expect(await container.get("view", { offset: 5, length: 7 })).toEqual(bytes.subarray(15, 22));
    expect(await container.get("view", { offset: 15 })).toEqual(bytes.subarray(25, 30));
    expect((await container.get("text"))?.toString()).toBe("é😀\n");
    expect(await container.get("empty")).toEqual(Buffer.alloc(0));
    expect(await container.get("missing")).toBeUndefined();
    await container.put("text", "again");
    expect((await container.get("text"))?.toString()).toBe("again");
  });

  it("streams blobs", async () => {
    await container.put("text", "é😀".repeat(100_000));
    expect(await text(await container.stream("text"))).toBe("é😀".repeat(100_000));
    await expect(container.stream("missing")).rejects.toMatchObject({ code: "BlobNotFound" });
  });

  it("puts files, also those that travel in blocks", async () => {
    const folder = await mkdtemp(join(tmpdir(), "blob-test-"));
    try {
      const content = randomBytes(33 * 2 ** 20);
      await writeFile(join(folder, "large"), content);
      await writeFile(join(folder, "empty"), "");
      await container.putFile("large", join(folder, "large"));
      await container.putFile("empty", join(folder, "empty"));
      expect((await container.get("large"))?.equals(content)).toBe(true);
      expect(await container.get("empty")).toEqual(Buffer.alloc(0));
      await expect(container.putFile("x", join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("lists by prefix, in the order of names", async () => {
    for (const name of ["b/2", "b/10", "a", "b/1", "c"]) await container.put(name, name);
    const lastModified = expect.any(Date);
    expect(await all<BlobItem>(container.list("b/"))).toEqual([
      { name: "b/1", size: 3, lastModified },
      { name: "b/10", size: 4, lastModified },
      { name: "b/2", size: 3, lastModified },
    ]);
    expect(await all(container.list("none/"))).toEqual([]);
  });

  it("throws the signal's reason when aborted", async () => {
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(container.put("x", "x", { signal: stop })).rejects.toThrow("enough");
    await expect(container.get("x", { signal: stop })).rejects.toThrow("enough");
    await expect(all(container.list("", { signal: stop }))).rejects.toThrow("enough");
    const later = new AbortController();
    const uploading = container.put("x", randomBytes(50 * 2 ** 20), { signal: later.signal });
    later.abort(new Error("too long"));
    await expect(uploading).rejects.toThrow("too long");
  });

  describe("with a SAS", () => {
    const put = (url: string, init: RequestInit = {}) =>
      fetch(url, {
        method: "PUT",
        body: "mine",
        ...init,
        headers: { "x-ms-blob-type": "BlockBlob", ...init.headers },
      });

    /** The address of a blob below a container's URL with a SAS. */
    const at = (containerUrl: string, blob: string) => containerUrl.replace("?", `/${blob}?`);

    it("lets nodes read, and nothing else", async () => {
      await container.put("input", "42");
      const url = await container.sasUrl("r", 60_000);
      expect(await (await fetch(at(url, "input"))).text()).toBe("42");
      expect((await put(at(url, "new"))).status).toBe(403);
      expect((await fetch(`${url}&restype=container&comp=list`)).status).toBe(403);
      expect((await fetch(at(url, "input"), { method: "DELETE" })).status).toBe(403);
      const other = storage.container(`c${randomUUID()}`);
      await other.create({});
      expect((await fetch(at(url, "input").replace(container.url, other.url))).status).toBe(403);
    });

    it("lets nodes make blobs by one Put Blob, once each, and read them", async () => {
      const url = await container.sasUrl("rc", 60_000);
      const once = { headers: { "If-None-Match": "*" } };
      expect((await put(at(url, "outcome"), once)).status).toBe(201);
      // Refused for lack of the permission to overwrite, before the condition is looked at.
      const second = await put(at(url, "outcome"), { ...once, body: "another" });
      expect([second.status, second.headers.get("x-ms-error-code")]).toEqual([
        403,
        "AuthorizationPermissionMismatch",
      ]);
      expect(await (await fetch(at(url, "outcome"))).text()).toBe("mine");
      expect((await fetch(at(url, "outcome"), { method: "DELETE" })).status).toBe(403);
      // Blocks need the permission to write, which overwrites as well.
      const block = `${at(url, "blocks")}&comp=block&blockid=${encodeURIComponent(btoa("1"))}`;
      expect((await put(block)).status).toBe(403);
    });

    it("lets nodes list", async () => {
      await container.put("input", "42");
      const url = await container.sasUrl("rl", 60_000);
      expect(await (await fetch(`${url}&restype=container&comp=list`)).text()).toContain(
        "<Name>input</Name>",
      );
      expect((await put(at(url, "new"))).status).toBe(403);
    });

    it("holds at once, for as long as asked and a little longer, by a version that is known everywhere", async () => {
      const before = Date.now();
      const query = new URL(await container.sasUrl("r", 3_600_000)).searchParams;
      const expires = Date.parse(query.get("se") as string);
      expect(expires).toBeGreaterThan(before + 3_600_000 + 14 * 60_000);
      expect(expires).toBeLessThan(Date.now() + 3_600_000 + 16 * 60_000);
      expect(query.get("st")).toBeNull();
      expect(query.get("sv")).toBe("2025-07-05");
      expect(query.get("sr")).toBe("c");
      expect(query.get("spr")).toBeNull(); // Azurite has http alone
      const real = createStoragePort({ ...account, url: "https://account.blob.core.windows.net" });
      expect(new URL(await real.container("c").sasUrl("r", 1000)).searchParams.get("spr")).toBe("https");
    });

    it("is for the container, also where the account is in the path of a host that looks like Azure's", async () => {
      vi.useFakeTimers({ toFake: ["Date"] });
      const hosts = ["http://127.0.0.1:1", "http://store.blob.private.example:8443"];
      const signatures = await Promise.all(
        hosts.map(async (host) => {
          const port = createStoragePort({ ...account, url: `${host}/${account.name}` });
          return new URL(await port.container("some").sasUrl("r", 60_000)).searchParams.get("sig");
        }),
      );
      vi.useRealTimers();
      expect(signatures[1]).toBe(signatures[0]);
    });
  });

  it("shows no key and no signature, whatever is printed", async () => {
    const stranger = createStoragePort({
      ...account,
      key: Buffer.from("another key, 64 bytes long, as the service has them: 0123456789.").toString("base64"),
    });
    const refusal = await stranger
      .container("stranger")
      .create({})
      .catch((error) => error);
    expect(refusal).toMatchObject({ code: "AuthorizationFailure", statusCode: 403 });
    expect(refusal.message).toContain("Check the account's name and key");
    const printed = inspect([refusal, storage, stranger, container], { depth: 20, showHidden: true });
    expect(printed).not.toContain(account.key);
    expect(printed).not.toMatch(/SharedKey |authorization:|sig=/i);
  });
});
