import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type TestAnswer, type TestJson } from "../support/signed-client.js";
import { startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;
let nodePath: string;
const taskPath = "/jobs/job/tasks/task";

beforeAll(async () => {
  bench = await startWorkbench();
  await bench.addJob("job");
  const script = [
    'printf 0123456789 > digits.bin; mkdir -p dir/deep empty; echo x > dir/deep/x.txt; echo y > "dir/a b%.log"',
    "ln -s /etc/passwd escape; ln -s ../stdout.txt inside; ln -s .. dir/circle; echo out",
  ].join("; ");
  const task = await bench.run("job", { id: "task", commandLine: `/bin/sh -c '${script}'` });
  nodePath = `/pools/pool/nodes/${String(at(task, "nodeInfo", "nodeId"))}`;
});
afterAll(() => bench.close());

const file = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<TestAnswer> =>
  bench.client.send(method, `${taskPath}/files/${path}`, { headers });
const names = (answer: TestAnswer): unknown[] => (answer.json.value as TestJson[]).map((entry) => entry.name);

describe("files", () => {
  test("are listed at the top, or all of them", async () => {
    const top = await bench.client.get(`${taskPath}/files`);
    expect(top.json.value).toMatchObject([
      {
        name: "stderr.txt",
        isDirectory: false,
        properties: { contentLength: "0", contentType: "text/plain" },
      },
      {
        name: "stdout.txt",
        isDirectory: false,
        properties: { contentLength: "4", fileMode: expect.stringMatching(/^0o100/) },
      },
      { name: "wd", isDirectory: true, url: `${bench.emulator.batchUrl}${taskPath}/files/wd` },
    ]);
    expect(at(top.json, "value", 2)).not.toHaveProperty("properties");
    expect(names(await bench.client.get(`${taskPath}/files`, { recursive: "true" }))).toEqual([
      "stderr.txt",
      "stdout.txt",
      "wd",
      "wd/digits.bin",
      "wd/dir",
      "wd/empty",
      "wd/escape",
      "wd/inside",
      "wd/dir/a b%.log",
      "wd/dir/circle",
      "wd/dir/deep",
      "wd/dir/deep/x.txt",
    ]);
    const filtered = { recursive: "true", $filter: "startswith(name,'wd/dir/d')" };
    expect(names(await bench.client.get(`${taskPath}/files`, filtered))).toEqual([
      "wd/dir/deep",
      "wd/dir/deep/x.txt",
    ]);
  });

  test("are listed by pages", async () => {
    const first = await bench.client.get(`${taskPath}/files`, { recursive: "true", maxresults: "5" });
    const next = new URL(String(first.json["odata.nextLink"]));
    const second = await bench.client.get(next.pathname, Object.fromEntries(next.searchParams));
    expect([names(first).length, names(second)[0]]).toEqual([5, "wd/empty"]);
  });

  test("whose names differ in case only are different files", async () => {
    await bench.run("job", { id: "case", commandLine: "/bin/sh -c 'printf 1 > A; printf 2 > a; mkdir D d'" });
    const listed = await bench.client.get("/jobs/job/tasks/case/files", { recursive: "true" });
    expect(names(listed).slice(3)).toEqual(["wd/A", "wd/D", "wd/a", "wd/d"]);
    expect(await bench.file("job", "case", "wd/A")).toBe("1");
    expect(await bench.file("job", "case", "wd/a")).toBe("2");
  });

  test("are listed with folders or without, and nothing else", async () => {
    const plain = await bench.client.get(`${taskPath}/files`, { recursive: "False" });
    expect(names(plain)).toEqual(["stderr.txt", "stdout.txt", "wd"]);
    const bad = await bench.client.get(`${taskPath}/files`, { recursive: "maybe" });
    expect([bad.status, bad.json.code]).toEqual([400, "InvalidQueryParameterValue"]);
  });

  test("of a node begin with the folders of its root", async () => {
    expect(names(await bench.client.get(`${nodePath}/files`))).toEqual([
      "applications",
      "fsmounts",
      "shared",
      "startup",
      "volatile",
      "workitems",
    ]);
    const path = encodeURIComponent("workitems/job/job-1/task/stdout.txt");
    expect((await bench.client.get(`${nodePath}/files/${path}`)).text).toBe("out\n");
  });

  test.each(["wd%2Fdir%2Fa%20b%25.log", "wd/dir/a%20b%25.log"])("are got under the name %s", async (path) => {
    const answer = await file(path);
    expect([answer.status, answer.text]).toEqual([200, "y\n"]);
    const headers = Object.fromEntries(answer.headers);
    expect(headers).toMatchObject({
      "content-type": "text/plain",
      "ocp-batch-file-isdirectory": "False",
      "ocp-batch-file-mode": expect.stringMatching(/^0o100\d{3}$/),
      "ocp-batch-file-url": encodeURIComponent(`${bench.emulator.batchUrl}${taskPath}/files/wd/dir/a b%.log`),
      "last-modified": expect.any(String),
    });
    expect(headers).not.toHaveProperty("etag");
  });

  test("have their properties without their content", async () => {
    const answer = await file("wd/digits.bin", {}, "HEAD");
    expect([answer.status, answer.headers.get("content-length"), answer.text]).toEqual([200, "10", ""]);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    const folder = await file("wd/dir", {}, "HEAD");
    expect(folder.headers.get("ocp-batch-file-isdirectory")).toBe("True");
    expect((await file("nothing", {}, "HEAD")).status).toBe(404);
  });

  test.each([
    ["bytes=2-4", "234"],
    ["bytes=7-", "789"],
    ["bytes=8-100", "89"],
    ["bytes=0-0", "0"],
  ])("are got in the range %s", async (range, text) => {
    const answer = await file("wd/digits.bin", { "ocp-range": range });
    expect([answer.status, answer.text]).toEqual([200, text]);
  });

  test.each(["bytes=10-", "bytes=5-4", "bytes=-3", "lines=1-2", "bytes=0-1,3-4"])(
    "are not got in the range %s",
    async (range) => {
      const answer = await file("wd/digits.bin", { "ocp-range": range });
      expect([answer.status, answer.json.code]).toEqual([416, "InvalidRange"]);
    },
  );

  test("are got in a range by HTTP's own header too, as HTTP answers it", async () => {
    const part = await file("wd/digits.bin", { Range: "bytes=2-4" });
    expect([part.status, part.text, part.headers.get("content-range")]).toEqual([206, "234", "bytes 2-4/10"]);
    const own = await file("wd/digits.bin", { Range: "bytes=2-4", "ocp-range": "bytes=5-" });
    expect([own.status, own.text, own.headers.get("content-range")]).toEqual([200, "56789", null]);
    expect((await file("wd/digits.bin", { Range: "bytes=10-" })).status).toBe(416);
  });

  test("are got only if they changed", async () => {
    const modified = (await file("wd/digits.bin", {}, "HEAD")).headers.get("last-modified")!;
    expect((await file("wd/digits.bin", { "If-Modified-Since": modified })).status).toBe(304);
    expect((await file("wd/digits.bin", { "If-Unmodified-Since": modified })).status).toBe(200);
    const before = new Date(Date.parse(modified) - 5000).toUTCString();
    expect((await file("wd/digits.bin", { "If-Modified-Since": before })).status).toBe(200);
    expect((await file("wd/digits.bin", { "If-Unmodified-Since": before })).status).toBe(412);
  });

  test.each([
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fother",
    "wd/../../task2/stdout.txt",
    "wd%5c..%5c..%5c..%5cx",
    "%2fetc%2fpasswd",
    "wd/escape",
    "stdout.txt%00",
    "..",
    "%2e",
  ])("outside are not there: %s", async (path) => {
    // A path of dots would be resolved by fetch before it is sent.
    const answer = await file(path.replaceAll("../", "..%2f"));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain("root:");
  });

  test("behind a link that stays on the node are", async () => {
    expect((await file("wd/inside")).text).toBe("out\n");
  });

  test("are deleted, folders only when they are empty or it is said", async () => {
    expect((await file("wd/empty", {}, "DELETE")).status).toBe(200);
    expect((await file("wd/dir", {}, "DELETE")).status).toBe(409);
    expect((await file("wd/digits.bin", {}, "DELETE")).status).toBe(200);
    expect((await file("wd/digits.bin")).json.code).toBe("FileNotFound");
    const query = { recursive: "true" };
    expect((await bench.client.send("DELETE", `${taskPath}/files/wd%2Fdir`, { query })).status).toBe(200);
    expect(names(await bench.client.get(`${taskPath}/files`, query))).not.toContain("wd/dir");
  });
});

test("files of a pool with a Windows image have the form of Windows", async () => {
  const windows = await startWorkbench(
    {},
    {
      virtualMachineConfiguration: {
        imageReference: {
          publisher: "microsoftwindowsserver",
          offer: "windowsserver",
          sku: "2022-datacenter",
        },
        nodeAgentSKUId: "batch.node.windows amd64",
      },
    },
  );
  try {
    await windows.addJob("job");
    const task = await windows.run("job", { id: "task", commandLine: "/bin/sh -c 'echo x > x.txt'" });
    expect(at(task, "nodeInfo", "taskRootDirectory")).toBe("workitems\\job\\job-1\\task");
    expect(at(task, "nodeInfo", "taskRootDirectoryUrl")).toMatch(/\/files\/workitems\/job\/job-1\/task$/);

    const list = await windows.client.get(`${taskPath}/files`, { recursive: "true" });
    expect(names(list)).toEqual(["stderr.txt", "stdout.txt", "wd", "wd\\x.txt"]);
    const properties = at(list.json, "value", 3, "properties");
    expect(properties).toHaveProperty("creationTime");
    expect(properties).not.toHaveProperty("fileMode");

    const { status, headers, text } = await windows.client.get(`${taskPath}/files/wd%5Cx.txt`);
    expect({ status, text }).toEqual({ status: 200, text: "x\n" });
    expect(headers.get("ocp-creation-time")).toMatch(/GMT$/);
    expect(headers.has("ocp-batch-file-mode")).toBe(false);
  } finally {
    await windows.close();
  }
});
