import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PoolError, pool, python, runParallel, ubuntu } from "../../src/index.js";
import { serveWheels, type WheelIndex, wheel } from "./support/wheels.js";

const SYSTEM = "/usr/local/bin:/usr/bin:/bin";

let folder: string;
let script: string;
let index: WheelIndex;
/** A PATH whose python3 finds none of the modules that make virtual environments elsewhere. */
let bare: string;

const greeting = wheel("greeting", "1.2", "text = 'hello'\ndef main(): print('1.2')\n");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "requirements-"));
  script = join(folder, "greet.py");
  writeFileSync(
    script,
    [
      "import greeting, shutil, subprocess, sys",
      "version = subprocess.check_output(['greeting-version'], text=True).strip()",
      "print(greeting.text, sys.argv[1], version, sys.prefix != sys.base_prefix)",
    ].join("\n"),
  );
  const [hidden, bin] = [join(folder, "hidden"), join(folder, "bin")];
  mkdirSync(hidden);
  mkdirSync(bin);
  for (const module of ["ensurepip", "pip", "venv", "setuptools", "virtualenv"]) {
    writeFileSync(join(hidden, `${module}.py`), `raise ImportError("there is no ${module} here")\n`);
  }
  const real = ["/usr/bin/python3", "/usr/local/bin/python3"].find(existsSync) ?? "python3";
  writeFileSync(join(bin, "python3"), `#!/bin/sh\nPYTHONPATH=${hidden} exec ${real} "$@"\n`, { mode: 0o755 });
  bare = `${bin}:${dirname(process.execPath)}:${SYSTEM}`;
  index = await serveWheels([greeting]);
});

afterAll(() => {
  index.close();
  rmSync(folder, { recursive: true, force: true });
});

const greetings = (items: readonly string[], requirements: string | string[], env: Record<string, string>) =>
  runParallel(items, python(script, { requirements }), { env, chunkSize: 1 });

describe("a Python script with requirements", () => {
  it("runs on a node without ensurepip, venv and pip, and the environment is made once", async () => {
    const env = { PATH: bare, PIP_INDEX_URL: index.url };
    const results = await greetings(["a", "b", "c"], ["greeting==1.2  # a comment"], env);
    expect(results.map(({ stdout }) => stdout)).toEqual(
      ["a", "b", "c"].map((name) => `hello ${name} 1.2 True\n`),
    );
    expect(index.downloads()).toBe(1);
  });

  it("shares the environment with other runs of the pool, also at the same time", async () => {
    const before = index.downloads();
    const shared = pool(`python-${process.pid}`).vmSize("Standard_D2s_v5").image(ubuntu("24.04"));
    const options = {
      env: { PATH: bare, PIP_INDEX_URL: index.url },
      pool: shared.dedicatedNodes(1).taskSlotsPerNode(2),
    };
    const greet = (name: string) =>
      runParallel([name], python(script, { requirements: ["greeting"] }), options);
    const both = await Promise.all([greet("d"), greet("e")]);
    expect([...both, await greet("f")].map(([result]) => result?.stdout)).toEqual(
      ["d", "e", "f"].map((name) => `hello ${name} 1.2 True\n`),
    );
    expect(index.downloads() - before).toBe(1);
  });

  it("gets the wheels that its requirements file names", async () => {
    mkdirSync(join(folder, "wheels"));
    writeFileSync(join(folder, "wheels", greeting.file), greeting.content);
    writeFileSync(join(folder, "requirements.txt"), `--no-index\n-r more.txt\n`);
    writeFileSync(join(folder, "more.txt"), `./wheels/${greeting.file}\n`);
    const [result] = await greetings(["f"], join(folder, "requirements.txt"), { PATH: bare });
    expect(result?.stdout).toBe("hello f 1.2 True\n");
  });

  it("says in pip's words what could not be installed", async () => {
    const env = { PATH: bare, PIP_INDEX_URL: index.url, PIP_RETRIES: "0" };
    const error = await greetings(["a"], ["no-such-package==9"], env).then(
      () => undefined,
      (reason: unknown) => reason as PoolError,
    );
    expect(error).toMatchObject({ name: "PoolError", code: "PreparationFailed" });
    expect(error?.message).toMatch(/requirements could not be installed on the node/);
    expect(error?.message).toMatch(/No matching distribution found for no-such-package==9/);
  });

  it("says which Python is missing", async () => {
    const work = python(script, { requirements: ["greeting"], interpreter: "python3.99" });
    await expect(runParallel(["a"], work)).rejects.toMatchObject({
      code: "PreparationFailed",
      message: expect.stringContaining("the node has no Python by the name python3.99"),
    });
  });
});

describe("the bundled virtualenv", () => {
  it("is the one that its record names, with entries in order and without times", () => {
    const content = readFileSync("assets/virtualenv.pyz");
    const { sha256 } = JSON.parse(readFileSync("assets/virtualenv.json", "utf8")) as { sha256: string };
    expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
    expect(readFileSync("dist/assets/virtualenv.pyz").equals(content)).toBe(true);
    expect(readFileSync("dist/BUNDLED-LICENCES.txt", "utf8")).toContain("virtualenv 20.17.1");
    expect(readdirSync("dist/assets").sort()).toEqual(["prepare-python.py", "virtualenv.pyz"]);
  });
});
