import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a module's default export as a compute node does: in a process of its own that has nothing but the text. */
export async function runModule(text: string, item: unknown): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), "work-module-"));
  try {
    await writeFile(join(directory, "work.mjs"), text);
    // A file, because what `node --eval` runs finds the names of CommonJS, such as `module`, among its globals.
    const program = join(directory, "main.mjs");
    await writeFile(
      program,
      `import work from "./work.mjs";
      const value = await work(${JSON.stringify(item)}, { index: 0, shared: undefined });
      process.stdout.write(JSON.stringify({ value }));`,
    );
    const { stdout } = await run(process.execPath, [program], { cwd: directory });
    return JSON.parse(stdout).value;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
