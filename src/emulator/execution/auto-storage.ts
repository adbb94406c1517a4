import { createHmac } from "node:crypto";
import type { AutoStorage } from "./resource-files.js";

/** A connection string that does not name a storage account, its key and where it is. */
export class ConnectionStringError extends Error {
  /** The name of the class. */
  override readonly name = "ConnectionStringError";
  /** The same for all of them. */
  readonly code = "ERR_EMULATOR_CONNECTION_STRING";
}

const sasVersion = "2020-12-06";
const validMilliseconds = 24 * 60 * 60 * 1000;

/** Gives read access to the containers of the storage account that is linked to the Batch account. */
export function createAutoStorage(connectionString: string | undefined): AutoStorage {
  if (connectionString === undefined) return () => undefined;
  const { endpoint, account, key } = readConnectionString(connectionString);
  return (containerName) => `${endpoint}/${containerName}?${containerSas(account, key, containerName)}`;
}

function readConnectionString(text: string): { endpoint: string; account: string; key: Buffer } {
  const parts = new Map(
    text
      .split(";")
      .filter((part) => part.includes("="))
      .map((part) => [part.slice(0, part.indexOf("=")).trim(), part.slice(part.indexOf("=") + 1).trim()]),
  );
  const account = parts.get("AccountName");
  const key = parts.get("AccountKey");
  if (account === undefined || key === undefined) {
    throw new ConnectionStringError("The storage connection string needs AccountName and AccountKey");
  }
  const protocol = parts.get("DefaultEndpointsProtocol") ?? "https";
  const suffix = parts.get("EndpointSuffix") ?? "core.windows.net";
  const endpoint = parts.get("BlobEndpoint") ?? `${protocol}://${account}.blob.${suffix}`;
  if (!URL.canParse(endpoint)) {
    throw new ConnectionStringError(`The storage connection string leads nowhere: ${endpoint} is no URL`);
  }
  return { endpoint: endpoint.replace(/\/$/, ""), account, key: Buffer.from(key, "base64") };
}

function containerSas(account: string, key: Buffer, containerName: string): string {
  const expiry = `${new Date(Date.now() + validMilliseconds).toISOString().slice(0, 19)}Z`;
  const permissions = "rl";
  const stringToSign = [
    permissions,
    "",
    expiry,
    `/blob/${account}/${containerName}`,
    "",
    "",
    "",
    sasVersion,
    "c",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
  ].join("\n");
  const signature = createHmac("sha256", key).update(stringToSign, "utf8").digest("base64");
  return new URLSearchParams({
    sv: sasVersion,
    sr: "c",
    sp: permissions,
    se: expiry,
    sig: signature,
  }).toString();
}
