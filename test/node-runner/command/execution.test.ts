import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Execution, execute, type Program } from "../../../src/node-runner/command/execute.js";
import { Spawner } from "../../../src/node-runner/command/spawner.js";
import { ProcessGuard } from "../../../src/node-runner/process-guard.js";
import { processesWith } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "execution-"));
const environment = { PATH: process.env.PATH ?? "", KEPT: "as it is\n'" };
const guard = new ProcessGuard();
let spawner: Spawner;

beforeAll(async () => {
  const started = await Spawner.start(200, environment, (fault) => {
    throw fault;
  });
  if (started === undefined) throw new Error("The tests need Python 3.");
  spawner = started;
});
afterAll(() => {
  spawner.close();
  guard.done();
  rmSync(folder, { recursive: true });
});

function program(file: string, args: readonly string[], more: Partial<Program> = {}): Program {
  return { file, args, folder, environment, ownEnvironment: {}, ...more };
}

const shell = (script: string, more: Partial<Program> = {}) => program("/bin/sh", ["-c", script], more);

// The one where the node has Python, the other where not: nobody shall see a difference.
describe.each<[string, (program: Program) => Promise<Execution>]>([
  ["by the spawner", async (one) => (await spawner.execute(one)) as Execution],
  ["by Node.js", (one) => execute(one, guard)],
])("a program started %s", (_, run) => {
  it("gets its arguments, environment, directory and input byte for byte", async () => {
    const args = ["", "a b", "$HOME", "`id`", "*", "\n\t", "'\"\\", "😀", "\u0001\u007f"];
    const script = 'pwd; env | grep -c ^KEPT=; printf \'<%s>\' "$KEPT" "$OWN" "$@"; cat';
    const own = { OWN: "mine = '$(x)'" };
    const { ending, stdout, stderr } = await run(
      program("/bin/sh", ["-c", script, "sh", ...args], {
        environment: { ...environment, ...own },
        ownEnvironment: own,
        stdin: "€ in\n",
      }),
    );
    expect(ending).toEqual({ kind: "exited", exitCode: 0 });
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `${folder}\n1\n${[environment.KEPT, own.OWN, ...args].map((text) => `<${text}>`).join("")}€ in\n`,
    );
  });

  it("has nothing to read where nothing is given, and need not read what is", async () => {
    expect(await run(shell("cat; echo end"))).toMatchObject({ stdout: "end\n" });
    expect(await run(shell("exec 0<&-; echo end", { stdin: "x".repeat(1_000_000) }))).toMatchObject({
      stdout: "end\n",
    });
    const much = "y".repeat(3_000_000);
    expect((await run(shell("cat", { stdin: much }))).stdout).toBe(much);
  });

  it("ends with its exit code, or the signal that killed it", async () => {
    expect((await run(shell("echo no >&2; exit 7"))).ending).toEqual({ kind: "exited", exitCode: 7 });
    expect((await run(shell("kill -9 $$"))).ending).toEqual({ kind: "killed", signal: "SIGKILL" });
    expect((await run(shell("kill -TERM $$"))).ending).toEqual({ kind: "killed", signal: "SIGTERM" });
  });

  it("leads a group that ends with it", async () => {
    const marker = `group-${process.pid}-${Date.now()}`;
    await run(shell(`/bin/sh -c 'sleep 100; true' ${marker} & echo left`));
    expect(processesWith(marker)).toEqual([]);
  });

  it("is not waited for longer because what it started holds its streams", async () => {
    const ended = await run(shell("setsid sleep 5 & echo left"));
    expect(ended).toMatchObject({ ending: { kind: "exited", exitCode: 0 }, stdout: "left\n" });
  });

  it("is ended when its time is up, also where it does not want to", async () => {
    const ended = await run(shell("trap '' TERM; echo begun; while :; do sleep 0.1; done", { timeout: 200 }));
    expect(ended).toMatchObject({ ending: { kind: "timed out" }, stdout: "begun\n" });
  });

  it("may not write without end", async () => {
    expect((await run(shell("cat /dev/zero"))).ending).toEqual({ kind: "wrote too much", stream: "stdout" });
    expect((await run(shell("cat /dev/zero >&2"))).ending).toEqual({
      kind: "wrote too much",
      stream: "stderr",
    });
  });

  it("says why it could not start", async () => {
    writeFileSync(join(folder, "no-permission"), "#!/bin/sh\n", { mode: 0o600 });
    writeFileSync(join(folder, "no-interpreter"), "#!/no/such/sh\n", { mode: 0o700 });
    const codeOf = async (file: string, more: Partial<Program> = {}) => {
      const { ending } = await run(program(file, [], more));
      return ending.kind === "not started" ? ending.error.code : ending.kind;
    };
    expect(await codeOf("no-such-program")).toBe("ENOENT");
    expect(await codeOf("./no-permission")).toBe("EACCES");
    expect(await codeOf("./no-interpreter")).toBe("ENOENT");
    expect(await codeOf("/bin/echo", { args: ["a\0b"] })).toBe("ERR_INVALID_ARG_VALUE");
    expect(await codeOf("/bin/echo", { args: ["x".repeat(3_000_000)] })).toBe("E2BIG");
  });

  it("may be a script whose first line names no interpreter", async () => {
    writeFileSync(join(folder, "plain-script"), 'echo "plain $1"\n', { mode: 0o700 });
    expect((await run(program("./plain-script", ["one"]))).stdout).toBe("plain one\n");
    const path = { ...environment, PATH: `${folder}:${environment.PATH}` };
    const found = await run(program("plain-script", ["two"], { environment: path, ownEnvironment: path }));
    expect(found.stdout).toBe("plain two\n");
  });

  it("runs beside a hundred others", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 100 }, (_unused, i) => run(shell(`sleep 0.05; echo ${i}`))),
    );
    expect(outputs.map(({ stdout }) => stdout)).toEqual(outputs.map((_unused, i) => `${i}\n`));
  });
});

describe("the spawner", () => {
  it("runs so many at once, in their order, and says how long each took", async () => {
    const own = (await Spawner.start(2, environment, () => undefined)) as Spawner;
    const log = join(folder, "in-order");
    const ends = await Promise.all(
      Array.from({ length: 6 }, (_unused, i) =>
        own.execute(shell(`echo "+${i}" >> ${log}; sleep 0.2; echo "-${i}" >> ${log}`)),
      ),
    );
    own.close();
    const lines = readFileSync(log, "utf8").trim().split("\n");
    let atOnce = 0;
    let most = 0;
    for (const line of lines) {
      atOnce += line.startsWith("+") ? 1 : -1;
      most = Math.max(most, atOnce);
    }
    expect(most).toBe(2);
    expect(lines.filter((line) => line.startsWith("+")).map((line) => Math.floor(Number(line) / 2))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    // The time for which it waited is not in it: the last one waited twice as long as it ran.
    for (const end of ends) expect(end?.milliseconds).toBeGreaterThan(190);
    const all = ends.reduce((sum, end) => sum + (end?.milliseconds ?? 0), 0);
    expect(Math.min(...ends.map((end) => end?.milliseconds ?? 0))).toBeLessThanOrEqual(all / 6);
  });

  it("gives a program its time from its start on", async () => {
    const own = (await Spawner.start(1, environment, () => undefined)) as Spawner;
    const ends = await Promise.all([1, 2, 3].map(() => own.execute(shell("sleep 0.4", { timeout: 1000 }))));
    own.close();
    expect(ends.map((end) => end?.ending.kind)).toEqual(["exited", "exited", "exited"]);
  });

  it("gives back what has not started, and goes on", async () => {
    const own = (await Spawner.start(1, environment, () => undefined)) as Spawner;
    const first = own.execute(shell("touch begun; sleep 0.3; echo first"));
    const waiting = [1, 2].map(() => own.execute(shell("echo never")));
    await expect.poll(() => existsSync(join(folder, "begun"))).toBe(true);
    own.withdraw();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(await first).toMatchObject({ stdout: "first\n" });
    expect(await own.execute(shell("echo next"))).toMatchObject({ stdout: "next\n" });
    own.close();
  });

  it("starts the next one where one could not be started", async () => {
    const own = (await Spawner.start(1, environment, () => undefined)) as Spawner;
    const ends = await Promise.all(
      ["no-such-program", "no-such-program", "/bin/true"].map((file) => own.execute(program(file, []))),
    );
    own.close();
    expect(ends.map((end) => end?.ending.kind)).toEqual(["not started", "not started", "exited"]);
  });

  it("takes all that a quick program writes, and one that closes its streams before it ends", async () => {
    const large = "z".repeat(300_000);
    const [much, closed, exact] = await Promise.all([
      spawner.execute(
        shell(`printf %s "$ONE" "$ONE" "$ONE"; printf %s "$ONE" >&2`, {
          ownEnvironment: { ONE: large.slice(0, 100_000) },
        }),
      ),
      spawner.execute(shell("echo said; exec 1>&- 2>&-; sleep 0.1; exit 4")),
      spawner.execute(shell("head -c 65536 /dev/zero | tr '\\0' z")),
    ]);
    expect(much?.stdout).toBe(large);
    expect(much?.stderr).toBe(large.slice(0, 100_000));
    expect(closed).toMatchObject({ ending: { kind: "exited", exitCode: 4 }, stdout: "said\n" });
    expect(exact?.stdout).toBe(large.slice(0, 65_536));
  });

  it("kills what runs when its own process goes", async () => {
    const own = (await Spawner.start(200, environment, () => undefined)) as Spawner;
    const marker = `orphan-${process.pid}-${Date.now()}`;
    void own.execute(shell(`sleep 100; : ${marker}`));
    await expect.poll(() => processesWith(marker).length).toBeGreaterThan(0);
    own.close();
    await expect.poll(() => processesWith(marker)).toEqual([]);
  });
});
