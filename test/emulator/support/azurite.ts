import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";

const account = "devstoreaccount1";
const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const sasVersion = "2025-07-05";

export interface TestStorage {
  readonly connectionString: string;
  /** Makes a container; gives its client and its URL with a SAS of these permissions. */
  container(permissions: string): Promise<TestContainer>;
  close(): Promise<void>;
}

export interface TestContainer {
  readonly name: string;
  readonly sasUrl: string;
  put(blob: string, content: string): Promise<void>;
  read(blob: string): Promise<string>;
  names(): Promise<string[]>;
  blobUrl(blob: string): string;
}

/** Starts Azurite's Blob service in a child process. */
export async function startAzurite(): Promise<TestStorage> {
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const options = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
  const child = spawn(process.execPath, [main, "--blobHost", "127.0.0.1", "--blobPort", "0", ...options], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.once("exit", () => reject(new Error(`Azurite ended: ${output}`)));
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const match = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(output);
      if (match !== null) resolve(match[0]);
    });
  });
  const credential = new StorageSharedKeyCredential(account, key);
  const service = new BlobServiceClient(`${url}/${account}`, credential);

  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${url}/${account};`,
    async container(permissions) {
      const name = `c${randomUUID()}`;
      const client = service.getContainerClient(name);
      await client.create();
      const sas = generateBlobSASQueryParameters(
        {
          containerName: name,
          permissions: ContainerSASPermissions.parse(permissions),
          expiresOn: new Date(Date.now() + 3_600_000),
          version: sasVersion,
        },
        credential,
      ).toString();
      return {
        name,
        sasUrl: `${client.url}?${sas}`,
        async put(blob, content) {
          await client.getBlockBlobClient(blob).upload(content, Buffer.byteLength(content));
        },
        async read(blob) {
          return (await client.getBlobClient(blob).downloadToBuffer()).toString("utf8");
        },
        async names() {
          const names: string[] = [];
          for await (const blob of client.listBlobsFlat()) names.push(blob.name);
          return names;
        },
        blobUrl: (blob) => `${client.getBlobClient(blob).url}?${sas}`,
      };
    },
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}
