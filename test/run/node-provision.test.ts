import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PoolError, runParallel } from "../../src/index.js";

/** What the preparation needs of a stock Linux image: everything but Node.js. */
const TOOLS = [
  "sh",
  "curl",
  "wget",
  "python3",
  "tar",
  "gzip",
  "sha256sum",
  "cut",
  "mkdir",
  "mktemp",
  "mv",
  "rm",
  "ln",
];

let folder: string;
let server: Server;
let url: string;
let sha256: string;
let downloads = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "node-provision-"));
  mkdirSync(join(folder, "bin"));
  for (const tool of TOOLS) {
    const path = ["/usr/bin", "/bin"].map((place) => join(place, tool)).find(existsSync);
    if (path !== undefined) symlinkSync(path, join(folder, "bin", tool));
  }
  const release = join(folder, "node-release", "bin");
  mkdirSync(release, { recursive: true });
  try {
    linkSync(process.execPath, join(release, "node"));
  } catch {
    copyFileSync(process.execPath, join(release, "node"));
  }
  const archive = join(folder, "node.tar.gz");
  execFileSync("tar", ["-C", folder, "--use-compress-program=gzip -1", "-cf", archive, "node-release"]);
  sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
  server = createServer((_, response) => {
    downloads += 1;
    createReadStream(archive).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node.tar.gz`;
}, 120_000);

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("nodes whose PATH lacks Node.js", () => {
  it("get the archive, once, and run the function with it", async () => {
    const versions = await runParallel([1, 2, 3, 4], () => process.version, {
      env: { PATH: join(folder, "bin") },
      nodeArchive: { url, sha256 },
      chunkSize: 1,
    });
    expect(versions).toEqual(Array(4).fill(process.version));
    expect(downloads).toBe(1);
  });

  it("use the first that is new enough, where several are on it", async () => {
    for (const version of ["v18.20.8", "nonsense"]) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "node"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    }
    const before = downloads;
    const path = [
      ...["v18.20.8", "nonsense", "bin"].map((name) => join(folder, name)),
      dirname(process.execPath),
    ];
    const versions = await runParallel([1], () => process.version, {
      env: { PATH: path.join(":") },
      nodeArchive: { url, sha256 },
    });
    expect(versions).toEqual([process.version]);
    expect(downloads).toBe(before);
  });

  it("refuse an archive with another hash, and the run says so", async () => {
    const wrong = sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    const error = await runParallel([1], () => process.version, {
      env: { PATH: join(folder, "bin") },
      nodeArchive: { url, sha256: wrong },
    }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({ code: "PreparationFailed" });
    expect((error as PoolError).message).toContain(`has the SHA-256 ${sha256}, and not ${wrong}: refused`);
  });
});
