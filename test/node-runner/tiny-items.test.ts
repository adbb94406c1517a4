import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitEntries } from "../../src/protocol/outcome-part.js";
import { type Outcome, startNode, TaskOnNode, type TestNode, type TestTask } from "./support/node.js";

/* Items so small that workers make many in one go. What happens to one of them must be that one's all the same. */

let node: TestNode;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.remove());

const COUNT = 20_000;
const items = Array.from({ length: COUNT }, (_, index) => index);
/** Long after the worker has come to trust the function. */
const RARE = 15_000;

function task(source: string, more: Partial<TestTask> = {}): Promise<TaskOnNode> {
  return TaskOnNode.create(node, {
    module: `import { execSync } from "node:child_process";\nexport default ${source};`,
    items,
    packed: true,
    ...more,
  });
}

/** The outcomes that are not the item itself. */
function special(outcomes: readonly Outcome[]): [number, unknown][] {
  expect(outcomes).toHaveLength(COUNT);
  return outcomes
    .filter(({ offset, value }) => value !== offset)
    .map(({ offset, value, failure }) => [
      offset,
      failure === undefined ? value : `${failure.code}: ${failure.message}`,
    ]);
}

describe("tiny items", () => {
  it("have their outcomes told in series", async () => {
    const ran = await task("(n) => n");
    expect(special(await ran.outcomes())).toEqual([]);
    for (const { header } of await ran.parts()) expect(header.rejected).toBe(0);
    const { entries } = splitEntries(await ran.text("outcomes/00000000/000000"));
    expect(entries.length).toBeLessThan(COUNT / 2);
  });

  it("get values of every kind, failures, promises and index among them", async () => {
    const source = `(n, ctx) => {
      if (n % 1000 === 7) return new Date(n);
      if (n % 1000 === 8) return undefined;
      if (n % 1000 === 9) throw new Error("no " + ctx.index);
      if (n % 1000 === 10) return Promise.resolve("late " + ctx.attempt);
      if (n % 1000 === 11) return -0;
      if (n % 1000 === 12) return { text: "a\\tb\\nc", list: [null, true] };
      return ctx.index;
    }`;
    const expected = Array.from({ length: COUNT / 1000 }, (_, thousand) => thousand * 1000).flatMap((n) => [
      [n + 7, new Date(n + 7)],
      [n + 8, undefined],
      [n + 9, `FunctionFailed: no ${n + 9}`],
      [n + 10, "late 1"],
      [n + 11, -0],
      [n + 12, { text: "a\tb\nc", list: [null, true] }],
    ]);
    expect(special(await (await task(source)).outcomes())).toEqual(expected);
  });

  it("may be of every kind themselves, in any order", async () => {
    const mixed = items.map((n) => {
      if (n % 100 === 7) return new Date(n);
      if (n % 1000 === 8) return undefined;
      return n % 10 === 9 ? { text: `a\t${n}\n~`, list: [n, null] } : n;
    });
    const ran = await task("(item) => item", { items: mixed });
    expect((await ran.outcomes()).map(({ value }) => value)).toEqual(mixed);
  });

  it.each([
    ["process.exit", "process.exit(3)", "exit code 3"],
    ["process.kill", "process.kill(process.pid, 'SIGKILL')", "killed by SIGKILL"],
    ["process.abort", "process.abort()", "killed by SIGABRT"],
    ["another process", "execSync('kill -9 ' + process.pid)", "killed by SIGKILL"],
    [
      "a rejection that nothing handles",
      "void Promise.reject(new Error('left'))",
      "nothing handled it: left",
    ],
    ["a late error", "queueMicrotask(() => { throw new Error('late'); })", "nothing caught it: late"],
  ])("give a death by %s to the item that caused it", async (_, deed, says) => {
    const ran = await task(`(n) => { if (n === ${RARE}) { ${deed}; } return n; }`);
    const deaths = special(await ran.outcomes());
    expect(deaths.map(([offset]) => offset)).toEqual([RARE]);
    expect(deaths[0]?.[1]).toContain(says);
  });

  it("are tried again alone where they failed or died", async () => {
    const source = `(n, { attempt }) => {
      if (n === 5000 && attempt === 1) throw new Error("once");
      if (n === ${RARE} && attempt === 1) process.exit(1);
      return n;
    }`;
    const outcomes = await (await task(source, { run: { retries: 1 } })).outcomes();
    expect(special(outcomes)).toEqual([]);
    expect(outcomes.filter(({ attempt }) => attempt === 2).map(({ offset }) => offset)).toEqual([5000, RARE]);
  });

  it("keep to a time limit each", async () => {
    const source = `(n) => { while (n === ${RARE}); return n; }`;
    const late = special(await (await task(source, { run: { timeout: 300 } })).outcomes());
    expect(late).toEqual([[RARE, expect.stringContaining("TimedOut")]]);
  });

  it("have what they write, and files, for themselves", async () => {
    const source = `(n, ctx) => {
      if (n === ${RARE}) console.log("out", n);
      if (n === ${RARE + 500}) Promise.resolve().then(() => 1).then(() => console.error("left behind"));
      if (n === ${RARE + 1000}) { process.chdir(ctx.workDir); }
      if (n === ${RARE + 1001}) return process.cwd().endsWith("-1") ? "not home" : n;
      return n;
    }`;
    const ran = await task(source);
    expect(special(await ran.outcomes())).toEqual([]);
    const logs = await ran.logs();
    expect(logs[0]).toEqual({ offset: RARE, attempt: 1, stdout: `out ${RARE}\n`, stderr: "" });
    // Of what is written after the item's end it is not known whose it is; it is not lost.
    expect(logs.map(({ stderr }) => stderr).join("")).toBe("left behind\n");
  });

  it("stop at a failure where the run does", async () => {
    const source = `(n) => { if (n === ${RARE}) throw new Error("stop"); return n; }`;
    const outcomes = await (await task(source, { run: { stopOnFailure: true, workers: 1 } })).outcomes();
    const codes = outcomes.slice(RARE).map(({ failure }) => failure?.code);
    expect(codes).toEqual(["FunctionFailed", ...Array(COUNT - RARE - 1).fill("Cancelled")]);
  });
});
