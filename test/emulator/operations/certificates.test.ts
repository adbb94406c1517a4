import { createHash, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loopbackCertificate } from "../../support/loopback-certificate.js";
import type { TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;
const pfx = Buffer.from(loopbackCertificate.pfx, "base64");
const der = new X509Certificate(loopbackCertificate.cert).raw;
const thumbprint = createHash("sha1").update(der).digest("hex");
const inState = (state: string): Promise<TestJson> =>
  until(async () => {
    const { json } = await bench.client.get(address(thumbprint));
    return json.state === state && json;
  });
const address = (print: string): string => `/certificates(thumbprintAlgorithm=sha1,thumbprint=${print})`;

beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(async () => {
  await bench.close();
});

describe("certificates", () => {
  test("are added, shown without their keys, and put into the folders of tasks", async () => {
    const body = {
      thumbprint: thumbprint.toUpperCase(),
      thumbprintAlgorithm: "sha1",
      data: pfx.toString("base64"),
      certificateFormat: "pfx",
      password: "word",
    };
    const added = await bench.client.post("/certificates", body);
    expect(added.status).toBe(201);
    expect(added.headers.get("location")).toBe(
      `${bench.emulator.batchUrl}/certificates(ThumbprintAlgorithm=sha1,Thumbprint=${thumbprint})`,
    );
    expect(added.headers.get("etag")).toBeNull();
    expect((await bench.client.post("/certificates", body)).json.code).toBe("CertificateExists");
    expect((await bench.client.get(address(thumbprint))).json).toMatchObject({
      thumbprint,
      thumbprintAlgorithm: "sha1",
      url: `${bench.emulator.batchUrl}${address(thumbprint)}`,
      state: "active",
      publicData: der.toString("base64"),
    });

    const certificateReferences = [{ thumbprint, thumbprintAlgorithm: "sha1", visibility: ["task"] }];
    await bench.client.post(
      "/pools",
      poolSpec("secured", { targetDedicatedNodes: 1, certificateReferences }),
    );
    await bench.client.post("/jobs", { id: "secured", poolInfo: { poolId: "secured" } });
    await bench.run("secured", {
      id: "task",
      commandLine: "/bin/sh -c 'cd $AZ_BATCH_CERTIFICATES_DIR && ls && cat *.pw'",
    });
    const name = `sha1-${thumbprint}.pfx`;
    expect(await bench.file("secured", "task")).toBe(`${name}\n${name}.pw\nword`);
  });

  test("that a pool uses are not deleted, which can be taken back", async () => {
    expect((await bench.client.post(`${address(thumbprint)}/canceldelete`)).json.code).toBe(
      "CertificateStateActive",
    );
    expect((await bench.client.delete(address(thumbprint))).status).toBe(202);
    const failed = await inState("deletefailed");
    expect(failed.deleteCertificateError).toMatchObject({
      code: "PoolsReferencingCertificate",
      values: [{ name: "Pool", value: "secured" }, { name: "Node" }],
    });
    expect((await bench.client.post(`${address(thumbprint)}/canceldelete`)).status).toBe(204);
    const kept = (await bench.client.get(address(thumbprint))).json;
    expect(kept).toMatchObject({ state: "active", previousState: "deletefailed" });
    expect(kept).not.toHaveProperty("deleteCertificateError");
  });

  test("stay on nodes until these start again", async () => {
    expect((await bench.client.get("/pools/secured")).json.certificateReferences).toEqual([
      {
        thumbprint,
        thumbprintAlgorithm: "sha1",
        storeLocation: "CurrentUser",
        storeName: "My",
        visibility: ["task"],
      },
    ]);
    await bench.client.send("PATCH", "/pools/secured", { body: { certificateReferences: [] } });
    const nodes = (await bench.client.get("/pools/secured/nodes")).json.value as TestJson[];
    const path = new URL(String(nodes[0]!.url)).pathname;
    expect(nodes[0]!.certificateReferences).toMatchObject([{ thumbprint }]);
    await bench.client.delete(address(thumbprint));
    expect((await inState("deletefailed")).deleteCertificateError).toMatchObject({
      code: "NodesReferencingCertificate",
      values: [{ name: "Node", value: nodes[0]!.id }],
    });
    await until(async () => (await bench.client.get(path)).json.state === "idle");
    await bench.client.post(`${path}/reboot`);
    await until(async () => {
      const { json } = await bench.client.get(path);
      return json.state === "idle" && (json.certificateReferences as unknown[]).length === 0;
    });
    await bench.client.delete(address(thumbprint));
    await until(async () => (await bench.client.get(address(thumbprint))).status === 404);
  });

  test("of which nothing is left can be added again", async () => {
    const body = {
      thumbprint,
      thumbprintAlgorithm: "sha1",
      data: der.toString("base64"),
      certificateFormat: "cer",
    };
    const spaced = { ...body, thumbprint: thumbprint.replace(/(..)/g, "$1 ") };
    expect((await bench.client.post("/certificates", spaced)).status).toBe(201);
    expect((await bench.client.get(address(thumbprint))).json).toMatchObject({ thumbprint, state: "active" });
    await bench.client.delete("/pools/secured");
    await until(async () => (await bench.client.get("/pools/secured")).status === 404);
    await bench.client.delete(address(thumbprint));
    await until(async () => (await bench.client.get(address(thumbprint))).status === 404);
  });

  test.each<[string, object, string]>([
    ["no thumbprint", { thumbprint: "xyz" }, "InvalidPropertyValue"],
    ["a long thumbprint", { thumbprint: "a".repeat(41) }, "InvalidPropertyValue"],
    ["another algorithm", { thumbprintAlgorithm: "sha256" }, "InvalidPropertyValue"],
    ["data that is no Base64", { data: "!!!" }, "InvalidPropertyValue"],
    ["data of more than 10 KB", { data: Buffer.alloc(10_241).toString("base64") }, "InvalidPropertyValue"],
    ["a password that cer does not have", { password: "word" }, "InvalidPropertyValue"],
    ["no password of a pfx", { certificateFormat: "pfx" }, "MissingRequiredProperty"],
  ])("with %s are refused", async (_what, wrong, code) => {
    const body = {
      thumbprint: "2".repeat(40),
      thumbprintAlgorithm: "sha1",
      data: "AAAA",
      certificateFormat: "cer",
    };
    const { status, json } = await bench.client.post("/certificates", { ...body, ...wrong });
    expect([status, json.code]).toEqual([400, code]);
  });

  test("need a right thumbprint, and exist before a pool names them", async () => {
    const body = { thumbprintAlgorithm: "sha1", data: der.toString("base64"), certificateFormat: "cer" };
    const wrong = await bench.client.post("/certificates", { ...body, thumbprint: "0".repeat(40) });
    expect([wrong.status, wrong.json.code]).toEqual([400, "InvalidPropertyValue"]);
    const certificateReferences = [{ thumbprint: "1".repeat(40), thumbprintAlgorithm: "sha1" }];
    const pool = await bench.client.post("/pools", poolSpec("unsecured", { certificateReferences }));
    expect([pool.status, pool.json.code]).toEqual([404, "CertificateNotFound"]);
    expect((await bench.client.post("/certificates", { ...body, thumbprint })).status).toBe(201);
  });
});
