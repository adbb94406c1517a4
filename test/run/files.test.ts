import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command, type ItemError, python, runParallel } from "../../src/index.js";
import { downloadFiles } from "../../src/run/download.js";
import type { ItemOutcome } from "../../src/run/run.js";

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
  mkdirSync(join(folder, "data", "deep"), { recursive: true });
  writeFileSync(join(folder, "data", "a.csv"), "a\n");
  writeFileSync(join(folder, "data", "deep", "b.csv"), "b\n");
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/moved") response.writeHead(302, { Location: "/there.txt?sig=other" }).end();
    else if (pathname === "/loop") response.writeHead(302, { Location: "/loop" }).end();
    else if (pathname === "/there.txt" && request.url?.includes("sig=")) response.end("from the web\n");
    else response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("input files", () => {
  it("come by glob, folder and URL", async () => {
    const files = command(() => ({
      file: "/bin/sh",
      args: ["-c", "cat a.csv deep/b.csv data/a.csv there.txt moved"],
      inputs: [
        join(folder, "data/**/*.csv"),
        join(folder, "data"),
        new URL(`${url}/there.txt?sig=secret`),
        { url: `${url}/moved` },
      ],
    }));
    const [result] = await runParallel([1], files);
    expect(result?.stdout).toBe("a\nb\na\nfrom the web\nfrom the web\n");
  });

  it("from URLs that fail say where, without the secret", async () => {
    const items = ["/refused.txt?sig=secret", "/loop?sig=secret"];
    const fetch = command((item: string) => ({ file: "true", inputs: [{ url: `${url}${item}`, as: "in" }] }));
    const outcomes = await runParallel(items, fetch).settled();
    const reasons = outcomes.map((outcome) => (outcome as { reason: ItemError }).reason);
    expect(reasons.map(({ code }) => code)).toEqual(["FileTransferFailed", "FileTransferFailed"]);
    const [refused, loop] = reasons.map(({ message }) => message);
    expect(refused).toBe(
      `The input file "in" could not be brought to the node: ${url}/refused.txt answered 403`,
    );
    expect(loop).toContain(`${url}/loop leads from one place to the next`);
    expect(JSON.stringify(reasons)).not.toContain("secret");
  });
});

describe("the run's own files", () => {
  const bringing = (as: string) => ({ args: [], inputs: [{ content: "an item's", as }] });
  const refusal = (says: RegExp) => ({
    name: "InvalidArgumentError",
    option: "work.inputs",
    index: 1,
    message: expect.stringMatching(says),
  });

  it("are not written over by an item's inputs", async () => {
    const files = [{ path: join(folder, "data", "a.csv"), as: "shared/a.csv" }];
    const work = (as: string) =>
      command((item: number) => ({
        file: "cat",
        args: ["shared/a.csv"],
        inputs: item === 2 ? bringing(as).inputs : [],
      }));
    for (const as of ["shared/a.csv", "./shared//a.csv", "shared", "shared/a.csv/b"]) {
      const run = runParallel([1, 2], work(as), { files });
      await expect(run).rejects.toMatchObject(refusal(/beside the run's own file "shared\/a\.csv"/));
    }
    const beside = await runParallel([1, 2], work("shared/b.csv"), { files });
    expect(beside.map(({ stdout }) => stdout)).toEqual(["a\n", "a\n"]);
  });

  it("are not written over where a run goes on with another one", async () => {
    const files = [join(folder, "data", "a.csv")];
    const work = command((n: number) => ({ file: "cat", inputs: n === 2 ? bringing("a.csv").inputs : [] }));
    await using first = runParallel([1, 2], (n) => n);
    await expect(first.map(work, { files })).rejects.toMatchObject(refusal(/own file "a\.csv"/));
  });

  it("are not written over where they are a Python script", async () => {
    const script = join(folder, "script.py");
    writeFileSync(script, "print(1)");
    const work = python(script, {
      args: [],
      inputs: (n: number) => (n === 2 ? bringing("script.py").inputs : []),
    });
    await expect(runParallel([1, 2], work)).rejects.toMatchObject(refusal(/own file "script\.py"/));
  });
});

describe("output files", () => {
  const write = command((item: string) => ({
    file: "/bin/sh",
    args: ["-c", 'mkdir -p out; printf "$1" >out/1.txt; printf "$1$1" >2.txt; [ "$1" != bad ]', "sh", item],
    outputs: ["**/*.txt"],
  }));

  it("are downloaded to a folder, each below its item's index", async () => {
    const to = join(folder, "results");
    await using run = runParallel(["a", "bad", "c"], write);
    const paths = await run.download(to);
    expect(paths).toEqual(["0/2.txt", "0/out/1.txt", "2/2.txt", "2/out/1.txt"].map((name) => join(to, name)));
    expect(readFileSync(join(to, "2", "2.txt"), "utf8")).toBe("cc");
    expect(readdirSync(to, { recursive: true }).filter((name) => String(name).includes("partial"))).toEqual(
      [],
    );
    // Again, over what is there.
    expect(await run.download(to)).toEqual(paths);
    await expect(run.download("")).rejects.toMatchObject({ option: "folder" });
  });

  it("are never saved outside of it, nor as halves", async () => {
    const to = join(folder, "hostile");
    const file = (name: string, save: (path: string) => Promise<string>) => ({ name, save });
    const outcomes = (...files: object[]) =>
      (async function* () {
        yield { index: 0, status: "fulfilled", value: 1, files } as unknown as ItemOutcome<number>;
      })();
    const never = () => Promise.reject(new Error("saved"));
    for (const name of ["../1/x", "../../x", "/etc/x", "..", "."]) {
      await expect(downloadFiles(outcomes(file(name, never)), to)).rejects.toMatchObject({
        name: "FileError",
        code: "UnsafePath",
        path: name,
      });
    }
    const broken = () => Promise.reject(new Error("the connection broke"));
    await expect(downloadFiles(outcomes(file("x", broken)), to)).rejects.toThrow("the connection broke");
    expect(existsSync(to)).toBe(false);
  });
});
