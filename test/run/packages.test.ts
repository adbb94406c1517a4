import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  command,
  fromModule,
  InvalidArgumentError,
  PoolError,
  pool,
  type RunPackages,
  runParallel,
  ubuntu,
} from "../../src/index.js";
import { resolvePackages } from "../../src/run/packages.js";
import { preparationTask } from "../../src/run/preparation.js";
import { APT_MODE_SETTING } from "../../src/run/prepare-script.js";

let folder: string;
let archive: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "packages-"));
  const source = join(folder, "greeting");
  mkdirSync(source);
  writeFileSync(
    join(source, "package.json"),
    '{ "name": "greeting", "version": "1.2.3", "main": "main.js", "bin": "bin.js" }',
  );
  writeFileSync(join(source, "main.js"), 'exports.text = "hello";');
  writeFileSync(join(source, "bin.js"), '#!/usr/bin/env node\nconsole.log(require("greeting").text);\n');
  const options = { cwd: folder, encoding: "utf8" } as const;
  const name = execFileSync("npm", ["pack", "--silent", "./greeting"], options).trim();
  archive = join(folder, name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The error that a run ends in. */
async function failure(packages: RunPackages): Promise<PoolError> {
  const error: unknown = await runParallel([1], (n) => n, { packages }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PoolError);
  return error as PoolError;
}

describe("npm packages of a run", () => {
  it("are there for functions, modules and programs, also for the next run on the node", async () => {
    const node = pool(`packages-${process.pid}`).vmSize("Standard_D2s_v5").image(ubuntu("24.04"));
    const options = { packages: [archive], pool: node.dedicatedNodes(1) };
    const [text] = await runParallel(
      [1],
      async () => {
        const name = "greeting";
        return ((await import(name)) as { text: string }).text;
      },
      options,
    );
    expect(text).toBe("hello");
    const found = await runParallel([1], (n) => n, options).map(async () => {
      const name = "greeting";
      return ((await import(name)) as { text: string }).text;
    });
    expect(found).toEqual(["hello"]);
    writeFileSync(
      join(folder, "work.mjs"),
      'import { text } from "greeting"; export const greet = (name) => [text, name].join(", ");',
    );
    const work = fromModule<{ greet(name: string): string }>(join(folder, "work.mjs"), {
      external: ["greeting"],
    });
    expect(await runParallel(["Ada"], work("greet"), options)).toEqual(["hello, Ada"]);
    const [program] = await runParallel([1], command`greeting`, options);
    expect(program?.stdout).toBe("hello\n");
    const [required] = await runParallel(
      [1],
      command`node -e ${'console.log(require("greeting").text)'}`,
      options,
    );
    expect(required?.stdout).toBe("hello\n");
  });

  it("that cannot be installed reject the run with npm's words", async () => {
    const error = await runParallel([1], (n) => n, {
      packages: ["no-such-package@1.0.0"],
      env: { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" },
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "PoolError", code: "PreparationFailed" });
    expect((error as PoolError).message).toMatch(/npm could not install the packages/);
    expect((error as PoolError).message).toMatch(/ECONNREFUSED/);
  });

  it("that are archives have to be there", async () => {
    await expect(runParallel([1], (n) => n, { packages: ["no-such.tgz"] })).rejects.toMatchObject({
      option: "packages",
      message: expect.stringContaining("no-such.tgz"),
    });
  });
});

describe.runIf(existsSync("/usr/bin/dpkg-query"))("system packages of a run on this computer", () => {
  it("are taken as they are where they are installed, and named where not", async () => {
    expect(await runParallel([1], (n) => n, { packages: { apt: ["dpkg"] } })).toEqual([1]);
    const { code, message } = await failure({ apt: ["dpkg", "no-such-package"] });
    expect(code).toBe("PreparationFailed");
    expect(message).toMatch(/lacks the system packages that packages\.apt names: no-such-package\./);
    expect(message).toMatch(/sudo apt-get install no-such-package/);
    expect((await failure({ apt: ["dpkg=0.1"] })).message).toContain(": dpkg=0.1.");
  });
});

describe("the preparation task", () => {
  const asked = (apt: string[], engine: "local" | "azure") =>
    preparationTask({ files: [], settings: [], installs: [], apt }, { inputUrl: "", outputUrl: "" }, engine);

  it("is the administrator's for system packages on an account, and never else", () => {
    const administrator = { autoUser: { scope: "pool", elevationLevel: "admin" } };
    expect(asked(["ffmpeg"], "azure").userIdentity).toEqual(administrator);
    expect(asked([], "azure")).not.toHaveProperty("userIdentity");
    const local = asked(["ffmpeg"], "local");
    expect(local).not.toHaveProperty("userIdentity");
    expect(local.environmentSettings).toContainEqual({ name: APT_MODE_SETTING, value: "check" });
  });
});

describe("the option packages", () => {
  it("takes names with versions, and archives", () => {
    const npm = [
      "lodash",
      "lodash@4.17.21",
      "@scope/name@^1.2",
      "a@>=1 <3",
      "b@latest",
      "c@1 || 2",
      "./x/d-1.tgz",
    ];
    expect(resolvePackages(npm)).toEqual({
      npm: [...npm.slice(0, -1), "./0-d-1.tgz"],
      archives: [{ name: "0-d-1.tgz", path: "./x/d-1.tgz" }],
      apt: [],
    });
    const apt = ["ffmpeg", "libstdc++6", "libc6:amd64", "ffmpeg=7:6.1.1-3ubuntu5"];
    expect(resolvePackages({ apt })).toEqual({ npm: [], archives: [], apt });
  });

  it.each<[string, unknown, string]>([
    ["an option of npm", ["--registry=http://evil"], "packages[0]"],
    ["an option by a short name", { npm: ["lodash", "-g"] }, "packages.npm[1]"],
    ["an option of apt", { apt: ["-o", "x"] }, "packages.apt[0]"],
    ["what a shell would act on", { apt: ["a;rm"] }, "packages.apt[0]"],
    ["two packages in one", { apt: ["a b"] }, "packages.apt[0]"],
    ["a line break", ["a@1\n--global"], "packages[0]"],
    ["a repository", ["git+https://example.com/a.git"], "packages[0]"],
    ["a URL", ["https://example.com/a.tgz"], "packages[0]"],
    ["a folder", ["./a"], "packages[0]"],
    ["an alias", ["a@npm:b"], "packages[0]"],
    ["no text", [1], "packages"],
    ["one name", "lodash", "packages"],
    ["another installer", { pip: ["numpy"] }, "packages.pip"],
  ])("refuses %s", (_what, value, option) => {
    const resolve = () => resolvePackages(value as RunPackages);
    expect(resolve).toThrow(InvalidArgumentError);
    expect(resolve).toThrow(expect.objectContaining({ option }));
  });
});
