import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { command, InvalidArgumentError, python, task } from "../../src/index.js";
import { all, small, useAccount } from "../client/account/support.js";

/** What no program can be given: a NUL character, or half of a surrogate pair. */
const IMPOSSIBLE = /\0|\p{Surrogate}/u;

const naughty = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve("big-list-of-naughty-strings/blns.json"), "utf8"),
) as string[];
const generated = fc
  .sample(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), {
    numRuns: 300,
    seed: 42,
  })
  .filter((text) => !IMPOSSIBLE.test(text));
const HOSTILE = [...naughty, ...generated].filter((text) => !IMPOSSIBLE.test(text));

/** All that a command line of ours is made of: nothing in it means different things to different readers. */
const SAFE = /^[A-Za-z0-9_/.\- '"$]+$/;

/** Several hundred arguments, some to a program. */
const lists = Array.from({ length: Math.ceil(HOSTILE.length / 100) }, (_, n) =>
  HOSTILE.slice(100 * n, 100 * (n + 1)),
);

const used = useAccount();

describe(`${HOSTILE.length} hostile arguments`, () => {
  beforeAll(async () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(500);
    await used.batch.ensurePool(small("hostile").taskSlotsPerNode(2));
  });

  /** The command lines of a run's tasks and of what its job brings along. */
  async function commandLinesOf(runId: string): Promise<string[]> {
    const { jobPreparationTask } = await used.batch.job(runId).get();
    const tasks = await all(used.batch.job(runId).tasks());
    return [jobPreparationTask?.commandLine ?? "", ...tasks.map(({ commandLine }) => commandLine)];
  }

  /** What a program that prints its arguments with a NUL after each was given. */
  const argumentsIn = (stdout: string) => stdout.split("\0").slice(0, -1);

  it("arrive unchanged through command()", async () => {
    const printing = command((list: string[]) => ({ file: "printf", args: ["%s\\0", ...list] }));
    const run = used.batch.runParallel(lists, printing, { pool: "hostile", keep: "always" });
    expect((await run).flatMap(({ stdout }) => argumentsIn(stdout))).toEqual(HOSTILE);
    for (const line of await commandLinesOf(run.id)) expect(line).toMatch(SAFE);
  });

  it("arrive unchanged through a template", async () => {
    const printing = command<string>`printf '%s\0' ${(text) => text} "a ${(text) => text} b"`;
    const run = used.batch.runParallel(HOSTILE, printing, { pool: "hostile", keep: "always" });
    const results = (await run).map(({ stdout }) => argumentsIn(stdout));
    expect(results).toEqual(HOSTILE.map((text) => [text, `a ${text} b`]));
    for (const line of await commandLinesOf(run.id)) expect(line).toMatch(SAFE);
  });

  it("arrive unchanged through python()", async () => {
    const script = join(used.folder, "arguments.py");
    await writeFile(
      script,
      'import os, sys\nos.write(1, b"".join(os.fsencode(a) + b"\\0" for a in sys.argv[1:]))\n',
    );
    const printing = python<string[]>(script, { args: (list) => list, env: { PYTHONUTF8: "1" } });
    const run = used.batch.runParallel(lists, printing, { pool: "hostile", keep: "always" });
    expect((await run).flatMap(({ stdout }) => argumentsIn(stdout))).toEqual(HOSTILE);
    for (const line of await commandLinesOf(run.id)) expect(line).toMatch(SAFE);
  });

  it("arrive unchanged through task()", async () => {
    const job = await used.batch.createJob({ id: "hostile-tasks", poolInfo: { poolId: "hostile" } });
    const outputs = await Promise.all(
      lists.map(async (list, n) => {
        const added = await job.addTask(task(`t${n}`).command(["printf", "%s\\0", ...list]));
        const { executionInfo } = await added.wait({ deadline: "60s" });
        expect(executionInfo?.exitCode).toBe(0);
        return argumentsIn((await added.stdout()) ?? "");
      }),
    );
    expect(outputs.flat()).toEqual(HOSTILE);
    for (const { commandLine } of await all(job.tasks())) expect(commandLine).toMatch(SAFE);
  });

  it.each(["a\0b", "\ud800", "b\udfff"])("are refused where no program can have them: %j", async (text) => {
    const refused = expect.objectContaining({ name: "InvalidArgumentError" });
    const run = used.batch.runParallel(
      [text],
      command((one: string) => ({ file: "echo", args: [one] })),
    );
    await expect(run).rejects.toEqual(refused);
    expect(() => task("t").command(["echo", text]).build()).toThrow(InvalidArgumentError);
  });
});
