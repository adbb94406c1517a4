import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { EnvironmentSetting, JobPreparationTaskParameter } from "../azure/parameters/index.js";
import { builtFile } from "../built-file.js";
import { InvalidArgumentError } from "../errors/index.js";
import { PREPARED, type RunSettings } from "../protocol/task-settings.js";
import type { FileSource, PreparedWork } from "../work/prepared-work.js";
import type { FileStage } from "./file-stage.js";
import { type NodeAccess, type PreparationFile, resourceFile } from "./node-access.js";
import {
  APT_MODE_SETTING,
  APT_SETTING,
  NODE_MAJOR_SETTING,
  NODE_SHA256_SETTING,
  NODE_URL_SETTING,
  NPM_SETTING,
  PREPARE_COMMAND,
  PREPARE_SCRIPT,
  PREPARE_SCRIPT_NAME,
  PYTHON_PREPARATION,
  PYTHON_SETTING,
  REQUIREMENTS_SETTING,
} from "./prepare-script.js";
import { leastNodeMajor, type ResolvedOptions } from "./resolve-options.js";

/** What every node gets and does before its first task of the run. */
export interface Preparation {
  readonly files: readonly PreparationFile[];
  readonly settings: readonly EnvironmentSetting[];
  readonly installs: RunSettings["installs"];
  /** Packages of the system. */
  readonly apt: readonly string[];
}

interface Part {
  readonly files: readonly PreparationFile[];
  readonly settings: readonly EnvironmentSetting[];
}

const NOTHING: Part = { files: [], settings: [] };

interface Wanted {
  readonly name: string;
  readonly source: FileSource;
  /** The option that it comes from. */
  readonly option: string;
  /** Whether it may be as large as its owner likes. */
  readonly anySize?: boolean;
}

/** Puts what every node needs onto the stage: the runner, the work, `shared`, the run's files. */
export async function stagePreparation(
  stage: FileStage,
  work: Pick<PreparedWork, "files" | "python">,
  options: ResolvedOptions,
  sharedText: string | undefined,
): Promise<Preparation> {
  const runner = await readFile(builtFile("node-runner/runner.cjs"));
  const [files, own] = await Promise.all([
    stageWork(stage, work, options.files, sharedText),
    stageAll(stage, [
      { name: PREPARE_SCRIPT_NAME, source: { content: PREPARE_SCRIPT }, option: "work" },
      { name: PREPARED.runner, source: { content: runner }, option: "work" },
    ]),
  ]);
  const python = await stagePython(stage, work.python, options);
  const npm = await stageNpm(stage, options);
  return {
    files: [...own, ...files, ...python.files, ...npm.files],
    settings: [...nodeSettings(options), ...python.settings, ...npm.settings],
    installs: [
      ...(python === NOTHING ? [] : (["python"] as const)),
      ...(npm === NOTHING ? [] : (["npm"] as const)),
    ],
    apt: options.packages.apt,
  };
}

/** The preparation task of the run's job. */
export function preparationTask(
  preparation: Preparation,
  access: NodeAccess,
  engine: "local" | "azure",
): JobPreparationTaskParameter {
  const { files, settings, apt } = preparation;
  // The nodes of the local engine are this computer, whose system is its owner's.
  const administrator = apt.length > 0 && engine === "azure";
  const system = [
    { name: APT_SETTING, value: apt.join(" ") },
    { name: APT_MODE_SETTING, value: administrator ? "install" : "check" },
  ];
  return {
    commandLine: PREPARE_COMMAND,
    resourceFiles: files.map((file) => resourceFile(file, access)),
    environmentSettings: apt.length === 0 ? settings : [...settings, ...system],
    ...(administrator && { userIdentity: { autoUser: { scope: "pool", elevationLevel: "admin" } } }),
    constraints: { maxTaskRetryCount: 1 },
    waitForSuccess: true,
  };
}

function stageAll(stage: FileStage, files: readonly Wanted[]): Promise<PreparationFile[]> {
  return Promise.all(
    files.map(async ({ name, source, option, anySize }) => ({
      name,
      blob: anySize ? await stage.addFile(source, name, option) : await stage.add(source, name, option),
    })),
  );
}

/** Puts what an item's work is made of onto the stage: the work's own files, the run's, and `shared`. */
export function stageWork(
  stage: FileStage,
  work: Pick<PreparedWork, "files">,
  files: ResolvedOptions["files"],
  sharedText: string | undefined,
): Promise<PreparationFile[]> {
  const wanted: Wanted[] = [
    ...work.files.map((file) => ({ ...file, option: "work" })),
    ...files.map(({ path, as }) => ({
      name: `${PREPARED.files}/${as}`,
      source: { path },
      option: "files",
      anySize: true,
    })),
  ];
  if (sharedText !== undefined)
    wanted.push({ name: PREPARED.shared, source: { content: sharedText }, option: "shared" });
  refuseNameOfScript(work.files, wanted);
  return stageAll(stage, wanted);
}

function refuseNameOfScript(work: PreparedWork["files"], wanted: readonly { readonly name: string }[]): void {
  const script = work.find(({ name }) => name.startsWith(`${PREPARED.files}/`))?.name;
  if (script === undefined || wanted.filter(({ name }) => name === script).length === 1) return;
  throw new InvalidArgumentError(
    `The option files has a file by the name of the script, "${script.slice(PREPARED.files.length + 1)}": give it another one with { path, as }.`,
    { option: "files" },
  );
}

/** What makes a virtual environment on a node. Its key says when two runs can share one. */
async function stagePython(
  stage: FileStage,
  python: PreparedWork["python"],
  { env }: ResolvedOptions,
): Promise<Part> {
  if (python === undefined) return NOTHING;
  const option = "requirements";
  const requirements = await stageAll(
    stage,
    python.requirements.map((file) => ({ ...file, option })),
  );
  const programs = await stageAll(stage, [
    { name: PYTHON_PREPARATION, source: { path: builtFile(`assets/${PYTHON_PREPARATION}`) }, option },
    { name: "virtualenv.pyz", source: { path: builtFile("assets/virtualenv.pyz") }, option },
  ]);
  const key = keyOf(requirements, env, /^PIP_/);
  return {
    files: [...requirements, ...programs],
    settings: [
      { name: PYTHON_SETTING, value: python.interpreter },
      { name: REQUIREMENTS_SETTING, value: key },
    ],
  };
}

/** What npm installs on a node. */
async function stageNpm(stage: FileStage, { packages, env }: ResolvedOptions): Promise<Part> {
  const { npm, archives } = packages;
  if (npm.length === 0) return NOTHING;
  const option = "packages";
  const files = await stageAll(stage, [
    { name: `${PREPARED.packages}/npm.txt`, source: { content: `${npm.join("\n")}\n` }, option },
    ...archives.map(({ name, path }) => ({ name: `${PREPARED.packages}/${name}`, source: { path }, option })),
  ]);
  return { files, settings: [{ name: NPM_SETTING, value: keyOf(files, env, /^npm_config_/i) }] };
}

/** The same for two runs whose files and settings of the installer are the same. */
function keyOf(
  files: readonly PreparationFile[],
  env: Readonly<Record<string, string>>,
  names: RegExp,
): string {
  const settings = Object.entries(env).filter(([name]) => names.test(name));
  const text = JSON.stringify([files.map(({ blob }) => blob), settings.sort()]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function nodeSettings(options: ResolvedOptions): EnvironmentSetting[] {
  const settings = [{ name: NODE_MAJOR_SETTING, value: String(leastNodeMajor()) }];
  if (options.nodeArchive === undefined) return settings;
  return [
    ...settings,
    { name: NODE_URL_SETTING, value: options.nodeArchive.url },
    { name: NODE_SHA256_SETTING, value: options.nodeArchive.sha256 },
  ];
}
