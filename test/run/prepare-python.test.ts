import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wheel } from "./support/wheels.js";

/** The system's Python, and those that pyenv has, one of each minor version. */
const PYTHONS = pythons();

const greeting = wheel("greeting", "1.2", "text = 'hello'\ndef main(): print('1.2')\n");

let root: string;
let hidden: string;
let cases = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "prepare python "));
  hidden = join(root, "hidden");
  mkdirSync(hidden);
  for (const module of ["ensurepip", "pip", "venv", "distutils"]) {
    writeFileSync(join(hidden, `${module}.py`), `raise ImportError("there is no ${module} here")\n`);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Node {
  readonly shared: string;
  readonly work: string;
}

/** A working directory of job preparation, on a node of its own or on another one's. */
function newNode(requirements: string, shared = join(root, `shared ${++cases}`)): Node {
  const work = join(root, `work ${++cases}`);
  mkdirSync(join(work, "requirements"), { recursive: true });
  mkdirSync(shared, { recursive: true });
  copyFileSync("assets/virtualenv.pyz", join(work, "virtualenv.pyz"));
  writeFileSync(join(work, "requirements", "requirements.txt"), requirements);
  writeFileSync(join(work, "requirements", greeting.file), greeting.content);
  return { shared, work };
}

function start(python: string, { shared, work }: Node): ChildProcess {
  return spawn(python, ["assets/prepare-python.py"], {
    detached: true,
    env: {
      PATH: "/usr/bin:/bin",
      PYTHONPATH: hidden,
      AZ_BATCH_TASK_WORKING_DIR: work,
      AZ_BATCH_NODE_SHARED_DIR: shared,
      AZURE_BATCH_PARALLEL_REQUIREMENTS: "0123456789abcdef",
      PIP_RETRIES: "0",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { stderr: await text(child.stderr!), code: await code };
}

function greets({ work }: Node): string {
  const program = "import greeting; print(greeting.text)";
  return execFileSync(join(work, "venv", "bin", "python"), ["-c", program], { encoding: "utf8" });
}

const LOCAL = `--no-index\n./${greeting.file}\n`;

describe("the virtual environment of a node", () => {
  it.each(PYTHONS)("is made by $version without venv, ensurepip, pip and distutils", async ({ path }) => {
    const node = newNode(LOCAL);
    expect(await ended(start(path, node))).toEqual({ code: 0, stderr: "" });
    expect(greets(node)).toBe("hello\n");
    expect(readdirSync(join(node.shared, "azure-batch-parallel")).length).toBe(2);
  });

  const python = PYTHONS[0]?.path ?? "python3";

  it("is shared by jobs that ask at once", async () => {
    const first = newNode(LOCAL);
    const second = newNode(LOCAL, first.shared);
    const both = await Promise.all([ended(start(python, first)), ended(start(python, second))]);
    expect(both).toEqual([
      { code: 0, stderr: "" },
      { code: 0, stderr: "" },
    ]);
    expect([greets(first), greets(second)]).toEqual(["hello\n", "hello\n"]);
    expect(readdirSync(join(first.shared, "azure-batch-parallel")).length).toBe(2);
  });

  it("is made anew where an attempt was killed", async () => {
    let asked: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    // An index that never answers: pip waits.
    const server = createServer(() => asked());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
    const first = newNode(`--index-url ${url}\ngreeting\n`);
    const child = start(python, first);
    const end = ended(child);
    await waiting;
    process.kill(-child.pid!, "SIGKILL");
    await end;
    server.close();
    server.closeAllConnections();
    const second = newNode(LOCAL, first.shared);
    expect(await ended(start(python, second))).toEqual({ code: 0, stderr: "" });
    expect(greets(second)).toBe("hello\n");
  });

  it("leaves nothing that counts as made where pip fails", async () => {
    const node = newNode("--no-index\nno-such-package\n");
    const { code, stderr } = await ended(start(python, node));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^azure-batch-parallel: the requirements could not be installed on the node/);
    expect(stderr).toContain("No matching distribution found for no-such-package");
    expect(existsSync(join(node.work, "venv"))).toBe(false);
    const again = newNode(LOCAL, node.shared);
    expect((await ended(start(python, again))).code).toBe(0);
  });
});

function pythons(): { version: string; path: string }[] {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const versions = existsSync(pyenv) ? readdirSync(pyenv) : [];
  const candidates = [
    "/usr/bin/python3",
    ...versions.map((version) => join(pyenv, version, "bin", "python3")),
  ];
  const found = new Map<string, { version: string; path: string }>();
  for (const path of candidates.filter(existsSync)) {
    const answer = execFileSync(path, ["--version"], { encoding: "utf8" });
    const [, minor] = /^Python (3\.\d+)/.exec(answer) ?? [];
    if (minor === undefined || Number(minor.slice(2)) < 8 || found.has(minor)) continue;
    found.set(minor, { version: answer.trim(), path });
  }
  return [...found.values()];
}
