import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ContainerClient } from "@azure/storage-blob";
import { build } from "esbuild";
import { inputBlob, LOGS, OUTCOMES, parseOutcomeBlob } from "../../../src/protocol/blob-names.js";
import { decode, encode } from "../../../src/protocol/codec.js";
import { type LogLine, parseLogs } from "../../../src/protocol/log-lines.js";
import {
  type ItemFailure,
  type PartHeader,
  parseOutcomeLine,
  type ResultFile,
  splitPart,
} from "../../../src/protocol/outcome-part.js";
import {
  CHUNK_SETTING,
  type ChunkInput,
  PREPARED,
  RUN_SETTING,
  type RunSettings,
} from "../../../src/protocol/task-settings.js";
import { type Azurite, sasUrl, startAzurite } from "./azurite.js";

/** A folder with the bundled runner, and Blob Storage: all that a compute node needs. */
export interface TestNode {
  readonly azurite: Azurite;
  readonly runner: string;
  readonly root: string;
  readonly remove: () => Promise<void>;
}

export async function startNode(): Promise<TestNode> {
  const root = mkdtempSync(join(tmpdir(), "node-runner-"));
  const runner = join(root, "runner.cjs");
  const [azurite] = await Promise.all([
    startAzurite(),
    build({
      entryPoints: ["src/node-runner/main.ts"],
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      minifySyntax: true,
      outfile: runner,
      logLevel: "error",
    }),
  ]);
  return {
    azurite,
    runner,
    root,
    async remove() {
      await azurite.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export interface TestTask {
  readonly items: readonly unknown[];
  /** The text of the module with the function; absent for commands. */
  readonly module?: string;
  readonly shared?: unknown;
  /** The run's files, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  readonly run?: Partial<RunSettings>;
  readonly chunk?: number;
  readonly start?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the items lie in a blob, between those of other chunks, and not in the setting itself. */
  readonly packed?: boolean;
  readonly container?: ContainerClient;
}

export interface Outcome {
  readonly offset: number;
  readonly attempt: number;
  readonly milliseconds: number;
  readonly files: readonly ResultFile[];
  readonly value?: unknown;
  readonly failure?: ItemFailure;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A task on a test node, which can be started several times. */
export class TaskOnNode {
  readonly container: ContainerClient;
  readonly folder: string;
  readonly #runner: string;
  readonly #environment: Record<string, string>;
  #started = 0;

  private constructor(
    container: ContainerClient,
    runner: string,
    folder: string,
    environment: Record<string, string>,
  ) {
    this.container = container;
    this.folder = folder;
    this.#runner = runner;
    this.#environment = environment;
  }

  static async create(node: TestNode, task: TestTask): Promise<TaskOnNode> {
    const container = task.container ?? (await node.azurite.newContainer());
    const folder = mkdtempSync(join(node.root, "task-"));
    const prepared = join(folder, "prepared");
    mkdirSync(prepared);
    if (task.module !== undefined) writeFileSync(join(prepared, PREPARED.work), task.module);
    if ("shared" in task) writeFileSync(join(prepared, PREPARED.shared), encode(task.shared));
    for (const [name, text] of Object.entries(task.files ?? {})) {
      const file = join(prepared, PREPARED.files, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o755 });
    }
    const run: RunSettings = {
      version: 1,
      runId: "test",
      work: task.module === undefined ? "command" : "function",
      inputUrl: sasUrl(container, "r"),
      outputUrl: sasUrl(container, "rc"),
      retries: 0,
      taskSlotsPerNode: 1,
      files: Object.keys(task.files ?? {}),
      stopOnFailure: false,
      installs: [],
      ...task.run,
    };
    const lines = task.items.map(encode).join("\n");
    const chunk = {
      chunk: task.chunk ?? 0,
      start: task.start ?? 0,
      count: task.items.length,
      input: task.packed === true ? await pack(container, lines) : { kind: "inline", lines },
    };
    return new TaskOnNode(container, node.runner, folder, {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      LANG: "C.UTF-8",
      AZ_BATCH_NODE_ID: "node-1",
      AZ_BATCH_JOB_PREP_WORKING_DIR: prepared,
      [RUN_SETTING]: JSON.stringify(run),
      [CHUNK_SETTING]: JSON.stringify(chunk),
      ...task.environment,
    });
  }

  /** Starts the supervisor in a working directory of its own. */
  launch(): { child: ChildProcess; ended: Promise<Ended>; folder: string } {
    const folder = join(this.folder, `wd-${this.#started++}`);
    mkdirSync(folder);
    const child = spawn(process.execPath, [this.#runner], {
      cwd: folder,
      env: { ...this.#environment, AZ_BATCH_TASK_WORKING_DIR: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => {
      said.stdout += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      said.stderr += data.toString();
    });
    const ended = new Promise<Ended>((resolve) => {
      child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...said }));
    });
    return { child, ended, folder };
  }

  async run(): Promise<Ended> {
    return this.launch().ended;
  }

  /** Runs it to a good end, and gives the items' outcomes in their order. */
  async outcomes(): Promise<Outcome[]> {
    const ended = await this.run();
    if (ended.exitCode !== 0) throw new Error(`The runner ended with ${JSON.stringify(ended)}.`);
    return this.stored();
  }

  /** The outcomes in storage, in the items' order; an item that is there twice is an error. */
  async stored(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { lines } of await this.parts()) {
      for (const line of lines) {
        const { payload, status, ...rest } = parseOutcomeLine(line);
        if (outcomes[rest.offset] !== undefined) throw new Error(`Item ${rest.offset} has two outcomes.`);
        outcomes[rest.offset] =
          status === "fulfilled"
            ? { ...rest, value: decode(payload) }
            : { ...rest, failure: decode(payload) as ItemFailure };
      }
    }
    return outcomes;
  }

  async parts(): Promise<{ header: PartHeader; lines: string[] }[]> {
    const parts = [];
    for await (const blob of this.container.listBlobsFlat({ prefix: OUTCOMES })) {
      const part = splitPart(await this.text(blob.name));
      const { chunk, part: number } = parseOutcomeBlob(blob.name);
      if (part.header.chunk !== chunk || part.header.part !== number || number !== parts.length) {
        throw new Error(`The part ${blob.name} has the header ${JSON.stringify(part.header)}.`);
      }
      parts.push(part);
    }
    return parts;
  }

  async logs(): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for await (const blob of this.container.listBlobsFlat({ prefix: LOGS })) {
      lines.push(...parseLogs(await this.text(blob.name)));
    }
    return lines.sort((one, other) => one.offset - other.offset || one.attempt - other.attempt);
  }

  async text(blob: string): Promise<string> {
    return (await this.container.getBlobClient(blob).downloadToBuffer()).toString("utf8");
  }
}

async function pack(container: ContainerClient, lines: string): Promise<ChunkInput> {
  const before = Buffer.from('"another chunk’s"\n');
  const mine = Buffer.from(lines);
  const blob = inputBlob(3);
  const all = Buffer.concat([before, mine, Buffer.from('\n"and another’s"')]);
  await container.getBlockBlobClient(blob).upload(all, all.length);
  return { kind: "blob", blob, offset: before.length, length: mine.length };
}
