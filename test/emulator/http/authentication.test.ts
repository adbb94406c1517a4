import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { at, SignedClient, type TestJson } from "../support/signed-client.js";

let emulator: Emulator;
let client: SignedClient;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new SignedClient(emulator);
});
afterAll(() => emulator.close());

const pools = "/pools?api-version=2022-10-01.16.0";
const minutes = 60_000;

async function refusal(response: Response): Promise<{ status: number; code: string; body: TestJson }> {
  const body = (await response.json()) as TestJson;
  return { status: response.status, code: String(body.code), body };
}

describe("a request is refused", () => {
  test("without a signature", async () => {
    const { status, body } = await refusal(await fetch(`${emulator.batchUrl}${pools}`));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      "odata.metadata": `${emulator.batchUrl}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element`,
      code: "MissingRequiredHeader",
      values: [{ key: "HeaderName", value: "Authorization" }],
    });
    expect(at(body, "message", "value")).toMatch(
      /^An HTTP header.*\nRequestId:[0-9a-f-]{36}\nTime:\d{4}-.*\.\d{7}Z$/,
    );
  });

  test("with the signature of another key", async () => {
    const accountKey = Buffer.from("another key").toString("base64");
    const stranger = new SignedClient({ ...emulator, accountKey });
    const answer = await stranger.get("/pools");
    expect(answer.status).toBe(403);
    expect(answer.json.code).toBe("AuthenticationFailed");
    const [detail] = answer.json.values as TestJson[];
    expect(detail?.key).toBe("AuthenticationErrorDetail");
    expect(detail?.value).toMatch(
      /^The MAC signature found in the HTTP request '.{44}' is not .*: 'GET\n{12}ocp-date:.* GMT\n\/devbatchaccount\/pools\napi-version:2022-10-01\.16\.0'\.$/,
    );
  });

  test("and told what its signature has to cover", async () => {
    const headers = {
      authorization: `SharedKey ${emulator.accountName}:c2lnbmF0dXJl`,
      "ocp-date": new Date().toUTCString(),
      "if-match": "*",
    };
    const url = `${emulator.batchUrl}/jobs/a%20b?timeout=20&api-version=2022-10-01.16.0&x=2&X=1`;
    const { status, body } = await refusal(await fetch(url, { headers }));
    const stringToSign =
      `GET\n\n\n\n\n\n\n\n*\n\n\n\nocp-date:${headers["ocp-date"]}\n` +
      `/${emulator.accountName}/jobs/a%20b\napi-version:2022-10-01.16.0\ntimeout:20\nx:1,2`;
    expect([status, body.values]).toEqual([
      403,
      [
        {
          key: "AuthenticationErrorDetail",
          value:
            "The MAC signature found in the HTTP request 'c2lnbmF0dXJl' is not the same as any computed signature. " +
            `Server used following string to sign: '${stringToSign}'.`,
        },
      ],
    ]);
  });

  test("for another account", async () => {
    const answer = await new SignedClient({ ...emulator, accountName: "somebodyelse" }).get("/pools");
    expect([answer.status, answer.json.code]).toEqual([403, "AuthenticationFailed"]);
  });

  test("when a signed header was changed", async () => {
    const url = client.urlOf("/pools", {});
    const headers = client.signedHeaders("GET", url, { headers: { "if-match": "0x1" } });
    const response = await fetch(url, { headers: { ...headers, "if-match": "0x2" } });
    expect(await refusal(response)).toMatchObject({ status: 403, code: "AuthenticationFailed" });
  });

  test("when the query was changed", async () => {
    const url = client.urlOf("/pools", {});
    const headers = client.signedHeaders("GET", url, {});
    url.searchParams.set("maxresults", "1");
    expect(await refusal(await fetch(url, { headers }))).toMatchObject({ code: "AuthenticationFailed" });
  });

  test.each([-16, 16])("when it is dated %i minutes from now", async (skew) => {
    const answer = await client.send("GET", "/pools", { date: new Date(Date.now() + skew * minutes) });
    expect([answer.status, answer.json.code]).toEqual([403, "AuthenticationFailed"]);
  });

  test.each(["yesterday", "1", new Date().toISOString(), new Date().toUTCString().replace(" GMT", "")])(
    "when its date is %s",
    async (date) => {
      const answer = await client.send("GET", "/pools", { headers: { "ocp-date": date } });
      expect([answer.status, answer.json.code]).toEqual([400, "InvalidHeaderValue"]);
      expect(answer.json.values).toEqual([
        { key: "HeaderName", value: "ocp-date" },
        { key: "HeaderValue", value: date },
      ]);
    },
  );

  test.each(["SharedKey", "Basic dXNlcjpwYXNz", "SharedKey account"])(
    "when it says %s",
    async (authorization) => {
      const headers = { authorization, "ocp-date": new Date().toUTCString() };
      const response = await fetch(`${emulator.batchUrl}${pools}`, { headers });
      expect(await refusal(response)).toMatchObject({ status: 400, code: "InvalidAuthenticationInfo" });
    },
  );

  test("without api-version, before its credentials are looked at", async () => {
    expect(await refusal(await fetch(`${emulator.batchUrl}/pools`))).toMatchObject({
      status: 400,
      code: "MissingRequiredQueryParameter",
    });
  });

  test("with an api-version nobody knows", async () => {
    const answer = await client.send("GET", "/pools", { apiVersion: "2022-10-01.99.0" });
    expect([answer.status, answer.json.code]).toEqual([400, "UnsupportedRequestVersion"]);
  });
});

describe("a request is accepted", () => {
  test.each([-14, 14])("when it is dated %i minutes from now", async (skew) => {
    expect((await client.send("GET", "/pools", { date: new Date(Date.now() + skew * minutes) })).status).toBe(
      200,
    );
  });

  test("when its date is in the older of the two forms", async () => {
    const [, day, month, year, time] = /^..., (..) (...) ..(..) (.*)$/.exec(new Date().toUTCString())!;
    const headers = { "ocp-date": `Sunday, ${day}-${month}-${year} ${time}` };
    expect((await client.send("GET", "/pools", { headers })).status).toBe(200);
  });

  test("with SharedKeyLite", async () => {
    expect((await client.send("GET", "/pools", { scheme: "SharedKeyLite" })).status).toBe(200);
  });

  test("with an empty query parameter, signed or left out", async () => {
    expect((await client.get("/pools", { $filter: "" })).status).toBe(200);
    const url = client.urlOf("/pools", {});
    const headers = client.signedHeaders("GET", url, {});
    url.searchParams.set("$select", "");
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  test("and its client-request-id comes back only when asked for", async () => {
    const id = "8e7c4ba5-9a9b-4c0e-8a52-1d4d9c9d4c11";
    const silent = await client.send("GET", "/pools", { headers: { "client-request-id": id } });
    expect(silent.headers.get("client-request-id")).toBeNull();
    const headers = { "client-request-id": id, "return-client-request-id": "true" };
    const echoed = await client.send("GET", "/pools", { headers });
    expect(echoed.headers.get("client-request-id")).toBe(id);
    expect(echoed.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});
