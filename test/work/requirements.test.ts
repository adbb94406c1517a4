import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { readRequirements } from "../../src/work/requirements.js";

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "requirements-"));
  for (const name of ["wheels", "package"]) mkdirSync(at(name));
  for (const name of ["wheels/a-1-py3-none-any.whl", "wheels/b-2.tar.gz", "wheels/notes.txt", "c-3.zip"]) {
    writeFileSync(at(name), name);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text for pip, and what goes along. */
async function read(value: unknown) {
  const [requirements, ...files] = await readRequirements(value);
  const { source } = requirements as { source: { content: string } };
  return { lines: source.content.trimEnd().split("\n"), files };
}

async function readFile(text: string) {
  writeFileSync(at("requirements.txt"), text);
  return read(at("requirements.txt"));
}

describe("requirements", () => {
  it("go to pip as they are", async () => {
    const lines = [
      "numpy==2.1.0",
      "pandas[excel]>=2 ; python_version < '3.12'",
      "--extra-index-url https://example.com/simple",
      "x @ https://example.com/x-1-py3-none-any.whl#sha256=00",
      "https://example.com/y.zip",
      "git+https://example.com/z.git@main",
    ];
    expect((await read(lines)).lines).toEqual(lines);
    expect((await readFile(`# all\r\n${lines.join("\r\n")}   # last\r\n`)).lines).toEqual(lines);
    expect((await readFile("a==1 \\\n  --hash=sha256:00\n")).lines).toEqual(["a==1   --hash=sha256:00"]);
  });

  it("include other files, and take constraints along", async () => {
    writeFileSync(at("wheels/more.txt"), "b\n-r ../last.txt\n");
    writeFileSync(at("last.txt"), "c\n");
    writeFileSync(at("pins.txt"), "b==2\n");
    const { lines, files } = await readFile(
      "a\n-r wheels/more.txt\n-c pins.txt\n-c https://example.com/c.txt\n",
    );
    expect(lines).toEqual(["a", "b", "c", "-c constraints-0.txt", "-c https://example.com/c.txt"]);
    expect(files).toEqual([{ name: "requirements/constraints-0.txt", source: { content: "b==2\n" } }]);
  });

  it("take along the packages of this computer that they name", async () => {
    const wheel = at("wheels/a-1-py3-none-any.whl");
    const { lines, files } = await readFile(
      [
        "./wheels/a-1-py3-none-any.whl[extra] ; python_version > '3'",
        `b @ ${pathToFileURL(at("wheels/b-2.tar.gz"))}`,
        at("c-3.zip"),
        "-f wheels",
      ].join("\n"),
    );
    expect(lines).toEqual([
      "./packages-0/a-1-py3-none-any.whl[extra] ; python_version > '3'",
      "./packages-1/b-2.tar.gz",
      "./packages-2/c-3.zip",
      "--find-links links-3",
    ]);
    expect(files.slice(0, 1)).toEqual([
      { name: "requirements/packages-0/a-1-py3-none-any.whl", source: { path: wheel } },
    ]);
    expect(files.slice(3).map(({ name }) => name)).toEqual([
      "requirements/links-3/a-1-py3-none-any.whl",
      "requirements/links-3/b-2.tar.gz",
    ]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["a file that is missing", () => at("no.txt"), /in a file that does not exist: .*no\.txt\.$/],
    ["a folder", () => at("wheels"), /in a file that cannot be read: .*wheels\.$/],
    ["a number", () => 5, /are the path of a requirements file, or an array of its lines/],
    ["an editable package", () => ["-e ./package"], /line "-e \.\/package".*pip wheel/],
    ["a folder of sources", () => ["./package"], /name a folder of this computer in the line "\.\/package"/],
    ["a missing wheel", () => ["./no-1-py3-none-any.whl"], /does not exist, .*no-1-py3-none-any\.whl/],
    ["a missing file of links", () => ["--find-links=/no/such/folder"], /does not exist, \/no\/such\/folder/],
    ["links without packages", () => [`-f ${at("package")}`], /find no packages in .*package/],
    ["a circle", () => circle(), /include themselves: .*circle\.txt/],
  ])("that cannot be met are refused: %s", async (_what, value, message) => {
    const error = await readRequirements(value()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ option: "requirements", message: expect.stringMatching(message) });
  });

  function circle(): string {
    writeFileSync(at("circle.txt"), "-r circle.txt\n");
    return at("circle.txt");
  }
});
