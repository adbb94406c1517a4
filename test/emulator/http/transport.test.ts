import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { loopbackCertificate } from "../../support/loopback-certificate.js";
import { SignedClient } from "../support/signed-client.js";
import { poolSpec } from "../support/workbench.js";

describe("HTTPS", () => {
  let emulator: Emulator;

  beforeAll(async () => {
    const { cert, key } = loopbackCertificate;
    emulator = await startEmulator({ tls: { cert, key } });
  });
  afterAll(async () => {
    await emulator.close();
  });

  test("is served with a given certificate, and shows in all addresses", async () => {
    expect(emulator.batchUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const client = new SignedClient(emulator);
    const url = client.urlOf("/pools", {});
    const headers = client.signedHeaders("GET", url, {});
    const text = await new Promise<string>((resolve, reject) => {
      const outgoing = request(url, { headers, ca: loopbackCertificate.cert }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve(body));
      });
      outgoing.once("error", reject);
      outgoing.end();
    });
    expect(JSON.parse(text)).toEqual({ "odata.metadata": `${emulator.batchUrl}/$metadata#pools`, value: [] });
  });
});

test("a handshake that never comes to its end does not hold up the end of the emulator", async () => {
  const { cert, key } = loopbackCertificate;
  const emulator = await startEmulator({ tls: { cert, key } });
  const { port, hostname } = new URL(emulator.batchUrl);
  const silent = connect(Number(port), hostname);
  await once(silent, "connect");
  // The server has the connection once it has answered something that came after it.
  const nonsense = connect(Number(port), hostname, () => nonsense.write("no TLS"));
  nonsense.on("error", () => {}).resume();
  await once(nonsense, "close");
  const ended = once(silent.resume(), "close");
  await emulator.close();
  await ended;
});

describe("bearer tokens", () => {
  const audience = "https://batch.core.windows.net/";
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator({ bearerAudience: audience });
  });
  afterAll(() => emulator.close());

  const token = (claims: object): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmF0dXJl`;
  };
  const status = async (authorization: string): Promise<number> => {
    const url = `${emulator.batchUrl}/pools?api-version=2022-10-01.16.0`;
    return (await fetch(url, { headers: { authorization } })).status;
  };
  const soon = Math.floor(Date.now() / 1000) + 3600;

  test.each([
    ["of the audience", { aud: audience, exp: soon }, 200],
    ["of the audience without its slash", { aud: audience.slice(0, -1), exp: soon }, 200],
    ["of several audiences", { aud: ["x", audience] }, 200],
    ["of another audience", { aud: "https://management.azure.com/", exp: soon }, 401],
    ["of no audience", { exp: soon }, 401],
    ["that has expired", { aud: audience, exp: soon - 7200 }, 401],
  ])("%s", async (_kind, claims, expected) => {
    expect(await status(`Bearer ${token(claims)}`)).toBe(expected);
  });

  test("that are none", async () => {
    expect(await status("Bearer nonsense")).toBe(401);
    expect(await status("Bearer a.b.c")).toBe(401);
  });

  test("stand beside shared keys", async () => {
    expect((await new SignedClient(emulator).post("/pools", poolSpec("pool"))).status).toBe(201);
  });
});

describe("plain HTTP", () => {
  const pools = "/pools?api-version=2022-10-01.16.0";
  let emulator: Emulator;
  let client: SignedClient;

  beforeAll(async () => {
    emulator = await startEmulator();
    client = new SignedClient(emulator);
  });
  afterAll(() => emulator.close());

  /** Sends bytes as they are on a connection of their own; gives all that comes until the server closes it. */
  function speak(...parts: (string | Buffer)[]): Promise<string> {
    const { hostname, port } = new URL(emulator.batchUrl);
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(Number(port), hostname, () => {
        for (const part of parts) socket.write(part);
      });
      socket.on("data", (data) => {
        answer += data;
      });
      socket.once("error", reject);
      socket.once("end", () => resolve(answer));
    });
  }

  function signed(method: string, path: string, body?: string): string {
    const headers = client.signedHeaders(method, client.urlOf(path, {}), { body });
    return Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }

  const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);

  test("HTTP/1.0 is answered without chunks", async () => {
    const answer = await speak(`GET ${pools} HTTP/1.0\r\n${signed("GET", "/pools")}\r\n`);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(JSON.parse(bodyOf(answer))).toEqual({
      "odata.metadata": `${emulator.batchUrl}/$metadata#pools`,
      value: [],
    });
  });

  test("a request line may name the whole URL", async () => {
    const headers = `${signed("GET", "/pools")}Host: elsewhere\r\nConnection: close\r\n`;
    const answer = await speak(`GET ${emulator.batchUrl}${pools} HTTP/1.1\r\n${headers}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a path that cannot be decoded is refused in the service's form", async () => {
    const answer = await speak(`GET /pools/%zz?api-version=x HTTP/1.0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(bodyOf(answer)).code).toBe("RequestUrlFailedToParse");
  });

  test("a body may come in chunks, after the server said to go on", async () => {
    const body = JSON.stringify(poolSpec("chunked"));
    const url = client.urlOf("/pools", {});
    const headers = client.signedHeaders("POST", url, { headers: { "content-type": "application/json" } });
    const head = Object.entries({
      ...headers,
      host: url.host,
      connection: "close",
      "transfer-encoding": "chunked",
      expect: "100-continue",
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await speak(
      `POST ${pools} HTTP/1.1\r\n${head.join("")}\r\n`,
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });

  test.each(["/pools", "/jobs/job/addtaskcollection"])(
    "a body that is too large costs no answer at %s",
    async (path) => {
      const body = `"${"x".repeat(8_000_000)}"`;
      const answer = await speak(
        `POST ${path}?api-version=2022-10-01.16.0 HTTP/1.1\r\n${signed("POST", path, body)}` +
          `Host: here\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
        body,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(JSON.parse(bodyOf(answer)).code).toBe("RequestBodyTooLarge");
    },
  );
});
