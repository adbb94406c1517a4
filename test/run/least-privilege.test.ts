import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { type BatchParallel, command, connect } from "../../src/index.js";
import { localNodePath } from "../../src/local/node-path.js";
import { startEntraAzurite, storageCredential } from "../azure/support/entra-azurite.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";
import { SignedClient } from "../emulator/support/signed-client.js";
import { type MetadataService, startMetadataService } from "../support/metadata-service.js";

const HOUR = 3_600_000;

/** All that the service says of a run: its pool, its job, its tasks. */
async function propertiesOf(emulator: Emulator, runId: string): Promise<string> {
  const client = new SignedClient(emulator);
  const answers = await Promise.all(
    ["/pools", `/jobs/${runId}`, `/jobs/${runId}/tasks`].map((path) => client.get(path)),
  );
  for (const { status } of answers) expect(status).toBe(200);
  expect(answers[2]?.json.value).not.toHaveLength(0);
  return answers.map(({ text }) => text).join("\n");
}

/** The URLs with a SAS in a text, also in JSON within JSON. */
function sasUrls(text: string): URL[] {
  const urls = text.match(/https?:\/\/[^\s"\\]+[?&]sig=[^\s"\\]+|https?:\/\/[^\s"\\]+&sig=[^\s"\\]+/g) ?? [];
  return [...new Set(urls)].map((url) => new URL(url));
}

describe("nodes of a run", () => {
  let emulator: Emulator;
  let azurite: TestStorage;
  let batch: BatchParallel;

  beforeAll(async () => {
    [emulator, azurite] = await Promise.all([startEmulator({ path: localNodePath() }), startAzurite()]);
    batch = connect({
      account: { url: emulator.batchUrl, name: emulator.accountName, key: emulator.accountKey },
      storage: { connectionString: azurite.connectionString },
    });
  });

  afterAll(async () => {
    await batch?.close();
    await Promise.all([emulator?.close(), azurite?.close()]);
  });

  it("get SAS that read inputs, or create and read results, in the run's container for its time", async () => {
    const before = Date.now();
    // A shared value, an input that is too large for its task, and a file given back.
    const items = ["small", "x".repeat(20_000)];
    const run = batch.runParallel(
      items,
      (text: string, { shared }: { shared: { factor: number } }) => text.length * shared.factor,
      {
        shared: { factor: 2 },
        keep: "always",
        deadline: "PT2H",
      },
    );
    expect(await run).toEqual([10, 40_000]);
    const after = Date.now();
    const urls = sasUrls(await propertiesOf(emulator, run.id));
    expect(urls.length).toBeGreaterThan(3);
    const permissions = new Set<string>();
    for (const { pathname, searchParams } of urls) {
      expect(pathname.split("/")[2]).toBe(run.id);
      expect(searchParams.get("sr")).toBe("c");
      expect(searchParams.get("ss")).toBeNull();
      const expires = Date.parse(searchParams.get("se") ?? "");
      expect(expires).toBeGreaterThanOrEqual(before + 2 * HOUR - 60_000);
      expect(expires).toBeLessThanOrEqual(after + 2 * HOUR + HOUR / 4 + 60_000);
      // Both read; what makes results cannot overwrite, delete or list, what reads inputs cannot write at all.
      permissions.add(searchParams.get("sp") ?? "");
    }
    expect([...permissions].sort()).toEqual(["r", "rc"]);
    const files = urls.filter(({ pathname }) => pathname.split("/").length > 3);
    for (const { searchParams } of files) expect(searchParams.get("sp")).toBe("r");
  });

  it("are refused all else by the service", async () => {
    const run = batch.runParallel([1], (n) => n, { keep: "always" });
    const other = batch.runParallel([1], (n) => n, { keep: "always" });
    await Promise.all([run, other]);
    const urls = sasUrls(await propertiesOf(emulator, run.id));
    const container = (permission: string) => {
      const url = urls.find(
        ({ pathname, searchParams }) =>
          pathname.split("/").length === 3 && searchParams.get("sp") === permission,
      );
      if (url === undefined) throw new Error(`no SAS for ${permission}`);
      return url;
    };
    const ask = async (
      permission: string,
      method: string,
      path: string,
      { query = "", headers = {} }: { query?: string; headers?: Record<string, string> } = {},
    ) => {
      const url = new URL(container(permission));
      url.pathname = path.startsWith("/")
        ? `/${url.pathname.split("/")[1]}${path}`
        : `${url.pathname}/${path}`;
      const put = method === "PUT" && {
        body: "mine",
        headers: { "x-ms-blob-type": "BlockBlob", ...headers },
      };
      const answer = await fetch(`${url.href}${query}`, { method, headers, ...put });
      return answer.status;
    };
    const lease = {
      query: "&comp=lease",
      headers: { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "60" },
    };
    for (const permission of ["r", "rc"]) {
      expect(await ask(permission, "GET", "manifest.json")).toBe(200);
      expect(await ask(permission, "PUT", "manifest.json")).toBe(403);
      expect(await ask(permission, "DELETE", "manifest.json")).toBe(403);
      expect(await ask(permission, "PUT", "manifest.json", lease)).toBe(403);
      expect(await ask(permission, "GET", "", { query: "&restype=container&comp=list" })).toBe(403);
      expect(await ask(permission, "DELETE", "", { query: "&restype=container" })).toBe(403);
      expect(await ask(permission, "GET", `/${other.id}/manifest.json`)).toBe(403);
      expect(await ask(permission, "PUT", `/${other.id}/new`)).toBe(403);
    }
    expect(await ask("r", "PUT", "new")).toBe(403);
    expect(await ask("rc", "PUT", "new")).toBe(201);
    expect(await ask("rc", "PUT", "new")).toBe(403);
  });
});

describe("nodes with a managed identity", () => {
  const resourceId =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes";
  const tokens: string[] = [];
  let azurite: Awaited<ReturnType<typeof startEntraAzurite>>;
  let metadata: MetadataService;
  let emulator: Emulator;
  let batch: BatchParallel;

  beforeAll(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // The certificate is its own issuer.
    const token = async () => {
      const { token } = (await storageCredential.getToken("")) ?? { token: "" };
      tokens.push(token);
      return token;
    };
    [azurite, metadata] = await Promise.all([startEntraAzurite(), startMetadataService(token)]);
    emulator = await startEmulator({ path: localNodePath(), metadataService: metadata.url });
    batch = connect({
      account: { url: emulator.batchUrl, name: emulator.accountName, key: emulator.accountKey },
      storage: { url: azurite.url, credential: storageCredential, nodeIdentity: { resourceId } },
    });
  });

  afterAll(async () => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await batch?.close();
    await Promise.all([emulator?.close(), azurite?.close(), metadata?.close()]);
  });

  it("run functions and commands, and no property of pool, job or tasks holds a secret", async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const options = { env, keep: "always" as const };
    const run = batch.runParallel(["small", "x".repeat(20_000)], (text) => text.length, options);
    expect(await run).toEqual([5, 20_000]);
    const copying = command((content: string) => ({
      file: "cp",
      args: ["a", "b"],
      inputs: [{ as: "a", content }],
      outputs: ["b"],
    }));
    const copy = batch.runParallel(["a file"], copying, options);
    const [copied] = await copy;
    expect(await copied?.files[0]?.text()).toBe("a file");
    for (const { id } of [run, copy]) {
      const properties = await propertiesOf(emulator, id);
      expect(properties).toContain(resourceId);
      expect(properties).toContain("identityReference");
      expect(properties).not.toMatch(/sig=|[?&]s[evp]=|Bearer|AccountKey/i);
      for (const token of tokens) expect(properties).not.toContain(token);
    }
    expect(tokens.length).toBeGreaterThan(0);
    for (const query of metadata.asked) expect(query.get("msi_res_id")).toBe(resourceId);
  });
});
