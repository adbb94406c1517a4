import { createWriteStream } from "node:fs";
import { chmod, cp, mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import type { FailureInfo } from "../state/failure.js";
import type { NodeRecord } from "../state/node.js";
import type { ApplicationPackageReference } from "../state/specs.js";
import type { ApplicationLibrary, ApplicationPackage } from "./applications.js";

/** What came of deploying packages: the variables that say where they are, or why they are not there. */
export type Deployment =
  | { kind: "deployed"; environment: Record<string, string> }
  | { kind: "failed"; failure: FailureInfo };

const deployed = new WeakMap<NodeRecord["folders"], Map<string, Promise<void>>>();

/** Deploys application packages to a node, each once. */
export async function deployPackages(
  library: ApplicationLibrary,
  node: NodeRecord,
  references: readonly ApplicationPackageReference[],
): Promise<Deployment> {
  const environment: Record<string, string> = {};
  for (const reference of references) {
    const found = library.resolve(reference);
    if (found === undefined)
      return { kind: "failed", failure: packageFailure(reference, "It does not exist") };
    const target = join(node.folders.root, "applications", found.id, found.version);
    try {
      await deployOnce(node, found, target);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "failed", failure: packageFailure(reference, reason) };
    }
    environment[variableName(`${found.id}_${found.version}`)] = target;
    if (found.isDefault) environment[variableName(found.id)] = target;
  }
  return { kind: "deployed", environment };
}

// On Linux the service writes hyphens and dots of an application's id and version as underscores.
function variableName(name: string): string {
  return `AZ_BATCH_APP_PACKAGE_${name.replace(/[-.]/g, "_")}`;
}

function deployOnce(node: NodeRecord, found: ApplicationPackage, target: string): Promise<void> {
  const here = deployed.get(node.folders) ?? new Map<string, Promise<void>>();
  deployed.set(node.folders, here);
  let deployment = here.get(target);
  if (deployment === undefined) {
    deployment = deploy(found.path, target);
    here.set(target, deployment);
    // What failed may be mended until the next try.
    deployment.catch(() => here.delete(target));
  }
  return deployment;
}

async function deploy(path: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  if ((await stat(path)).isDirectory()) await cp(path, target, { recursive: true });
  else await unzip(path, target);
}

async function unzip(file: string, target: string): Promise<void> {
  const zip = await openZip(file);
  await new Promise<void>((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", resolve);
    zip.on("entry", (entry: yauzl.Entry) => {
      extract(zip, entry, target).then(() => zip.readEntry(), reject);
    });
    zip.readEntry();
  });
}

function openZip(file: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

async function extract(zip: yauzl.ZipFile, entry: yauzl.Entry, target: string): Promise<void> {
  const path = resolve(target, entry.fileName);
  if (!path.startsWith(target + sep)) throw new Error(`${entry.fileName} lies outside the package`);
  if (entry.fileName.endsWith("/")) {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const content = await new Promise<NodeJS.ReadableStream>((done, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : done(stream)));
  });
  await pipeline(content, createWriteStream(path));
  const mode = (entry.externalFileAttributes >>> 16) & 0o777;
  await chmod(path, mode === 0 ? 0o755 : mode);
}

function packageFailure(
  { applicationId, version }: ApplicationPackageReference,
  reason: string,
): FailureInfo {
  return {
    category: "UserError",
    code: "ApplicationPackageError",
    message: "One or more of the specified application packages could not be deployed",
    details: [
      { name: "ApplicationId", value: applicationId },
      { name: "ApplicationVersion", value: version ?? "" },
      { name: "Message", value: reason },
    ],
  };
}
