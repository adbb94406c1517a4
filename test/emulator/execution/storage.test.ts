import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAzurite, type TestStorage } from "../support/azurite.js";
import { at } from "../support/signed-client.js";
import { startWorkbench, type Workbench } from "../support/workbench.js";

let bench: Workbench;
let storage: TestStorage;

beforeAll(async () => {
  storage = await startAzurite();
  bench = await startWorkbench({ storage: storage.connectionString });
  await bench.addJob("job");
});
afterAll(async () => {
  await bench.close();
  await storage.close();
});

describe("resource files", () => {
  test("come by URL to their path, with their mode", async () => {
    const container = await storage.container("r");
    await container.put("tool.sh", "#!/bin/sh\necho tool\n");
    const task = await bench.run("job", {
      id: "url",
      commandLine: "/bin/sh -c 'bin/tool; stat -c %a bin/tool plain'",
      resourceFiles: [
        { httpUrl: container.blobUrl("tool.sh"), filePath: "bin/tool", fileMode: "0755" },
        { httpUrl: container.blobUrl("tool.sh"), filePath: "plain" },
      ],
    });
    expect(task.executionInfo).toMatchObject({ exitCode: 0 });
    expect(await bench.file("job", "url")).toBe("tool\n755\n770\n");
  });

  test("come from a container, those with a prefix, into a directory", async () => {
    const container = await storage.container("rl");
    for (const name of ["in/a.txt", "in/deep/b c.txt", "in/50%.txt", "other.txt"])
      await container.put(name, name);
    await bench.run("job", {
      id: "container",
      commandLine: "/bin/sh -c 'find data all -type f | sort'",
      resourceFiles: [
        { storageContainerUrl: container.sasUrl, blobPrefix: "in/", filePath: "data" },
        { storageContainerUrl: container.sasUrl, filePath: "all" },
      ],
    });
    expect((await bench.file("job", "container")).trim().split("\n")).toEqual([
      "all/in/50%.txt",
      "all/in/a.txt",
      "all/in/deep/b c.txt",
      "all/other.txt",
      "data/in/50%.txt",
      "data/in/a.txt",
      "data/in/deep/b c.txt",
    ]);
  });

  test.each([
    ["missing", "BlobNotFound", { file: "missing", permissions: "r" }],
    ["denied", "BlobAccessDenied", { file: "a.txt", permissions: "w" }],
  ])("that are %s fail the task before it starts", async (id, code, { file, permissions }) => {
    const container = await storage.container(permissions);
    await container.put("a.txt", "a");
    const resourceFiles = [{ httpUrl: container.blobUrl(file), filePath: "x" }];
    const task = await bench.run("job", { id, commandLine: "true", resourceFiles });
    expect(task.executionInfo).toMatchObject({ result: "failure", failureInfo: { code } });
    expect(task.executionInfo).not.toHaveProperty("exitCode");
    expect(JSON.stringify(at(task, "executionInfo"))).not.toContain("sig=");
  });

  test("come from a container of the linked storage account by its name", async () => {
    const container = await storage.container("r");
    await container.put("linked.txt", "linked\n");
    const resourceFiles = [{ autoStorageContainerName: container.name }];
    await bench.run("job", { id: "linked", commandLine: "cat linked.txt", resourceFiles });
    expect(await bench.file("job", "linked")).toBe("linked\n");
  });

  test("of a container that does not exist fail the task", async () => {
    const resourceFiles = [{ autoStorageContainerName: "nosuchcontainer" }];
    const task = await bench.run("job", { id: "unlinked", commandLine: "true", resourceFiles });
    expect(at(task, "executionInfo", "failureInfo", "code")).toBe("ResourceContainerNotFound");
  });

  test("do not leave the working directory", async () => {
    const container = await storage.container("r");
    await container.put("a.txt", "a");
    const resourceFiles = [{ httpUrl: container.blobUrl("a.txt"), filePath: "../../escaped.txt" }];
    const answer = await bench.client.post("/jobs/job/tasks", {
      id: "escape",
      commandLine: "true",
      resourceFiles,
    });
    expect([answer.status, answer.json.code]).toEqual([400, "InvalidPropertyValue"]);
  });
});

describe("output files", () => {
  const to = (containerUrl: string, path?: string): object => ({ container: { containerUrl, path } });
  const when = (uploadCondition: string): object => ({ uploadCondition });

  test("are those that match, under the destination's path", async () => {
    const container = await storage.container("cw");
    await bench.run("job", {
      id: "outputs",
      commandLine:
        "/bin/sh -c 'mkdir -p out/deep; echo 1 > out/a.txt; echo 2 > out/deep/b.txt; echo 3 > out/c.log'",
      outputFiles: [
        {
          filePattern: "out/*.txt",
          destination: to(container.sasUrl, "one"),
          uploadOptions: when("tasksuccess"),
        },
        {
          filePattern: "out/**/*.txt",
          destination: to(container.sasUrl, "two"),
          uploadOptions: when("TaskCompletion"),
        },
        {
          filePattern: "out/c.log",
          destination: to(container.sasUrl, "named"),
          uploadOptions: when("taskcompletion"),
        },
        { filePattern: "../std*.txt", destination: to(container.sasUrl), uploadOptions: when("tasksuccess") },
        {
          filePattern: "$AZ_BATCH_TASK_DIR/stdout.txt",
          destination: to(container.sasUrl, "log"),
          uploadOptions: when("tasksuccess"),
        },
        {
          filePattern: "out/a.txt",
          destination: to(container.sasUrl, "never"),
          uploadOptions: when("taskfailure"),
        },
        {
          filePattern: "nothing/*.txt",
          destination: to(container.sasUrl, "none"),
          uploadOptions: when("tasksuccess"),
        },
      ],
    });
    expect(await container.names()).toEqual(
      ["log", "named", "one/a.txt", "stderr.txt", "stdout.txt", "two/a.txt", "two/deep/b.txt"].sort(),
    );
    expect(await container.read("two/deep/b.txt")).toBe("2\n");
    expect(await bench.file("job", "outputs", "fileuploadout.txt")).not.toContain("sig=");
  });

  test("of a failed task are those that ask for failures", async () => {
    const container = await storage.container("cw");
    const task = await bench.run("job", {
      id: "failing",
      commandLine: "/bin/sh -c 'echo broken >&2; exit 2'",
      outputFiles: [
        {
          filePattern: "../stderr.txt",
          destination: to(container.sasUrl, "why"),
          uploadOptions: when("taskfailure"),
        },
        {
          filePattern: "../stdout.txt",
          destination: to(container.sasUrl, "no"),
          uploadOptions: when("tasksuccess"),
        },
      ],
    });
    expect(task.executionInfo).toMatchObject({ exitCode: 2, failureInfo: { code: "FailureExitCode" } });
    expect(await container.names()).toEqual(["why"]);
    expect(await container.read("why")).toBe("broken\n");
  });

  test("that cannot be stored fail a task that exited with 0", async () => {
    const container = await storage.container("r");
    const task = await bench.run("job", {
      id: "denied-upload",
      commandLine: "true",
      outputFiles: [
        {
          filePattern: "../stdout.txt",
          destination: to(container.sasUrl, "x"),
          uploadOptions: when("tasksuccess"),
        },
      ],
    });
    expect(task.executionInfo).toMatchObject({
      exitCode: 0,
      result: "failure",
      failureInfo: { category: "UserError", code: "FileUploadAccessDenied" },
    });
    expect(JSON.stringify(at(task, "executionInfo"))).not.toContain("sig=");
  });

  test("for a container that nobody serves fail the task, and only it", async () => {
    const task = await bench.run("job", {
      id: "no-host",
      commandLine: "/bin/sh -c 'exit 3'",
      outputFiles: [
        {
          filePattern: "../stdout.txt",
          destination: to("http://127.0.0.1:1/nowhere", "x"),
          uploadOptions: when("taskcompletion"),
        },
      ],
    });
    expect(task.executionInfo).toMatchObject({ exitCode: 3, failureInfo: { code: "FailureExitCode" } });
    expect(await bench.file("job", "no-host", "fileuploaderr.txt")).toContain("FileUploadMiscError");
  });

  test("for a container that does not exist say so", async () => {
    const container = await storage.container("cw");
    const task = await bench.run("job", {
      id: "no-container",
      commandLine: "true",
      outputFiles: [
        {
          filePattern: "../stdout.txt",
          destination: to(container.sasUrl.replace(container.name, "doesnotexist"), "x"),
          uploadOptions: when("tasksuccess"),
        },
      ],
    });
    expect(at(task, "executionInfo", "failureInfo", "code")).toMatch(
      /^FileUpload(ContainerNotFound|AccessDenied)$/,
    );
  });
});
