import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at } from "../support/signed-client.js";
import { poolSpec, startWorkbench, type Workbench } from "../support/workbench.js";

// Stands for docker: shows what it was called with, and does what the image's name says.
const engine = `#!/bin/sh
if [ "$1" = rm ]; then sleep 0.5; echo "$@" >> "$HOME/removed"; exit; fi
for argument in "$@"; do echo "$argument"; done
echo "MINE=$MINE"
case "$*" in
  *missing-image*) echo "no such image" >&2; exit 125;;
  *slow-image*) sleep 60;;
esac
`;

let folder: string;
let bench: Workbench;
const containerConfiguration = { type: "dockerCompatible" };
const systemPath = "/usr/local/bin:/usr/bin:/bin";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "emulator-containers-test-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
  const { virtualMachineConfiguration } = poolSpec("x") as { virtualMachineConfiguration: object };
  bench = await startWorkbench(
    { path: `${folder}:${systemPath}` },
    { virtualMachineConfiguration: { ...virtualMachineConfiguration, containerConfiguration } },
  );
  await bench.addJob("job");
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

describe("a task with container settings", () => {
  test("runs in the container engine, its variables passed by name", async () => {
    const task = await bench.run("job", {
      id: "contained",
      commandLine: "echo 'two words'",
      containerSettings: {
        imageName: "my-image",
        containerRunOptions: "--gpus all",
        registry: { password: "secret" },
      },
      environmentSettings: [{ name: "MINE", value: "a value" }],
    });
    expect(task.containerSettings).toEqual({
      imageName: "my-image",
      containerRunOptions: "--gpus all",
      registry: {},
    });
    const words = (await bench.file("job", "contained")).split("\n");
    expect(words.slice(0, 2)).toEqual(["run", "--rm"]);
    expect(words.slice(-7)).toEqual(["--gpus", "all", "my-image", "echo", "two words", "MINE=a value", ""]);
    const workingDirectory = words[words.indexOf("--workdir") + 1];
    expect(workingDirectory).toMatch(/\/workitems\/job\/job-1\/contained\/wd$/);
    expect(words).toContain("MINE");
    expect(words).not.toContain("MINE=a value --env");
    expect(words[words.indexOf("--label") + 1]).toMatch(/^azure-batch-emulator=/);
  });

  test("fails when its image cannot be started", async () => {
    const containerSettings = { imageName: "missing-image" };
    const task = await bench.run("job", { id: "missing", commandLine: "true", containerSettings });
    expect(at(task, "executionInfo", "failureInfo", "code")).toBe("ContainerInvalidImage");
    expect(await bench.file("job", "missing", "stderr.txt")).toBe("no such image\n");
  });

  test("has its container removed when its time is over, and is completed when that is done", async () => {
    const containerSettings = { imageName: "slow-image" };
    const constraints = { maxWallClockTime: "PT0.3S" };
    await bench.run("job", { id: "slow", commandLine: "true", containerSettings, constraints });
    await bench.run("job", { id: "look", commandLine: "/bin/sh -c 'cat $HOME/removed'" });
    expect(await bench.file("job", "look")).toMatch(/^rm --force azure-batch-[0-9a-f-]{36}\n$/);
  });

  test("fails on a pool without containers", async () => {
    await bench.client.post("/pools", poolSpec("plain", { targetDedicatedNodes: 1 }));
    await bench.client.post("/jobs", { id: "plainjob", poolInfo: { poolId: "plain" } });
    const task = await bench.run("plainjob", {
      id: "task",
      commandLine: "true",
      containerSettings: { imageName: "my-image" },
    });
    expect(at(task, "executionInfo", "failureInfo", "code")).toBe("TaskSchedulingConstraintFailed");
  });

  test("fails clearly where there is no container engine", async () => {
    const { virtualMachineConfiguration } = poolSpec("x") as { virtualMachineConfiguration: object };
    const without = await startWorkbench(
      { path: join(folder, "nothing") },
      { virtualMachineConfiguration: { ...virtualMachineConfiguration, containerConfiguration } },
    );
    await without.addJob("job");
    const containerSettings = { imageName: "my-image" };
    const task = await without.run("job", { id: "task", commandLine: "true", containerSettings });
    expect(at(task, "executionInfo", "failureInfo")).toMatchObject({
      code: "ContainerMiscError",
      details: [{ name: "Message", value: expect.stringContaining("neither docker nor podman") }],
    });
    await without.close();
  });
});
