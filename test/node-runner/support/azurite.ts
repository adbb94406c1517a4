import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  BlobServiceClient,
  type ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";

/** The account that every Azurite has. */
const NAME = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export interface Azurite {
  readonly newContainer: () => Promise<ContainerClient>;
  readonly stop: () => Promise<void>;
}

/** Starts Azurite's Blob Storage on a free port. */
export async function startAzurite(): Promise<Azurite> {
  const main = join(
    dirname(createRequire(import.meta.url).resolve("azurite/package.json")),
    "dist/src/blob/main.js",
  );
  const options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--silent"];
  // It ends with this process, whatever ends that: its standard input is a pipe from here.
  const hosted = `process.stdin.on("end", () => process.exit()).resume(); require(${JSON.stringify(main)});`;
  const child = spawn(
    process.execPath,
    ["-e", hosted, "azurite", ...options, "--skipApiVersionCheck", "--disableTelemetry"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const url = await listening(child);
  const service = new BlobServiceClient(`${url}/${NAME}`, new StorageSharedKeyCredential(NAME, KEY));
  let made = 0;
  return {
    async newContainer() {
      const container = service.getContainerClient(`run-${made++}`);
      await container.create();
      return container;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** A container's URL with a SAS of these permissions. */
export function sasUrl(container: ContainerClient, permissions: string): string {
  const sas = generateBlobSASQueryParameters(
    {
      containerName: container.containerName,
      permissions: ContainerSASPermissions.parse(permissions),
      expiresOn: new Date(Date.now() + 3_600_000),
      version: "2025-07-05",
    },
    new StorageSharedKeyCredential(NAME, KEY),
  );
  return `${container.url}?${sas.toString()}`;
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (data: Buffer) => {
      said += data.toString();
      const url = /successfully listens on (http:\S+)/i.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("exit", (code) => reject(new Error(`Azurite ended with exit code ${code}: ${said}`)));
  });
}
