import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transformSync } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEngine, localEngine } from "../../src/local/engine.js";

/** Examples are written as files of this checkout, so that they import the package by its name. */
const folder = resolve("temp/examples");

const documents = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const runnable = documents.flatMap((document) =>
  [...readFileSync(document, "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map((block, index) => ({
    name: `${document.replace(/[/.]/g, "-")}-${index + 1}`,
    source: block[1] as string,
  })),
);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "script.py"), 'print("hello from Python")');
});

/** An account, on this computer, for the examples that read one from their environment. */
let engine: LocalEngine | undefined;
afterAll(() => engine?.close());

async function accountVariables(): Promise<Record<string, string>> {
  engine ??= await localEngine();
  return {
    AZURE_BATCH_ENDPOINT: engine.batch.url,
    AZURE_BATCH_ACCOUNT: engine.batch.name,
    AZURE_BATCH_ACCESS_KEY: engine.batch.key,
    AZURE_STORAGE_CONNECTION_STRING: engine.storage.connectionString,
  };
}

describe("examples in the documents", () => {
  it.each(runnable)("$name runs", async ({ name, source }) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, transformSync(source, { loader: "ts", format: "esm", target: "node20" }).code);
    const needsAccount = source.includes("AZURE_BATCH_ENDPOINT");
    const options = needsAccount
      ? { cwd: folder, env: { ...process.env, ...(await accountVariables()) } }
      : {};
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", ...options });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    if (source.includes("script.py") && needsAccount) expect(stdout).toBe("hello from Python\n\n");
  });

  it("compile", () => {
    expect(problems(runnable.map(({ name, source }) => ({ name, source })))).toEqual([]);
  });
});

describe("examples in the declarations", () => {
  it.each([
    ["dist/index.d.ts", "azure-batch-parallel"],
    ["dist/emulator/index.d.ts", "azure-batch-parallel/emulator"],
    ["dist/raw/index.d.ts", "azure-batch-parallel/raw"],
  ])("of %s compile", (declarations, entry) => {
    const preamble = `import { ${exportsOf(declarations).join(", ")} } from "${entry}";\n`;
    const examples = examplesOf(readFileSync(declarations, "utf8")).map((source, index) => ({
      name: `${entry.replace("/", "-")}-${index + 1}`,
      source: source.includes(`from "${entry}"`) ? source : `${preamble}${source}`,
    }));
    expect(examples.length).toBeGreaterThan(0);
    expect(problems(examples)).toEqual([]);
  });
});

/** The code of each `@example` in a declaration file. */
function examplesOf(declarations: string): string[] {
  return [...declarations.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```/gms)].map(([, lines]) =>
    (lines as string).replace(/^ *\* ?/gm, ""),
  );
}

function exportsOf(declarations: string): string[] {
  const program = ts.createProgram([declarations], {});
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(declarations);
  const module = source && checker.getSymbolAtLocation(source);
  return module === undefined ? [] : checker.getExportsOfModule(module).map((symbol) => symbol.name);
}

/** What the compiler says against examples, each a module of its own. */
function problems(examples: readonly { name: string; source: string }[]): string[] {
  const files = examples.map(({ name, source }) => {
    const file = join(folder, `${name}.mts`);
    writeFileSync(file, `${source}\nexport {};\n`);
    return file;
  });
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
    return `${diagnostic.file?.fileName}:${(line ?? 0) + 1} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
  });
}
