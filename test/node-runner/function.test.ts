import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, startNode, TaskOnNode, type TestNode, type TestTask } from "./support/node.js";
import { processesWith } from "./support/processes.js";

let node: TestNode;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.remove());

function task(source: string, items: readonly unknown[], more: Partial<TestTask> = {}): Promise<TaskOnNode> {
  return TaskOnNode.create(node, { module: `export default ${source};`, items, ...more });
}

function values(outcomes: readonly Outcome[]): unknown[] {
  return outcomes.map((outcome) => outcome.value);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe("a function", () => {
  it("runs for each item and gives back its value", async () => {
    const source = "(n, ctx) => ({ square: n * n, index: ctx.index, attempt: ctx.attempt })";
    const ran = await task(source, [1, 2, 3], { start: 40 });
    expect(values(await ran.outcomes())).toEqual([
      { square: 1, index: 40, attempt: 1 },
      { square: 4, index: 41, attempt: 1 },
      { square: 9, index: 42, attempt: 1 },
    ]);
    const parts = await ran.parts();
    expect(parts).toHaveLength(1);
    expect(parts[0]?.header).toMatchObject({
      complete: true,
      fulfilled: 3,
      rejected: 0,
      node: "node-1",
      logs: false,
    });
    expect(parts[0]?.header.itemMilliseconds).toBeGreaterThan(0);
  });

  it("may be asynchronous, import modules, and return anything that travels", async () => {
    const source = `async (item) => {
      const { createHash } = await import("node:crypto");
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Map([[item.at, createHash("sha256").update(item.bytes).digest()]]);
    }`;
    const at = new Date(0);
    const [outcome] = await (await task(source, [{ at, bytes: Buffer.from("abc") }])).outcomes();
    expect(outcome?.value).toEqual(new Map([[at, createHash("sha256").update("abc").digest()]]));
  });

  it("runs for thousands of items, over several workers", async () => {
    const ran = await task("(n) => n + 1", range(5000), { run: { workers: 3 } });
    expect(values(await ran.outcomes())).toEqual(range(5000).map((n) => n + 1));
  });

  it("gets long items spread over the workers, also after many short ones", async () => {
    // The last ones are long enough for other workers to start and take some over.
    const source = "(n) => new Promise((r) => setTimeout(() => r(process.pid), n < 300 ? 0 : 500))";
    const outcomes = await (await task(source, range(304), { run: { workers: 4 } })).outcomes();
    expect(new Set(values(outcomes.slice(300))).size).toBeGreaterThan(1);
  });

  it("has shared decoded once, and only for those that ask", async () => {
    const source =
      "(n, ctx) => n === 0 ? 'none' : ctx.shared.get('a') === ctx.shared.get('a') && ctx.shared.get('a')";
    const ran = await task(source, [0, 1], { shared: new Map([["a", 5n]]) });
    expect(values(await ran.outcomes())).toEqual(["none", 5n]);
    expect(values(await (await task("(n, ctx) => ctx.shared", [0])).outcomes())).toEqual([undefined]);
  });

  it("starts where the one before it did, whatever that one has changed", async () => {
    const source = `(n) => {
      const folder = process.cwd();
      process.chdir("/");
      JSON.stringify = () => "nonsense";
      return folder;
    }`;
    const outcomes = await (await task(source, range(3), { run: { workers: 1 } })).outcomes();
    const [folder, ...others] = values(outcomes);
    expect(folder).toMatch(/^\/./);
    expect(others).toEqual([folder, folder]);
  });

  it("sees the node's environment, without the run's settings, and no input", async () => {
    const source = `async () => {
      const { readFileSync } = await import("node:fs");
      return { environment: { ...process.env }, stdin: readFileSync(0, "utf8") };
    }`;
    const ran = await task(source, [0], {
      environment: { LC_TEST: "yes", AZURE_BATCH_PARALLEL_OTHER: "secret" },
    });
    const [outcome] = await ran.outcomes();
    expect(outcome?.value).toMatchObject({
      environment: { LC_TEST: "yes", AZ_BATCH_NODE_ID: "node-1" },
      stdin: "",
    });
    expect(JSON.stringify(outcome?.value)).not.toMatch(/AZURE_BATCH_PARALLEL|sig=/);
  });
});

describe("its failures", () => {
  it("are told with message, stack and cause", async () => {
    const source = `(n) => {
      if (n === 0) throw Object.assign(new RangeError("too small", { cause: new Error("inner") }), { limit: 1n });
      if (n === 1) return Promise.reject("just text");
      if (n === 2) throw { odd: true };
      if (n === 3) throw Object.assign(new Error("with a socket"), { socket: new WeakMap(), status: 500 });
      return n;
    }`;
    const outcomes = await (await task(source, range(5))).outcomes();
    expect(outcomes[0]?.failure).toMatchObject({ code: "FunctionFailed", message: "too small" });
    expect(outcomes[0]?.failure?.remoteStack).toMatch(/^RangeError: too small\n {4}at .*work\.mjs:2:/);
    const cause = outcomes[0]?.failure?.cause as RangeError & { limit: bigint };
    expect(cause).toBeInstanceOf(RangeError);
    expect(cause.limit).toBe(1n);
    expect((cause.cause as Error).message).toBe("inner");
    expect(outcomes[1]?.failure).toEqual({
      code: "FunctionFailed",
      message: "just text",
      cause: "just text",
    });
    expect(outcomes[2]?.failure).toMatchObject({ message: "{ odd: true }", cause: { odd: true } });
    expect(outcomes[3]?.failure).toMatchObject({ message: "with a socket", cause: { status: 500 } });
    expect(outcomes[3]?.failure?.cause).not.toHaveProperty("socket");
    expect(outcomes[4]?.value).toBe(4);
  });

  it("are told also where what was thrown has getters that throw, or is no value to look at", async () => {
    const source = `(n) => {
      const error = new TypeError("odd");
      const bad = { get() { throw new Error("getter"); } };
      if (n < 3) Object.defineProperty(error, ["message", "stack", "name"][n], bad);
      if (n === 3) throw new Proxy({}, { getPrototypeOf() { throw 2; }, get() { throw 3; } });
      if (n === 4) { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; }
      throw error;
    }`;
    const outcomes = await (await task(source, range(5))).outcomes();
    expect(outcomes.map(({ failure }) => failure?.code)).toEqual(range(5).map(() => "FunctionFailed"));
    expect(outcomes.map(({ failure }) => failure?.message)).toEqual([
      "TypeError",
      "odd",
      "odd",
      "{}",
      "<Revoked Proxy>",
    ]);
    for (const { failure } of outcomes.slice(0, 3)) expect(failure?.cause).toBeInstanceOf(TypeError);
  });

  it("keep their class, causes and errors where a part of them cannot travel", async () => {
    const source = `() => {
      class NoAnswerError extends TypeError {}
      const cause = Object.assign(new NoAnswerError("none", { cause: 1 }), { socket() {}, port: 80 });
      throw new AggregateError([cause, () => 1], "all", { cause });
    }`;
    const [outcome] = await (await task(source, [1])).outcomes();
    const error = outcome?.failure?.cause as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toEqual([error.cause, "[Function (anonymous)]"]);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.cause).toMatchObject({ name: "NoAnswerError", message: "none", cause: 1, port: 80 });
    expect(error.cause).not.toHaveProperty("socket");
    expect(Object.keys(error.cause as Error)).toEqual(["port"]);
  });

  it("name what of a result cannot travel", async () => {
    const outcomes = await (
      await task("(n) => n ? { rows: [0, { close() {} }] } : () => 1", [1, 0])
    ).outcomes();
    expect(outcomes.map((outcome) => outcome.failure)).toEqual([
      {
        code: "NotSerializable",
        message: "The function's result cannot travel: its .rows[1].close is the function close.",
      },
      { code: "NotSerializable", message: "The function's result cannot travel: it is a function." },
    ]);
  });

  it("leave the other items alone, whatever happens to the process", async () => {
    const source = `async (n) => {
      process.stderr.write("item " + n);
      if (n === 10) for (;;);
      if (n === 30) process.exit(3);
      if (n === 50) process.kill(process.pid, "SIGSEGV");
      if (n === 70) await new Promise(() => setTimeout(() => { throw new Error("late") }, 5));
      if (n === 80) process.kill(process.pid, "SIGKILL");
      return n;
    }`;
    const outcomes = await (await task(source, range(100), { run: { timeout: 400, workers: 2 } })).outcomes();
    const failed = outcomes.filter((outcome) => outcome.failure !== undefined);
    expect(failed.map((outcome) => outcome.offset)).toEqual([10, 30, 50, 70, 80]);
    expect(failed.map((outcome) => outcome.failure)).toMatchObject(
      [
        { code: "TimedOut", message: /timeout of 400 ms/, stderr: "item 10" },
        { code: "Crashed", exitCode: 3, message: /exit code 3 \(process\.exit\?\)/, stderr: "item 30" },
        { code: "Crashed", signal: "SIGSEGV", message: /killed by SIGSEGV/, stderr: "item 50" },
        { code: "Crashed", exitCode: 1, message: /nothing caught it: late/, stderr: "item 70" },
        { code: "Crashed", signal: "SIGKILL", message: /killed by SIGKILL/, stderr: "item 80" },
      ].map((failure) => ({ ...failure, message: expect.stringMatching(failure.message) as string })),
    );
    expect(failed[3]?.failure?.cause).toBeInstanceOf(Error);
    expect(failed[0]?.milliseconds).toBeGreaterThanOrEqual(400);
    expect(outcomes.filter((outcome) => outcome.value === outcome.offset)).toHaveLength(95);
  });

  it("are exactly those of the items that caused them, however fast the others are", async () => {
    const source = "(n) => { if (n % 100 === 42) process.kill(process.pid, 'SIGKILL'); return n; }";
    const outcomes = await (await task(source, range(1000), { run: { workers: 2 } })).outcomes();
    const failed = outcomes.filter((outcome) => outcome.failure !== undefined);
    expect(failed.map((outcome) => outcome.offset)).toEqual(range(10).map((n) => n * 100 + 42));
    expect(outcomes.filter((outcome) => outcome.value === outcome.offset)).toHaveLength(990);
  });

  it("are an item's own, where it leaves a rejected promise behind", async () => {
    const source =
      "(n) => { if (n % 10 === 3) Promise.reject(new Error('lost ' + n)); if (n === 23) throw 1; return n; }";
    const outcomes = await (await task(source, range(40), { run: { workers: 1 } })).outcomes();
    const failed = outcomes.filter((outcome) => outcome.failure !== undefined);
    expect(failed.map((outcome) => outcome.offset)).toEqual([3, 13, 23, 33]);
    expect(failed[1]?.failure).toMatchObject({
      code: "Crashed",
      message: "A promise was rejected and nothing handled it: lost 13",
      cause: { message: "lost 13" },
    });
  });

  it("include running out of memory and promises that cannot settle", async () => {
    const source = `(n) => {
      if (n === 0) return new Promise(() => {});
      if (n === 1) { const all = []; for (;;) all.push(new Array(1e5).fill(n)); }
      return n;
    }`;
    const ran = await task(source, range(3), { environment: { NODE_OPTIONS: "--max-old-space-size=40" } });
    const outcomes = await ran.outcomes();
    expect(outcomes[0]?.failure).toMatchObject({ code: "FunctionFailed" });
    expect(outcomes[0]?.failure?.message).toMatch(/cannot settle/);
    expect(outcomes[1]?.failure).toMatchObject({ code: "Crashed" });
    expect(outcomes[1]?.failure?.message).toMatch(/heap ran out of memory/);
    expect(outcomes[2]?.value).toBe(2);
  });

  it("are tried again, as often as retries says", async () => {
    const source = `(n, { attempt }) => {
      if (n === 1 && attempt < 3) throw new Error("not yet");
      if (n === 2) throw new Error("never");
      if (n === 3 && attempt === 1) process.exit(9);
      return [n, attempt];
    }`;
    const outcomes = await (await task(source, range(5), { run: { retries: 2 } })).outcomes();
    expect(outcomes.map((outcome) => outcome.attempt)).toEqual([1, 3, 3, 2, 1]);
    expect(values(outcomes)).toEqual([[0, 1], [1, 3], undefined, [3, 2], [4, 1]]);
    expect(outcomes[2]?.failure).toMatchObject({ code: "FunctionFailed", message: "never" });
  });

  it("end the chunk at once, where the run is to stop", async () => {
    const source = "(n) => { if (n === 40) throw new Error('enough'); return n; }";
    const run = { stopOnFailure: true, workers: 1, retries: 1 };
    const outcomes = await (await task(source, range(1000), { run })).outcomes();
    // The failed item's second attempt comes after all others have begun, so they are all there.
    expect(outcomes.filter((outcome) => outcome.failure === undefined)).toHaveLength(999);

    const stopped = await (await task(source, range(1000), { run: { ...run, retries: 0 } })).outcomes();
    expect(values(stopped.slice(0, 40))).toEqual(range(40));
    expect(stopped[40]?.failure?.message).toBe("enough");
    expect(stopped[40]?.attempt).toBe(1);
    for (const outcome of stopped.slice(41)) {
      expect(outcome).toMatchObject({ attempt: 0, failure: { code: "Cancelled" } });
    }
  });

  it("are every item's, where the function cannot be loaded", async () => {
    const missing = await TaskOnNode.create(node, {
      module: 'import "./no-such-file.mjs"; export default (n) => n;',
      items: [1, 2],
    });
    for (const outcome of await missing.outcomes()) {
      expect(outcome.failure).toMatchObject({ code: "FunctionFailed" });
      expect(outcome.failure?.message).toMatch(
        /^The module with the function could not be loaded: .*no-such-file/,
      );
    }
    const dies = await TaskOnNode.create(node, {
      module: "process.exit(4); export default 1;",
      items: [1, 2],
    });
    for (const outcome of await dies.outcomes()) {
      expect(outcome.failure).toMatchObject({ code: "Crashed", exitCode: 4 });
    }
  });
});

describe("the timeout", () => {
  it("aborts the item's signal first", async () => {
    const source = `(n, { signal }) => new Promise((resolve, reject) => {
      if (n === 0) return resolve("quick");
      signal.addEventListener("abort", () => reject(signal.reason));
    })`;
    const outcomes = await (await task(source, [0, 1, 0], { run: { timeout: 500 } })).outcomes();
    expect(values(outcomes)).toEqual(["quick", undefined, "quick"]);
    expect(outcomes[1]?.failure).toMatchObject({ code: "TimedOut", cause: { name: "TimeoutError" } });
  });

  it("counts an item's own time, not the time it waits", async () => {
    const source = "(n) => new Promise((resolve) => setTimeout(resolve, 150, n))";
    const outcomes = await (await task(source, range(6), { run: { timeout: 600, workers: 1 } })).outcomes();
    expect(values(outcomes)).toEqual(range(6));
  });

  it("ends what the item has started", async () => {
    const marker = `sleeper-${process.pid}-${Date.now()}`;
    const source = `async (marker) => {
      const { spawn } = await import("node:child_process");
      spawn("/bin/sh", ["-c", "sleep 1000; true", marker], { stdio: "inherit" });
      for (;;);
    }`;
    const [outcome] = await (await task(source, [marker], { run: { timeout: 500 } })).outcomes();
    expect(outcome?.failure).toMatchObject({ code: "TimedOut" });
    expect(processesWith(marker)).toEqual([]);
  });
});

describe("what items write", () => {
  it("is theirs, each attempt's own", async () => {
    const source = `async (n) => {
      console.log("out %d é", n);
      console.error("err", n);
      if (n === 3) throw new Error("no");
      return n;
    }`;
    const ran = await task(source, range(4), { run: { workers: 1, retries: 1 } });
    const outcomes = await ran.outcomes();
    expect(outcomes[3]?.failure?.stderr).toBe("err 3\n");
    const written = (n: number) => ({ stdout: `out ${n} é\n`, stderr: `err ${n}\n` });
    expect(await ran.logs()).toEqual([
      { offset: 0, attempt: 1, ...written(0) },
      { offset: 1, attempt: 1, ...written(1) },
      { offset: 2, attempt: 1, ...written(2) },
      { offset: 3, attempt: 1, ...written(3) },
      { offset: 3, attempt: 2, ...written(3) },
    ]);
    expect((await ran.parts()).map((part) => part.header.logs)).toEqual([true]);
  });

  it("is theirs also past the console: by a program they start, or to the stream itself", async () => {
    const source = `async (n) => {
      console.log("out %d é", n);
      const { execFileSync } = await import("node:child_process");
      const { writeSync } = await import("node:fs");
      execFileSync("/bin/sh", ["-c", "echo child"], { stdio: "inherit" });
      writeSync(2, "direct\\n");
      console.error("err", n);
    }`;
    const ran = await task(source, [2]);
    await ran.outcomes();
    const [log] = await ran.logs();
    expect(log?.stdout.split("\n").sort()).toEqual(["", "child", "out 2 é"]);
    expect(log?.stderr.split("\n").sort()).toEqual(["", "direct", "err 2"]);
  });

  it("is kept from its beginning and its end", async () => {
    const source = "() => { for (let i = 0; i < 100000; i++) console.log('line ' + i); process.abort(); }";
    const ran = await task(source, [1]);
    const [outcome] = await ran.outcomes();
    expect(outcome?.failure).toMatchObject({ code: "Crashed", signal: "SIGABRT" });
    const [log] = await ran.logs();
    expect(log?.stdout).toMatch(/^line 0\nline 1\n/);
    expect(log?.stdout).toMatch(/\n\[… \d+ characters left out …\]\n/);
    expect(log?.stdout).toMatch(/line 99999\n$/);
    expect(log?.stdout.length).toBeLessThan(70_000);
  });
});

describe("its files", () => {
  it("are the run's, and those it gives back", async () => {
    const source = `async (n, ctx) => {
      const fs = await import("node:fs");
      const path = await import("node:path");
      const before = fs.readdirSync(ctx.workDir).sort();
      const text = fs.readFileSync("data/table.csv", "utf8");
      fs.mkdirSync(path.join(ctx.workDir, "out"));
      fs.writeFileSync(path.join(ctx.workDir, "out", "ümläut #%.txt"), "made by " + n);
      fs.writeFileSync("empty", "");
      ctx.saveFile("out/ümläut #%.txt");
      ctx.saveFile(path.join(ctx.workDir, "empty"));
      return { before, text, folder: ctx.workDir, here: process.cwd() };
    }`;
    const ran = await task(source, [7, 8], { files: { "data/table.csv": "a,b\n", plain: "" } });
    const outcomes = await ran.outcomes();
    const value = outcomes[1]?.value as { before: string[]; text: string; folder: string; here: string };
    expect(value.before).toEqual(["data", "plain"]);
    expect(value.text).toBe("a,b\n");
    expect(value.here).toBe(value.folder);
    const files = outcomes[1]?.files ?? [];
    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ["out/ümläut #%.txt", 9],
      ["empty", 0],
    ]);
    expect(files[0]?.blob).toMatch(/^results\/1\/node-1-\w+\/out\/ümläut #%\.txt$/);
    expect(await ran.text(files[0]?.blob ?? "")).toBe("made by 8");
    expect(readdirSync(ran.folder)).toEqual(["prepared", "wd-0"]);
    expect(readdirSync(`${ran.folder}/wd-0`)).toEqual([]);
  });

  it("must be in its working directory, and there", async () => {
    const source = "(n, ctx) => ctx.saveFile(n)";
    const outcomes = await (await task(source, ["/etc/passwd", "../x", "missing.txt"])).outcomes();
    expect(outcomes.map((outcome) => outcome.failure?.code)).toEqual([
      "FunctionFailed",
      "FunctionFailed",
      "FileTransferFailed",
    ]);
    expect(outcomes[0]?.failure?.message).toMatch(/saveFile\("\/etc\/passwd"\)/);
    expect(outcomes[2]?.failure?.message).toMatch(/"missing.txt" could not be given back: it does not exist/);
  });
});
