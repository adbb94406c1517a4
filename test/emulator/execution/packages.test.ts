import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type TestJson } from "../support/signed-client.js";
import { until } from "../support/until.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

const unix = 3;
let folder: string;
let bench: Workbench;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "emulator-packages-test-"));
  const script = new TextEncoder().encode("#!/bin/sh\necho tool $1\n");
  mkdirSync(join(folder, "my-tool"), { recursive: true });
  const entry: [Uint8Array, { os: number; attrs: number }] = [script, { os: unix, attrs: 0o100755 << 16 }];
  writeFileSync(join(folder, "my-tool", "1.10.zip"), zipSync({ "bin/tool": entry }));
  writeFileSync(join(folder, "my-tool", "1.9.zip"), zipSync({ "bin/old": entry }));
  mkdirSync(join(folder, "plain", "2.0"), { recursive: true });
  writeFileSync(join(folder, "plain", "2.0", "run.sh"), "#!/bin/sh\necho plain\n");
  chmodSync(join(folder, "plain", "2.0", "run.sh"), 0o755);
  mkdirSync(join(folder, "broken"), { recursive: true });
  writeFileSync(join(folder, "broken", "1.zip"), "no archive");
  mkdirSync(join(folder, "evil"), { recursive: true });
  writeFileSync(join(folder, "evil", "1.zip"), zipSync({ "../../../../escaped": script }));
  bench = await startWorkbench({ applications: folder });
  await bench.addJob("job");
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

describe("application packages", () => {
  test("are listed with their versions in order", async () => {
    expect((await bench.client.get("/applications")).json.value).toEqual([
      { id: "broken", versions: ["1"] },
      { id: "evil", versions: ["1"] },
      { id: "my-tool", versions: ["1.9", "1.10"] },
      { id: "plain", versions: ["2.0"] },
    ]);
    expect((await bench.client.get("/applications/MY-TOOL")).json).toMatchObject({ id: "my-tool" });
  });

  test("are deployed for a task, which finds them by variables", async () => {
    await bench.run("job", {
      id: "task",
      commandLine:
        "/bin/sh -c '$AZ_BATCH_APP_PACKAGE_my_tool/bin/tool a; $AZ_BATCH_APP_PACKAGE_my_tool_1_10/bin/tool b; $AZ_BATCH_APP_PACKAGE_plain_2_0/run.sh; ls $AZ_BATCH_APP_PACKAGE_my_tool_1_9/bin'",
      applicationPackageReferences: [
        { applicationId: "my-tool" },
        { applicationId: "my-tool", version: "1.9" },
        { applicationId: "plain", version: "2.0" },
      ],
    });
    expect(await bench.file("job", "task")).toBe("tool a\ntool b\nplain\nold\n");
  });

  test.each(["broken", "evil"])("that are %s fail the task", async (applicationId) => {
    const task = await bench.run("job", {
      id: applicationId,
      commandLine: "true",
      applicationPackageReferences: [{ applicationId }],
    });
    expect(at(task, "executionInfo", "failureInfo", "code")).toBe("ApplicationPackageError");
  });

  test("that are not there are refused", async () => {
    const body = {
      id: "none",
      commandLine: "true",
      applicationPackageReferences: [{ applicationId: "none" }],
    };
    const answer = await bench.client.post("/jobs/job/tasks", body);
    expect([answer.status, answer.json.code]).toEqual([409, "InvalidApplicationPackageReferences"]);
  });

  test("are named by pools with their whole resource id", async () => {
    const applicationId =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a/applications/plain";
    const packages = { applicationPackageReferences: [{ applicationId, version: "2.0" }] };
    const added = await bench.client.post("/pools", poolSpec("qualified", packages));
    expect(added.status).toBe(201);
    expect((await bench.client.get("/pools/qualified")).json).toMatchObject(packages);
  });

  test("of a pool come to nodes that are there with their next boot, and come again with a new machine", async () => {
    await bench.client.post("/pools", poolSpec("later", { targetLowPriorityNodes: 1 }));
    await bench.client.post("/jobs", { id: "later", poolInfo: { poolId: "later" } });
    const idle = (): Promise<TestJson> =>
      until(async () => {
        const list = (await bench.client.get("/pools/later/nodes")).json.value as TestJson[];
        return list[0]?.state === "idle" && list[0];
      });
    const path = new URL(String((await idle()).url)).pathname;
    const patch = { applicationPackageReferences: [{ applicationId: "plain" }] };
    expect((await bench.client.send("PATCH", "/pools/later", { body: patch })).status).toBe(200);
    const commandLine = "/bin/sh -c '\"$AZ_BATCH_APP_PACKAGE_plain/run.sh\" || echo none'";
    await bench.run("later", { id: "before", commandLine });
    expect(await bench.file("later", "before")).toBe("none\n");
    await idle();
    await bench.client.post(`${path}/reboot`);
    await bench.run("later", { id: "after", commandLine });
    expect(await bench.file("later", "after")).toBe("plain\n");
    await bench.client.post(`${path}/preempt`);
    await bench.run("later", { id: "replaced", commandLine });
    expect(await bench.file("later", "replaced")).toBe("plain\n");
  });

  test("of a pool are on its nodes before the start task, and make them unusable when they fail", async () => {
    const startTask = { commandLine: "/bin/sh -c '$AZ_BATCH_APP_PACKAGE_my_tool/bin/tool start'" };
    const references = { applicationPackageReferences: [{ applicationId: "my-tool" }] };
    await bench.client.post(
      "/pools",
      poolSpec("packed", { targetDedicatedNodes: 1, startTask, ...references }),
    );
    const node = await until(async () => {
      const list = (await bench.client.get("/pools/packed/nodes")).json.value as TestJson[];
      return list[0]?.state === "idle" && list[0];
    });
    const output = await bench.client.get(
      `/pools/packed/nodes/${String(node.id)}/files/startup%2Fstdout.txt`,
    );
    expect(output.text).toBe("tool start\n");
    const broken = { applicationPackageReferences: [{ applicationId: "broken" }] };
    await bench.client.post("/pools", poolSpec("unpacked", { targetDedicatedNodes: 1, ...broken }));
    const unusable = await until(async () => {
      const list = (await bench.client.get("/pools/unpacked/nodes")).json.value as TestJson[];
      return list[0]?.state === "unusable" && list[0];
    });
    expect(at(unusable, "errors", 0, "code")).toBe("ApplicationPackageError");
  });
});
