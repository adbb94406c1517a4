import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { localNodePath } from "../../src/local/node-path.js";

const SYSTEM = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

it("holds the system's folders, and this process's Node.js though the system has one, too", () => {
  const folders = localNodePath("").split(delimiter);
  expect(folders.slice(0, SYSTEM.length)).toEqual(SYSTEM);
  expect(folders.filter((folder) => folder === dirname(process.execPath))).toHaveLength(1);
});

it("holds nothing else of the user's", () => {
  const folder = mkdtempSync(join(tmpdir(), "node-path-"));
  try {
    writeFileSync(join(folder, "convert"), "#!/bin/sh\n", { mode: 0o755 });
    expect(localNodePath(folder).split(delimiter)).not.toContain(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
