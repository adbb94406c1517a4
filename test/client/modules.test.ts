import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";

const run = promisify(execFile);

/** Asks an account for a job that is not there, after a look at what createClient() alone has loaded. */
const program = `
import { createRequire } from "node:module";
import { createClient } from ${JSON.stringify(resolve("src/client/client.ts"))};

const [url, name, key] = process.argv.slice(2);
const client = createClient({
  account: { url, name, key },
  storage: { connectionString: "UseDevelopmentStorage=true" },
});
const loaded = Object.keys(createRequire(process.argv[1]).cache).filter((file) => file.includes("@azure"));
client.connection().then(async ({ batch, storage }) => {
  const job = await batch.getJob("none");
  const sas = await storage.container("some").sasUrl("r", 1000);
  console.log(JSON.stringify({ loaded, job: String(job), sas: sas.replace(/\\?.*/, "") }));
  await client.close();
});
`;

/** As the build does. */
const importMetaInCjs = {
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
};

describe("the client as a module", () => {
  let emulator: Emulator;
  let folder: string;

  beforeAll(async () => {
    emulator = await startEmulator();
    folder = await mkdtemp(join(tmpdir(), "client-modules-"));
    await symlink(resolve("node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "program.ts"), program);
  });

  afterAll(async () => {
    await emulator?.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ["esm", "mjs"],
    ["cjs", "cjs"],
  ] as const)("finds Microsoft's clients, when they are needed, in %s", async (format, extension) => {
    const outfile = join(folder, `program.${extension}`);
    await build({
      entryPoints: [join(folder, "program.ts")],
      outfile,
      format,
      bundle: true,
      platform: "node",
      target: "node20",
      packages: "external",
      logLevel: "error",
      ...(format === "cjs" ? importMetaInCjs : {}),
    });
    const account = [emulator.batchUrl, emulator.accountName, emulator.accountKey];
    const { stdout } = await run(process.execPath, [outfile, ...account]);
    expect(JSON.parse(stdout)).toEqual({
      loaded: [],
      job: "undefined",
      sas: "http://127.0.0.1:10000/devstoreaccount1/some",
    });
  });
});
