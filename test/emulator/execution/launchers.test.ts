import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDirectLauncher } from "../../../src/emulator/execution/direct-launcher.js";
import type { Launcher, Program } from "../../../src/emulator/execution/launcher.js";
import { createShellLauncher } from "../../../src/emulator/execution/shell-launcher.js";
import { until } from "../support/until.js";

const launchers: [string, (groups: string) => Launcher][] = [
  ["the shell launcher", (groups) => createShellLauncher(groups, "/usr/bin/setsid")],
  ["the direct launcher", createDirectLauncher],
];

describe.each(launchers)("%s", (_name, create) => {
  let folder: string;
  let groups: string;
  let launcher: Launcher;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "launcher-test-"));
    groups = join(folder, "groups");
    mkdirSync(groups);
    launcher = create(groups);
  });
  afterEach(async () => {
    await launcher.close();
    rmSync(folder, { recursive: true });
  });

  const program = (command: string[], environment: Record<string, string> = {}): Program => ({
    command,
    workingDirectory: folder,
    environment: { PATH: "/usr/bin:/bin", ...environment },
    stdout: join(folder, "stdout.txt"),
    stderr: join(folder, 'stderr\'s "file".txt'),
  });
  const output = (): string => readFileSync(join(folder, "stdout.txt"), { encoding: "utf8", flag: "a+" });

  test.each([0, 1, 127, 255])("gives the exit code %i", async (code) => {
    expect(await launcher.launch(program(["sh", "-c", `exit ${code}`])).exit).toBe(code);
    await until(async () => readdirSync(groups).length === 0);
  });

  test("gives a signal as a shell has it", async () => {
    expect(await launcher.launch(program(["sh", "-c", "kill -TERM $$"])).exit).toBe(143);
  });

  test.each(["INT", "QUIT", "HUP", "PIPE"])("lets SIG%s end a program", async (signal) => {
    const end = await launcher.launch(program(["sh", "-c", `kill -${signal} $$; exit 9`])).exit;
    expect(end).toBe(128 + constants.signals[`SIG${signal}` as NodeJS.Signals]);
  });

  test("starts a program whose name looks like a variable", async () => {
    writeFileSync(join(folder, "a=b"), "#!/bin/sh\necho started\n", { mode: 0o755 });
    expect(await launcher.launch(program(["./a=b"], { "with.dots": "1" })).exit).toBe(0);
    expect(output()).toBe("started\n");
  });

  test("passes arguments and variables whatever is in them, and no others", async () => {
    const odd = "a 'b' \"c\" $d `e` \\ \n; & | # ü €";
    const environment = {
      ODD: odd,
      "with.dots-and": "1",
      UID: "2",
      IFS: ",",
      PWD: "/nowhere",
      _: "x",
      OPTIND: "y",
    };
    const script =
      "const { ODD, ...rest } = process.env; console.log(JSON.stringify([process.argv.slice(1), ODD, rest]));";
    const { exit } = launcher.launch(
      program([process.execPath, "-e", script, "--", odd, "", "*"], environment),
    );
    expect(await exit).toBe(0);
    const { ODD: _odd, ...rest } = environment;
    expect(JSON.parse(output())).toEqual([[odd, "", "*"], odd, { PATH: "/usr/bin:/bin", ...rest }]);
  });

  test("starts programs in their folder, each in a group that is recorded", async () => {
    const { exit, killGroup } = launcher.launch(
      program(["sh", "-c", "pwd; cut -d' ' -f5 /proc/$$/stat; sleep 60"]),
    );
    const [place, group] = await until(async () => {
      const lines = output().trim().split("\n");
      return lines.length === 2 && lines;
    });
    expect(place).toBe(folder);
    expect(readdirSync(groups)).toEqual([group]);
    killGroup();
    expect(await exit).toBe(137);
    await until(async () => readdirSync(groups).length === 0);
  });

  test("kills a program that it has hardly started", async () => {
    for (let count = 0; count < 10; count++) {
      const { exit, killGroup } = launcher.launch(program(["sleep", "60"]));
      killGroup();
      expect(await exit).toBe(137);
    }
  });

  test.runIf(process.platform === "linux")("leaves no zombie", async () => {
    const ends = Array.from({ length: 8 }, () => launcher.launch(program(["true"])).exit);
    await Promise.all(ends);
    await until(async () => zombiesOf(process.pid).length === 0);
  });

  test("runs many at once", async () => {
    const runs = Array.from({ length: 50 }, (_, index) => {
      return launcher.launch({
        ...program(["sh", "-c", `exit ${index}`]),
        stdout: join(folder, `out${index}`),
      }).exit;
    });
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });
});

/** The processes that have ended, and whose parent, or its parent, is this one and has not let go of them. */
function zombiesOf(ancestor: number): string[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(statusOf);
  const children = all.filter(({ parent }) => parent === ancestor).map(({ pid }) => pid);
  return all
    .filter(({ parent, state }) => state === "Z" && children.includes(parent))
    .map(({ pid }) => String(pid));
}

function statusOf(pid: string): { pid: number; parent: number; state: string | undefined } {
  try {
    // The name of the program comes before, in brackets.
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) (?=[A-Z] )/);
    const [state, parent] = rest.split(" ");
    return { pid: Number(pid), parent: Number(parent), state };
  } catch {
    return { pid: Number(pid), parent: 0, state: undefined };
  }
}

test("what a killed shell had started ends, and another shell starts the next program", async () => {
  const folder = mkdtempSync(join(tmpdir(), "launcher-test-"));
  const launcher = createShellLauncher(folder, "/usr/bin/setsid");
  const program = (script: string): Program => ({
    command: ["sh", "-c", script],
    workingDirectory: folder,
    environment: { PATH: "/usr/bin:/bin" },
    stdout: join(folder, "stdout.txt"),
    stderr: join(folder, "stderr.txt"),
  });
  // The program's parent follows it for the shell, which is the parent of that.
  const script = "set -- $(cat /proc/$PPID/stat); echo $4; sleep 60";
  const { exit } = launcher.launch(program(script));
  const shell = await until(async () => {
    const text = readFileSync(join(folder, "stdout.txt"), { encoding: "utf8", flag: "a+" });
    return text.endsWith("\n") && Number(text);
  });
  process.kill(shell, "SIGKILL");
  expect(await exit).toBe(137);
  expect(await launcher.launch(program("exit 4")).exit).toBe(4);
  await launcher.close();
  rmSync(folder, { recursive: true });
});
