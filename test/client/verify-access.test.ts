import { createServer, type IncomingMessage, ServerResponse, request as send } from "node:http";
import { type AddressInfo, connect as open } from "node:net";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createStoragePort } from "../../src/azure/blob.js";
import { createClient } from "../../src/client/client.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { connect } from "../../src/index.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";
import { loopbackCertificate } from "../support/loopback-certificate.js";

const AUDIENCE = "https://batch.core.windows.net/";
const HOUR = 3_600_000;

/** Gives tokens of this audience, whatever it is asked for, and remembers the scopes. */
function credentialOf(aud: string) {
  const scopes: (string | string[])[] = [];
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const getToken = async (scope: string | string[]) => {
    scopes.push(scope);
    return { token: `${part({ alg: "RS256" })}.${part({ aud, exp })}.c2ln`, expiresOnTimestamp: exp * 1000 };
  };
  return { credential: { getToken }, scopes };
}

/** A proxy that wants a user and a password; it forwards plain requests and tunnels, and remembers their targets. */
async function startProxy() {
  const seen: string[] = [];
  const wanted = `Basic ${Buffer.from("me:s3cret").toString("base64")}`;
  const allowed = (request: IncomingMessage) => request.headers["proxy-authorization"] === wanted;
  const server = createServer((request, response) => {
    if (!allowed(request)) return void response.writeHead(407).end();
    const target = new URL(request.url ?? "");
    seen.push(target.host);
    const { "proxy-authorization": _own, ...headers } = request.headers;
    const onward = send(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket, head: Buffer) => {
    if (!allowed(request)) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    seen.push(request.url ?? "");
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = open(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    const drop = () => {
      socket.destroy();
      onward.destroy();
    };
    socket.on("error", drop);
    onward.on("error", drop);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("access to an account", () => {
  let plain: Emulator;
  let secure: Emulator;
  let azurite: TestStorage;

  beforeAll(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // The certificate is its own issuer.
    const { cert, key } = loopbackCertificate;
    [plain, secure, azurite] = await Promise.all([
      startEmulator(),
      startEmulator({ tls: { cert, key }, bearerAudience: AUDIENCE }),
      startAzurite(),
    ]);
  });

  afterAll(async () => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await Promise.all([plain?.close(), secure?.close(), azurite?.close()]);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const storage = () => ({ connectionString: azurite.connectionString });
  const byKey = (key = plain.accountKey) => ({ url: plain.batchUrl, name: plain.accountName, key });

  it("takes a token of the account's audience, asked for with its scope", async () => {
    const { credential, scopes } = credentialOf(AUDIENCE);
    const client = createClient({ account: { url: secure.batchUrl, credential }, storage: storage() });
    await client.connection();
    expect(scopes).toEqual(["https://batch.core.windows.net/.default"]);
    await client.close();
  });

  it("is refused to a token of another audience, before anything is created", async () => {
    const { credential } = credentialOf("https://management.azure.com/");
    const batch = connect({ account: { url: secure.batchUrl, credential }, storage: storage() });
    const run = batch.runParallel([1], (n) => n);
    const error = await run.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "ConfigurationError",
      code: "AccessRefused",
      settings: ["account.credential"],
      message: expect.stringContaining('Its token is for "https://management.azure.com/"'),
    });
    expect(await containerExists(run.id)).toBe(false);
    await batch.close();
  });

  it("is refused to a wrong key by its option's name, and let in once that is right", async () => {
    const wrong = Buffer.alloc(64, 7).toString("base64");
    const client = createClient({ account: byKey(wrong), storage: storage() });
    const error = await client.connection().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "AccessRefused", settings: ["account.key"] });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(wrong);
  });

  it.each([
    ["ahead of", 3 * HOUR],
    ["behind", -3 * HOUR],
  ])(
    "is refused by a clock that is hours %s the service's, before anything is created",
    async (where, off) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + off });
      const client = createClient({ account: byKey(), storage: storage() });
      // The emulator lives in this process, and so under the same clock: what it says of its time is set right here.
      const real = ServerResponse.prototype.writeHead;
      const spy = vi.spyOn(ServerResponse.prototype, "writeHead").mockImplementation(function (
        this: ServerResponse,
        ...head: unknown[]
      ) {
        this.setHeader("date", new Date(Date.now() - off).toUTCString());
        return Reflect.apply(real, this, head);
      });
      const error = await client.connection().catch((reason: unknown) => reason);
      spy.mockRestore();
      expect(error).toMatchObject({
        name: "ConfigurationError",
        code: "ClockOff",
        settings: ["clock"],
        message: expect.stringMatching(new RegExp(`180 minutes ${where} Azure's`)),
      });
    },
  );

  it("needs no storage until something runs", async () => {
    const batch = connect({ account: byKey() });
    await expect(batch.runParallel([1], (n) => n)).rejects.toMatchObject({
      code: "StorageNotConfigured",
      settings: ["storage"],
    });
    await batch.close();
  });

  it("goes through the proxy to both services, with http and with https", async () => {
    const proxy = await startProxy();
    const options = { proxy: { url: proxy.url, username: "me", password: "s3cret" }, storage: storage() };
    const byHttp = createClient({ ...options, account: byKey() });
    const { batch, storage: blobs } = await byHttp.connection();
    await batch.getJob("none");
    expect(await blobs.container("nowhere").isLeased("b")).toBe(false);
    const byHttps = createClient({
      ...options,
      account: { url: secure.batchUrl, name: secure.accountName, key: secure.accountKey },
    });
    await byHttps.connection();
    const azuriteHost = new URL(/BlobEndpoint=([^;]+)/.exec(azurite.connectionString)?.[1] ?? "").host;
    for (const host of [new URL(plain.batchUrl).host, new URL(secure.batchUrl).host, azuriteHost])
      expect(proxy.seen).toContain(host);

    const stranger = createClient({
      account: byKey(),
      storage: storage(),
      proxy: { url: proxy.url, username: "me", password: "n0" },
    });
    const error = await stranger.connection().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ statusCode: 407, message: expect.stringContaining("option proxy") });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/s3cret|n0@/);
    await Promise.all([byHttp.close(), byHttps.close()]);
    await proxy.close();
  });

  async function containerExists(name: string): Promise<boolean> {
    const part = (label: string) => new RegExp(`${label}=([^;]+)`).exec(azurite.connectionString)?.[1] ?? "";
    const port = createStoragePort({
      url: part("BlobEndpoint"),
      name: part("AccountName"),
      key: part("AccountKey"),
    });
    return port
      .container(name)
      .get("manifest.json")
      .then(
        () => true,
        () => false,
      );
  }
});
