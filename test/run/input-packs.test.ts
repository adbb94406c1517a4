import { createHash, randomBytes, randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStoragePort } from "../../src/azure/blob.js";
import type { StoragePort } from "../../src/azure/ports.js";
import { readConnectionString, type StorageConnection } from "../../src/azure/storage-connection-string.js";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { type BatchParallel, command, connect, type RunProgress } from "../../src/index.js";
import { localNodePath } from "../../src/local/node-path.js";
import { FileStage } from "../../src/run/file-stage.js";
import { InputPacks } from "../../src/run/input-packs.js";
import { startAzurite, type TestStorage } from "../emulator/support/azurite.js";

const LIMIT = 64 * 1024;
const PACK = 4 * 1024 * 1024;

let folder: string;
let emulator: Emulator;
let azurite: TestStorage;
let batch: BatchParallel;
let storage: StoragePort;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "packs-"));
  [emulator, azurite] = await Promise.all([startEmulator({ path: localNodePath() }), startAzurite()]);
  batch = connect({
    account: { url: emulator.batchUrl, name: emulator.accountName, key: emulator.accountKey },
    storage: { connectionString: azurite.connectionString },
  });
  storage = createStoragePort(readConnectionString(azurite.connectionString) as StorageConnection);
});
afterAll(async () => {
  await batch?.close();
  await Promise.all([emulator?.close(), azurite?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Files of random bytes of these sizes in a folder of their own. */
function makeFiles(sizes: readonly number[]): { paths: string[]; sums: string[]; within: string } {
  const within = mkdtempSync(join(folder, "files-"));
  const paths = sizes.map((_, n) => join(within, `${String(n).padStart(4, "0")}.bin`));
  const contents = sizes.map((size) => randomBytes(size));
  for (const [n, path] of paths.entries()) writeFileSync(path, contents[n] as Buffer);
  return { paths, sums: contents.map(sumOf), within };
}

const sumOf = (content: Buffer) => createHash("sha256").update(content).digest("hex");
/** Says the SHA-256 of its input files, in the order of their names. */
function sha256Of(inputs: (item: string) => string[]) {
  return command((item: string) => ({
    file: "/bin/sh",
    args: ["-c", "sha256sum *.bin"],
    inputs: [...new Set(inputs(item))],
  }));
}
const first64 = (text: string | undefined) => text?.match(/^[0-9a-f]{64}/gm) ?? [];

async function blobsOf(runId: string, prefix: string): Promise<{ name: string; size: number }[]> {
  const found: { name: string; size: number }[] = [];
  for await (const { name, size } of storage.container(runId).list(prefix)) found.push({ name, size });
  return found;
}

describe("small input files", () => {
  it("of a folder travel in one blob", async () => {
    const { within, sums: expected } = makeFiles(Array.from({ length: 300 }, (_, n) => 1 + n * 7));
    mkdirSync(join(within, "deep"));
    writeFileSync(join(within, "deep", "text"), "deep\n");
    const run = batch.runParallel(
      [within],
      command((path: string) => ({
        file: "/bin/sh",
        args: ["-c", "cd all && sha256sum *.bin && cat deep/text"],
        inputs: [{ path, as: "all" }],
      })),
      { keep: "always" },
    );
    const [result] = await run;
    expect(first64(result?.stdout)).toEqual(expected);
    expect(result?.stdout).toMatch(/\ndeep\n$/);
    const size = (300 * 301 * 7) / 2 - 300 * 7 + 300 + 5;
    expect(await blobsOf(run.id, "packs/")).toEqual([{ name: "packs/00000000", size }]);
    expect((await blobsOf(run.id, "assets/")).map(({ name }) => name).join()).not.toMatch(/\.bin|text/);
  });

  it("are those of 64 KiB at most, and no bytes are as good as many", async () => {
    const { paths, sums: expected } = makeFiles([0, LIMIT + 1, 1, LIMIT - 1, LIMIT, 0]);
    const run = batch.runParallel(
      paths,
      sha256Of((path) => [path]),
      { keep: "always", retries: 0 },
    );
    expect((await run).map(({ stdout }) => first64(stdout)[0])).toEqual(expected);
    expect(await blobsOf(run.id, "packs/")).toEqual([{ name: "packs/00000000", size: 2 * LIMIT }]);
    const alone = (await blobsOf(run.id, "assets/")).filter(({ name }) => name.endsWith(".bin"));
    expect(alone.map(({ size }) => size)).toEqual([LIMIT + 1]);
  });

  it("of many items fill several blobs, each content once", async () => {
    const { paths, sums: expected } = makeFiles(Array.from({ length: 110 }, (_, n) => 50_000 + n * 101));
    const items = [...paths, ...paths.slice(0, 40)];
    let last: RunProgress | undefined;
    const run = batch.runParallel(
      items,
      sha256Of((path) => [path, join(path, "..", "0000.bin")]),
      {
        keep: "always",
        progress: (now) => {
          last = now;
        },
      },
    );
    const found = (await run).map(({ stdout }) => first64(stdout));
    const wanted = [...expected, ...expected.slice(0, 40)];
    expect(found).toEqual(wanted.map((sum, n) => (n % 110 === 0 ? [sum] : [expected[0], sum])));
    const packs = await blobsOf(run.id, "packs/");
    const total = 110 * 50_000 + (101 * 110 * 109) / 2;
    expect(packs.length).toBe(2);
    expect(packs.reduce((sum, { size }) => sum + size, 0)).toBe(total);
    for (const { size } of packs) expect(size).toBeLessThanOrEqual(PACK);
    expect(last?.bytes.up).toBeGreaterThan(total);
    expect(last?.bytes.up).toBeLessThan(total + 2 ** 20);
  });

  it("come again with an item that is tried again", async () => {
    const { paths, sums: expected } = makeFiles([10, 3000]);
    const run = batch.runParallel(
      [join(folder, "tried")],
      command((marker: string) => ({
        file: "/bin/sh",
        args: ["-c", 'sha256sum *.bin; rm *.bin; [ -e "$1" ] || { mkdir "$1"; exit 1; }', "sh", marker],
        inputs: paths,
      })),
      { retries: 1 },
    );
    const [result] = await run;
    expect(first64(result?.stdout)).toEqual(expected);
  });

  it("of runs that go on with others lie beside each other", async () => {
    const made = (what: string) =>
      command((item: string) => ({
        file: "/bin/sh",
        args: ["-c", "cat in mine"],
        inputs: [
          { content: `${item},`, as: "in" },
          { content: what, as: "mine" },
        ],
      }));
    const first = batch.runParallel(["a", "b"], made("first"), { keep: "always" });
    const second = first.map(({ stdout }) => stdout).map(made("second"));
    const third = second.map(({ stdout }) => stdout).map(made("third"));
    const other = first.map(({ stdout }) => stdout).map(made("other"));
    const said = async (run: PromiseLike<{ stdout: string }[]>) => (await run).map(({ stdout }) => stdout);
    expect(await Promise.all([first, second, third, other].map(said))).toEqual([
      ["a,first", "b,first"],
      ["a,first,second", "b,first,second"],
      ["a,first,second,third", "b,first,second,third"],
      ["a,first,other", "b,first,other"],
    ]);
    const folders = (await blobsOf(first.id, "packs/")).map(({ name }) =>
      name.split("/").slice(1, -1).join("/"),
    );
    expect([...new Set(folders)].sort()).toEqual([
      "",
      "map-1/map-1",
      "map-1/map-1/map-1/map-1",
      "map-2/map-1",
    ]);
  });

  it.each([
    ["grew", (path: string) => appendFileSync(path, "more"), "changed while it was uploaded"],
    ["went", unlinkSync, "does not exist"],
  ])("are refused by name where one %s since it was seen", async (name, change, says) => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, "as it was");
    const work = command((item: number) => {
      // All items of an array are looked at before anything is uploaded.
      if (item === 2) change(path);
      return { file: "true", inputs: item === 1 ? [path] : [] };
    });
    await expect(batch.runParallel([1, 2], work)).rejects.toMatchObject({
      name: "InvalidArgumentError",
      option: "inputs",
      message: expect.stringMatching(new RegExp(`^The file ${resolve(path)} (of inputs )?${says}\\.$`)),
    });
  });
});

describe("a stage of files", () => {
  it("has uploaded a file when any upload is done that began after it was added", async () => {
    const container = storage.container(`c${randomUUID()}`);
    await container.create({});
    const stage = new FileStage("run");
    const small = await stage.addInput({ content: "small" }, "small");
    const large = await stage.addInput({ content: "x".repeat(LIMIT + 1) }, "large");
    const first = stage.upload(container);
    // The same contents again, which are on their way.
    expect(await stage.addInput({ content: "small" }, "other")).toEqual(small);
    expect(await stage.addInput({ content: "x".repeat(LIMIT + 1) }, "large")).toEqual(large);
    await stage.upload(container);
    expect((await container.get(small.blob))?.toString()).toBe("small");
    expect((await container.get(large.blob))?.length).toBe(LIMIT + 1);
    await first;
    expect(stage.bytesUploaded).toBe(5 + LIMIT + 1);
  });

  it("reads a large file when it is uploaded, and not before", async () => {
    const container = storage.container(`c${randomUUID()}`);
    await container.create({});
    const path = join(folder, "written-to.bin");
    writeFileSync(path, Buffer.alloc(LIMIT + 1, "a"));
    const stage = new FileStage("run");
    const [place, same] = [await stage.addInput({ path }, "in"), await stage.addInput({ path }, "in")];
    expect(same).toEqual(place);
    writeFileSync(path, Buffer.alloc(2 * LIMIT, "b"));
    await stage.upload(container);
    expect((await container.get(place.blob))?.toString()).toBe("b".repeat(2 * LIMIT));
    expect(stage.bytesUploaded).toBe(2 * LIMIT);

    // As it looks now it is another file.
    const other = await stage.addFile({ path }, "in", "files");
    expect(other).not.toBe(place.blob);
    unlinkSync(path);
    await expect(stage.upload(container)).rejects.toMatchObject({
      name: "InvalidArgumentError",
      option: "files",
      message: `The file ${path} of files does not exist.`,
    });
    await expect(stage.addFile({ path }, "in", "files")).rejects.toMatchObject({ option: "files" });
  });

  it("forgets places, and gives others then", () => {
    const packs = new InputPacks("run/map-1");
    const place = (n: number) => packs.place({ content: "a" }, { hash: `${n}`, size: 1 });
    expect(place(0)).toEqual({ blob: "packs/map-1/00000000", offset: 0, size: 1 });
    expect(place(0)).toBe(place(0));
    for (let n = 1; n <= 100_000; n++) place(n);
    expect(place(0)).toEqual({ blob: "packs/map-1/00000000", offset: 100_001, size: 1 });
    expect(packs.take().map(({ size }) => size)).toEqual([100_002]);
    expect(place(0)).toEqual({ blob: "packs/map-1/00000000", offset: 100_001, size: 1 });
    expect(place(-1)).toEqual({ blob: "packs/map-1/00000001", offset: 0, size: 1 });
  });
});
