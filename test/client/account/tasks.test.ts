import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FileError, type Job, job, WaitError } from "../../../src/index.js";
import { all, small, useAccount } from "./support.js";

const used = useAccount();

describe("a job and its tasks", () => {
  let work: Job;

  beforeAll(async () => {
    const nodes = await used.batch.ensurePool(small("tasks").taskSlotsPerNode(4));
    work = await used.batch.createJob(job("work"), { pool: nodes });
  });

  it("runs a program with a file of this computer, and gives its output", async () => {
    const script = join(used.folder, "script.py");
    await writeFile(script, 'import sys; print("hello from Python"); print("careful", file=sys.stderr)');
    const task = await work.addTask({ id: "script", commandLine: "python3 script.py" }, { files: [script] });
    const { state, executionInfo } = await task.wait({ deadline: "30s" });
    expect(state).toBe("completed");
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success" });
    expect(await task.stdout()).toBe("hello from Python\n");
    expect(await task.stderr()).toBe("careful\n");
    expect(await task.tail(7)).toBe("Python\n");
  });

  it("refuses files that are not there before anything is added", async () => {
    const adding = work.addTask({ id: "no-file", commandLine: "true" }, { files: ["/no/such/file"] });
    await expect(adding).rejects.toMatchObject({ code: "InvalidArgument", option: "files", index: 0 });
    expect(await all(work.tasks({ filter: "id eq 'no-file'" }))).toEqual([]);
  });

  it("takes the same task again, and refuses another one of its id", async () => {
    const same = { id: "same", commandLine: "true", environmentSettings: [{ name: "A", value: "1" }] };
    await work.addTask(same);
    await work.addTask(same);
    await expect(work.addTask({ ...same, commandLine: "false" })).rejects.toMatchObject({
      code: "TaskExists",
    });
  });

  it("says what it saw last when a wait takes too long, and obeys a signal", async () => {
    const task = await work.addTask({ id: "long", commandLine: "sleep 60" });
    const error = await task.wait({ deadline: "300ms" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WaitError);
    expect(error).toMatchObject({ code: "DeadlineExceeded", waitedFor: "task long of job work to complete" });
    expect((error as WaitError).lastSeen).toMatch(/^it was (active|running)/);
    const stop = new AbortController();
    const waiting = work.wait({ signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await task.terminate();
    expect((await task.wait()).executionInfo).toMatchObject({ result: "failure" });
    await task.delete();
    await task.delete();
    await expect(task.wait()).rejects.toMatchObject({ code: "Gone" });
    await expect(task.get()).rejects.toMatchObject({ code: "TaskNotFound" });
  });

  it("follows what a task writes until it ends, over its retries", async () => {
    const program = `
      if [ -e second ]; then printf 'second try\\n'; sleep 0.2; printf 'done ü\\n'; exit 0; fi
      printf 'first try, which is the longer one\\n'; touch second; sleep 0.5; exit 1`;
    const task = await work.addTask({
      id: "follow",
      commandLine: `/bin/sh -c '${program.replace(/'/g, "'\\''")}'`,
      constraints: { maxTaskRetryCount: 1 },
    });
    let text = "";
    for await (const part of task.follow()) text += part;
    expect(text).toBe("first try, which is the longer one\nsecond try\ndone ü\n");
    expect((await task.get()).executionInfo?.retryCount).toBe(1);
  });

  it("downloads files and folders, whole or not at all, and nowhere else", async () => {
    const program =
      "mkdir -p out/deep; echo a > out/a.txt; head -c 20000000 /dev/zero > out/deep/large; echo b > b.txt";
    const task = await work.addTask({ id: "files", commandLine: `/bin/sh -c "${program}"` });
    await task.wait({ deadline: "30s" });

    const names = (await all(task.files({ prefix: "wd/" }))).filter(({ isDirectory }) => !isDirectory);
    expect(names.map(({ name, properties }) => [name, properties?.contentLength])).toEqual(
      expect.arrayContaining([
        ["wd/b.txt", 2],
        ["wd/out/a.txt", 2],
        ["wd/out/deep/large", 20_000_000],
      ]),
    );

    const to = join(used.folder, "downloaded");
    const paths = await task.downloadFolder("wd/out", to);
    expect(paths).toEqual([join(to, "a.txt"), join(to, "deep/large")]);
    expect((await readFile(join(to, "deep/large"))).equals(Buffer.alloc(20_000_000))).toBe(true);
    await task.download("wd/b.txt", join(to, "new/b.txt"));
    expect(await readFile(join(to, "new/b.txt"), "utf8")).toBe("b\n");

    await expect(task.download("wd/none", join(to, "none"))).rejects.toMatchObject({ code: "FileNotFound" });
    await expect(task.download("wd/out", join(to, "out"))).rejects.toMatchObject({ code: "IsDirectory" });
    await expect(task.downloadFolder("wd/none", to)).rejects.toBeInstanceOf(FileError);
    expect((await readdir(to)).sort()).toEqual(["a.txt", "deep", "new"]);

    // A link that lies in the folder leads out of it.
    const trap = join(used.folder, "trap");
    await mkdir(trap);
    await symlink(used.folder, join(trap, "deep"));
    await expect(task.downloadFolder("wd/out", trap)).rejects.toMatchObject({ code: "UnsafePath" });
    expect(await readdir(used.folder)).not.toContain("large");

    await task.deleteFile("wd/out");
    expect(await all(task.files({ prefix: "wd/out" }))).toEqual([]);
  });

  it("gives no output of a task that never ran", async () => {
    await work.disable("wait");
    const task = await work.addTask({ id: "never", commandLine: "true" });
    await expect(task.stdout()).rejects.toMatchObject({ code: "FileNotFound", path: "stdout.txt" });
    await task.terminate();
    await task.reactivate();
    expect((await task.get()).state).toBe("active");
    await task.update({ constraints: { maxTaskRetryCount: 2 } });
    expect((await task.get()).constraints?.maxTaskRetryCount).toBe(2);
    expect(await task.subtasks()).toEqual([]);
    await work.enable();
    await task.wait();
  });

  it("waits for all tasks and counts them", async () => {
    await work.addTasks(
      [1, 2, 3].map((n) => ({ id: `count-${n}`, commandLine: n === 2 ? "false" : "true" })),
    );
    const counts = await work.wait({ deadline: "1m" });
    expect(counts).toMatchObject({ active: 0, running: 0 });
    expect(counts.succeeded + counts.failed).toBe(counts.completed);
    expect(counts.failed).toBeGreaterThanOrEqual(1);
  });

  it("changes a job, ends it and deletes it", async () => {
    const short = await used.batch.createJob({ id: "short", poolInfo: { poolId: "tasks" } });
    await short.patch({ priority: 5 });
    expect(await short.get()).toMatchObject({ id: "short", state: "active", priority: 5 });
    await short.update({ poolInfo: { poolId: "tasks" } });
    expect((await short.get()).priority).toBe(0);
    await expect(all(short.preparations())).rejects.toMatchObject({
      code: "JobPreparationTaskOrReleaseTaskNotSpecified",
    });
    expect(await short.wait()).toMatchObject({ completed: 0 });
    await short.terminate("TooLate");
    expect((await short.waitUntilEnded()).executionInfo?.terminateReason).toBe("TooLate");
    const ids = await all(used.batch.jobs({ filter: "startswith(id,'short')", select: ["id", "state"] }));
    expect(ids).toEqual([{ id: "short", state: "completed" }]);
    await short.delete({ wait: true, deadline: "1m" });
    expect(await short.exists()).toBe(false);
    await expect(short.wait()).rejects.toMatchObject({ code: "Gone" });
  });

  it("refuses a job without a pool, and with two", async () => {
    await expect(used.batch.createJob(job("poolless"))).rejects.toMatchObject({ option: "pool" });
    const twice = { id: "twice", poolInfo: { poolId: "tasks" } };
    await expect(used.batch.createJob(twice, { pool: "tasks" })).rejects.toMatchObject({ option: "pool" });
    const named = small("tasks") as never;
    await expect(used.batch.createJob(job("named"), { pool: named })).rejects.toMatchObject({
      option: "pool",
    });
  });
});
