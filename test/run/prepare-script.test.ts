import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  APT_MODE_SETTING,
  APT_SETTING,
  NODE_MAJOR_SETTING,
  NODE_SHA256_SETTING,
  NODE_URL_SETTING,
  PREPARE_SCRIPT,
} from "../../src/run/prepare-script.js";

const DOWNLOADERS = ["curl", "wget", "python3"];
const HASHERS = ["sha256sum", "shasum", "openssl"];
const TOOLS = ["sh", "tar", "gzip", "mkdir", "mktemp", "mv", "rm", "ln"];

let root: string;
let archive: Buffer;
let server: Server;
let url: string;
/** What the server does for its first request; it gives the archive afterwards. */
let first: RequestListener;
let cases = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "prepare script "));
  const bin = join(root, "release", "node", "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "node"), "#!/bin/sh\necho v20.19.0\n");
  chmodSync(join(bin, "node"), 0o755);
  execFileSync("tar", ["-C", join(root, "release"), "-czf", join(root, "node.tar.gz"), "node"]);
  archive = readFileSync(join(root, "node.tar.gz"));
  writeFileSync(join(root, "prepare.sh"), PREPARE_SCRIPT);
  server = createServer((request, response) => {
    const answer = first;
    first = (_, later) => later.end(archive);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node.tar.gz`;
});

afterAll(() => {
  server?.close();
  rmSync(root, { recursive: true, force: true });
});

/** Prepares a node that has these programs; gives what the script said and the Node.js that tasks find. */
async function prepare(
  programs: readonly string[],
  node?: string,
  { fakes = {}, settings = {} }: { fakes?: Record<string, string>; settings?: Record<string, string> } = {},
) {
  const folder = join(root, `case ${++cases}`);
  const [bin, work, shared] = ["bin", "working directory", "shared directory"].map((name) =>
    join(folder, name),
  );
  for (const made of [bin, work, shared]) mkdirSync(made as string, { recursive: true });
  for (const program of programs) {
    const path = placeOf(program);
    if (path !== undefined) symlinkSync(path, join(bin as string, program));
  }
  for (const [name, text] of Object.entries(node === undefined ? fakes : { ...fakes, node })) {
    writeFileSync(join(bin as string, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const script = spawn("/bin/sh", [join(root, "prepare.sh")], {
    env: {
      PATH: bin,
      AZ_BATCH_TASK_WORKING_DIR: work,
      AZ_BATCH_NODE_SHARED_DIR: shared,
      ...settings,
      [NODE_MAJOR_SETTING]: "20",
      [NODE_URL_SETTING]: url,
      [NODE_SHA256_SETTING]: createHash("sha256").update(archive).digest("hex"),
    },
  });
  const ended = new Promise<number | null>((resolve) => script.once("exit", resolve));
  const stderr = await text(script.stderr);
  const link = join(work as string, "node");
  return {
    code: await ended,
    stderr,
    work: work as string,
    node: existsSync(link) ? readlinkSync(link) : undefined,
  };
}

function placeOf(program: string): string | undefined {
  return ["/usr/bin", "/bin"].map((place) => join(place, program)).find(existsSync);
}

const here = (programs: readonly string[]) => programs.filter((program) => placeOf(program) !== undefined);

describe("the preparation of a node without Node.js", () => {
  const failures: [string, RequestListener][] = [
    ["a server that is busy", (_, response) => response.writeHead(503).end()],
    [
      "a download that breaks off",
      (_, response) => {
        response.writeHead(200, { "Content-Length": archive.length });
        response.write(archive.subarray(0, 50), () => response.destroy());
      },
    ],
  ];
  const combinations = here(DOWNLOADERS).flatMap((downloader) =>
    failures.map(([what, answer]) => [downloader, what, answer] as const),
  );

  it.each(combinations)("with %s tries again after %s", async (downloader, _what, answer) => {
    first = answer;
    const { code, stderr, node } = await prepare([...TOOLS, "sha256sum", downloader]);
    expect(code, stderr).toBe(0);
    expect(node).toMatch(/\/shared directory\/azure-batch-parallel\/node-[0-9a-f]{64}\/bin\/node$/);
  });

  it.each(here([...HASHERS, "python3"]))("checks the archive with %s", async (hasher) => {
    first = (_, response) => response.end(archive);
    const downloader = here(DOWNLOADERS)[0] as string;
    // shasum is written in Perl, and finds it by its full path.
    const { code, stderr } = await prepare([...new Set([...TOOLS, hasher, downloader])]);
    expect(code, stderr).toBe(0);
  });

  it("says what it misses", async () => {
    first = (_, response) => response.end(archive);
    const mute = await prepare([...TOOLS, "sha256sum"]);
    expect(mute).toMatchObject({ code: 1, node: undefined });
    expect(mute.stderr).toContain("neither curl, wget nor python3");
    const gullible = await prepare(
      [...TOOLS, here(DOWNLOADERS)[0] as string].filter((name) => name !== "python3"),
    );
    if (gullible.stderr.includes("to download it with")) return; // Here is nothing but Python.
    expect(gullible).toMatchObject({ code: 1, node: undefined });
    expect(gullible.stderr).toContain("to check Node.js with");
  });
});

describe("the Node.js that a node has", () => {
  it.each([
    ["is used where it is new enough", "echo v22.1.0", "bin/node"],
    ["is not used where it is older", "echo v18.20.0", "shared directory"],
    ["is not used where it does not run", "exit 127", "shared directory"],
    ["is not used where it is something else", "echo 'hello, world'", "shared directory"],
  ])("%s", async (_what, program, place) => {
    first = (_, response) => response.end(archive);
    const downloader = here(DOWNLOADERS)[0] as string;
    const { code, stderr, node } = await prepare([...TOOLS, "sha256sum", downloader], program);
    expect(code, stderr).toBe(0);
    expect(node).toContain(place);
  });
});

describe("system packages", () => {
  const settings = { [APT_SETTING]: "here missing=1.2", [APT_MODE_SETTING]: "install" };
  const status = `case $3 in here) echo 'install ok installed=3' ;; missing) [ -e "$AZ_BATCH_TASK_WORKING_DIR/asked" ] && echo 'install ok installed=1.2' ;; esac`;

  it("that are missing are installed where the node is the run's", async () => {
    const apt = `echo "$@" >>"$AZ_BATCH_TASK_WORKING_DIR/asked"`;
    const fakes = { "apt-get": apt, "dpkg-query": status };
    const { code, stderr, work } = await prepare([...TOOLS, "chmod"], "echo v22.1.0", { fakes, settings });
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(work, "asked"), "utf8")).toBe(
      [
        "-qq -y -o DPkg::Lock::Timeout=300 update",
        "-qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends missing=1.2",
        "",
      ].join("\n"),
    );
  });

  it("that cannot be installed are named, after some tries", async () => {
    const apt = `[ "$5" = update ] || { echo "E: Unable to locate" >&2; exit 100; }`;
    const fakes = { "apt-get": apt, "dpkg-query": status, sleep: ":" };
    const { code, stderr } = await prepare([...TOOLS, "chmod"], "echo v22.1.0", { fakes, settings });
    expect(code).toBe(1);
    expect(stderr.match(/Unable to locate/g)?.length).toBe(3);
    expect(stderr).toContain("apt-get could not install missing=1.2");
  });

  it("need a system that has them", async () => {
    const { code, stderr } = await prepare(TOOLS, "echo v22.1.0", { settings });
    expect(code).toBe(1);
    expect(stderr).toContain("packages.apt needs Debian or Ubuntu");
  });
});
