import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireCommand } from "../../src/protocol/command-line.js";
import { type Outcome, startNode, TaskOnNode, type TestNode, type TestTask } from "./support/node.js";
import { processesWith } from "./support/processes.js";

let node: TestNode;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.remove());

function commands(items: readonly WireCommand[], more: Partial<TestTask> = {}): Promise<TaskOnNode> {
  return TaskOnNode.create(node, { items, ...more });
}

/** Runs one command, and gives its outcome. */
async function outcomeOf(command: WireCommand, more: Partial<TestTask> = {}): Promise<Outcome> {
  const [outcome] = await (await commands([command], more)).outcomes();
  if (outcome === undefined) throw new Error("The command has no outcome.");
  return outcome;
}

function shell(script: string, more: Partial<WireCommand> = {}): WireCommand {
  return { file: "/bin/sh", args: ["-c", script], ...more };
}

describe("a command", () => {
  it("gets its arguments, input and environment as they were", async () => {
    const hostile = [
      "$(rm -rf x)",
      "`id`",
      "a b",
      "'\"\\",
      "new\nline\ttab",
      "😀 ümlaut",
      "",
      "*",
      "-n",
      "; exit 3",
    ];
    const print =
      "process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.MINE, require('fs').readFileSync(0, 'utf8')]))";
    const outcome = await outcomeOf({
      file: process.execPath,
      args: ["-e", print, "--", ...hostile],
      env: { MINE: "$HOME 'x'\n" },
      stdin: "line 1\nline 2 é",
    });
    const { stdout, ...rest } = outcome.value as { stdout: string };
    expect(JSON.parse(stdout)).toEqual([hostile, "$HOME 'x'\n", "line 1\nline 2 é"]);
    expect(rest).toEqual({ exitCode: 0, stderr: "" });
    expect(outcome.files).toEqual([]);
  });

  it("has the node's environment without the run's settings, nothing to read, and a directory of its own", async () => {
    const script = "env; pwd; cat; ls -A";
    const outcome = await outcomeOf(shell(script), { environment: { LC_TEST: "yes" } });
    const { stdout } = outcome.value as { stdout: string };
    expect(stdout).toMatch(/^LC_TEST=yes$/m);
    expect(stdout).toMatch(/\/items\/0-1\n$/);
    expect(stdout).not.toMatch(/AZURE_BATCH_PARALLEL|sig=/);
  });

  it("runs beside others, up to the number of workers", async () => {
    // Each waits for the other one.
    const folder = (await commands([])).folder;
    const meet = (mine: string, other: string) =>
      shell(`touch ${folder}/${mine}; until [ -e ${folder}/${other} ]; do sleep 0.02; done; echo met`);
    const ran = await commands([meet("a", "b"), meet("b", "a")], { run: { workers: 2 } });
    const outcomes = await ran.outcomes();
    expect(outcomes.map((outcome) => (outcome.value as { stdout: string }).stdout)).toEqual([
      "met\n",
      "met\n",
    ]);
    expect((await ran.logs()).map((log) => log.stdout)).toEqual(["met\n", "met\n"]);
  });

  it("never runs more of them at once, however quick they are, nor one after another has stopped the run", async () => {
    const folder = (await commands([])).folder;
    const count = (exitCode: number) =>
      shell(`mkdir ${folder}/on-$$ && ls ${folder} | grep -c ^on-; rmdir ${folder}/on-$$; exit ${exitCode}`);
    const items = Array.from({ length: 300 }, (_unused, i) => count(i === 200 ? 1 : 0));
    const ran = await commands(items, { run: { workers: 2, stopOnFailure: true } });
    const outcomes = await ran.outcomes();
    const ended = outcomes.filter(({ failure }) => failure === undefined);
    const most = ended.map((outcome) => Number((outcome.value as { stdout: string }).stdout));
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
    expect(outcomes).toHaveLength(300);
    // Those that had started by then, and a few whose turn came before this process heard of the failure.
    expect(ended.length).toBeLessThanOrEqual(240);
    expect(outcomes.filter(({ failure }) => failure?.code === "Cancelled").length).toBe(299 - ended.length);
  });

  it("keeps none waiting behind it while there is room elsewhere", async () => {
    const folder = (await commands([])).folder;
    const quick = shell(`mktemp ${folder}/quick-XXXXXX`);
    const last = shell(`until [ $(ls ${folder} | grep -c ^quick-) -eq 99 ]; do sleep 0.02; done; echo last`);
    const items = Array.from({ length: 100 }, (_unused, i) => (i === 60 ? last : quick));
    const outcomes = await (await commands(items, { run: { workers: 2 } })).outcomes();
    expect(outcomes[60]?.value).toMatchObject({ stdout: "last\n" });
  });

  it("may end with any exit code that counts as success", async () => {
    const outcome = await outcomeOf(shell("echo fine; exit 3", { successExitCodes: [0, 3] }));
    expect(outcome.value).toEqual({ exitCode: 3, stdout: "fine\n", stderr: "" });
  });

  it("ends what it left running", async () => {
    const marker = `left-${process.pid}-${Date.now()}`;
    const outcome = await outcomeOf(shell(`/bin/sh -c 'sleep 1000; true' ${marker} & echo done`));
    expect(outcome.value).toMatchObject({ stdout: "done\n" });
    expect(processesWith(marker)).toEqual([]);
  });
});

describe("its failures", () => {
  it("have exit code, last words and both streams", async () => {
    const ran = await commands([shell("echo some; echo first >&2; echo 'it broke ' >&2; exit 2")], {
      run: { retries: 1 },
    });
    const [outcome] = await ran.outcomes();
    expect(outcome).toMatchObject({ attempt: 2 });
    expect(outcome?.failure).toEqual({
      code: "ExitCode",
      message: '"/bin/sh" ended with exit code 2: it broke',
      exitCode: 2,
      stdout: "some\n",
      stderr: "first\nit broke \n",
    });
    expect((await ran.logs()).map((log) => log.attempt)).toEqual([1, 2]);
    expect((await outcomeOf(shell("exit 1"))).failure?.message).toBe('"/bin/sh" ended with exit code 1');
    expect((await outcomeOf(shell("kill -SEGV $$"))).failure).toMatchObject({
      code: "Crashed",
      signal: "SIGSEGV",
      message: '"/bin/sh" was killed by SIGSEGV',
    });
  });

  it("say why a program could not be started", async () => {
    const files = { "no-interpreter": "#!/no/such/sh -e\n", "carriage-return": "#!/bin/sh\r\necho 1\n" };
    const run = (file: string, args: string[] = []) => ({ file, args });
    const outcomes = await (
      await commands(
        [
          run("no-such-program"),
          run("./no-such-file"),
          run("/no/such/file"),
          run("./no-interpreter"),
          run("./carriage-return"),
          run("/etc/passwd"),
          run("/"),
          run("echo", ["a\0b"]),
          run("echo", ["x".repeat(3_000_000)]),
          { ...run("no-such-program"), env: { PATH: "/mine" } },
        ],
        { files, environment: { PATH: "/usr/bin:/bin" }, packed: true },
      )
    ).outcomes();
    const said = outcomes.map(({ failure }) => `${failure?.code}: ${failure?.message}`);
    expect(said).toEqual([
      `CommandNotFound: "no-such-program" was not found on the node's PATH (/usr/bin:/bin).`,
      `CommandNotFound: "./no-such-file" was not found in the item's working directory, where relative paths start.`,
      'CommandNotFound: "/no/such/file" does not exist on the node.',
      'CommandNotStarted: "./no-interpreter" exists, but could not be started: the interpreter in its first line, "/no/such/sh -e", does not exist on the node.',
      'CommandNotStarted: "./carriage-return" exists, but could not be started: the interpreter in its first line, "/bin/sh\\r", does not exist on the node.',
      'CommandNotStarted: "/etc/passwd" could not be started: it is not a file with the permission to execute it.',
      'CommandNotStarted: "/" could not be started: it is not a file with the permission to execute it.',
      'CommandNotStarted: "echo" could not be started: a name, an argument or an environment value holds a null character.',
      'CommandNotStarted: "echo" could not be started: its arguments and environment are longer than the node allows; pass the data by stdin or in a file.',
      `CommandNotFound: "no-such-program" was not found on the node's PATH (/mine).`,
    ]);
  });

  it("include too much output, in time", async () => {
    const outcome = await outcomeOf({ file: "yes", args: [] });
    expect(outcome.failure).toMatchObject({ code: "OutputTooLarge" });
    expect(outcome.failure?.message).toMatch(/^"yes" wrote more than 16 MiB to its stdout: .*outputs/);
    const limit = 16 * 1024 * 1024;
    const most = await outcomeOf(shell(`head -c ${limit} /dev/zero | tr '\\0' é`));
    expect((most.value as { stdout: string }).stdout).toHaveLength(limit);
  });

  it("include a timeout, which ends all that it started", async () => {
    const marker = `slow-${process.pid}-${Date.now()}`;
    const stubborn = shell(`trap '' TERM; echo so far; /bin/sh -c 'sleep 1000; true' ${marker}`);
    const outcome = await outcomeOf(stubborn, { run: { timeout: 300 } });
    expect(outcome.failure).toMatchObject({ code: "TimedOut", stdout: "so far\n" });
    expect(processesWith(marker)).toEqual([]);
  });
});

describe("its files", () => {
  it("are the run's, its inputs, and what its outputs name", async () => {
    const container = await node.azurite.newContainer();
    await container.getBlockBlobClient("assets/x/in 1.txt").upload("one", 3);
    await container.getBlockBlobClient("assets/empty").upload("", 0);
    const script = [
      "cat 'sub/in 1.txt' empty shared.txt > out.txt",
      'cat "$0" >> out.txt',
      "mkdir -p deep/er folder; echo 1 > deep/a.png; echo 2 > deep/er/b.png; echo 3 > deep/.hidden.png; echo 4 > folder/c",
      "ln -s ../out.txt folder/link; ln -s / folder/root; printf changed > empty; echo x > '[odd].txt'",
    ].join("\n");
    const command: WireCommand = {
      file: "/bin/sh",
      args: ["-c", script, { file: "tool/conf" }],
      inputs: [
        { blob: "assets/x/in 1.txt", as: "sub/in 1.txt" },
        { blob: "assets/empty", as: "empty" },
      ],
      outputs: ["out.txt", "./deep/**/*.png", "folder/", "[odd].txt", "{sub,.}/**", "*", "no-match-*"],
    };
    const ran = await commands([command], {
      container,
      files: { "shared.txt": "shared\n", "tool/conf": "conf\n" },
    });
    const [outcome] = await ran.outcomes();
    const stored = new Map<string, string>();
    for (const file of outcome?.files ?? []) {
      const text = await ran.text(file.blob);
      expect(file.size).toBe(text.length);
      stored.set(file.name, text);
    }
    expect(outcome?.failure).toBeUndefined();
    expect([...stored.keys()]).toEqual([
      "out.txt",
      "deep/a.png",
      "deep/er/b.png",
      "folder/c",
      "folder/link",
      "[odd].txt",
      // It was an input, and the program changed it.
      "empty",
    ]);
    expect(stored.get("out.txt")).toBe("oneshared\nconf\n");
    expect(stored.get("folder/link")).toBe("oneshared\nconf\n");
    expect(stored.get("empty")).toBe("changed");
    expect(readdirSync(`${ran.folder}/wd-0`)).toEqual([]);
  });

  it("may be large", async () => {
    const size = 200 * 1024 * 1024;
    const outcome = await outcomeOf(shell(`truncate -s ${size} big.bin`, { outputs: ["big.bin"] }));
    expect(outcome.files).toMatchObject([{ name: "big.bin", size }]);
  });

  it("fail the item by name, where they cannot be had", async () => {
    const none = { file: "true", args: [] };
    const outcomes = await (
      await commands([
        { ...none, inputs: [{ blob: "assets/none", as: "in" }] },
        { ...none, inputs: [{ blob: "assets/none", as: "../in" }] },
        { ...none, inputs: [{ blob: "assets/none", as: "/tmp/in" }] },
        { ...none, outputs: ["missing.txt"] },
        { ...none, outputs: ["../*"] },
        { ...none, outputs: ["/etc/*"] },
        { ...none, outputs: ["*.txt"] },
      ])
    ).outcomes();
    const said = outcomes.map(({ failure }) => failure && `${failure.code}: ${failure.message}`);
    expect(said).toEqual([
      'FileTransferFailed: The input file "in" could not be brought to the node: Blob Storage refused to read assets/none: 404 BlobNotFound',
      `FileTransferFailed: The input file "../in" would lie outside the item's working directory.`,
      `FileTransferFailed: The input file "/tmp/in" would lie outside the item's working directory.`,
      'FileTransferFailed: The program left no file "missing.txt" to give back.',
      `FileTransferFailed: The output "../*" is not below the item's working directory.`,
      `FileTransferFailed: The output "/etc/*" is not below the item's working directory.`,
      undefined,
    ]);
  });
});
