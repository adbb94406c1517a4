/** What a storage account's connection string says. */
export interface StorageConnection {
  /** Of the Blob service, without a slash at the end. */
  readonly url: string;
  readonly name: string;
  readonly key: string;
  /** In place of the key: a SAS without a question mark. */
  readonly sas: string;
}

/** Azurite's well-known account, which everybody knows the key of: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const developmentStorage = {
  url: "http://127.0.0.1:10000/devstoreaccount1",
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/** Reads a connection string; undefined parts are missing or cannot be read. */
export function readConnectionString(text: string): Partial<StorageConnection> {
  const parts = new Map(
    text
      .split(";")
      .filter((part) => part.includes("="))
      .map((part): [string, string] => [
        part.slice(0, part.indexOf("=")).trim().toLowerCase(),
        part.slice(part.indexOf("=") + 1).trim(),
      ]),
  );
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") return developmentStorage;
  const name = parts.get("accountname");
  const sas = parts.get("sharedaccesssignature");
  return { name, key: parts.get("accountkey"), sas, url: blobUrl(parts, name) };
}

function blobUrl(parts: ReadonlyMap<string, string>, name: string | undefined): string | undefined {
  const explicit = parts.get("blobendpoint");
  if (explicit) return explicit.replace(/\/+$/, "");
  if (!name) return undefined;
  const scheme = parts.get("defaultendpointsprotocol") ?? "https";
  const suffix = parts.get("endpointsuffix") ?? "core.windows.net";
  return `${scheme}://${name}.blob.${suffix}`;
}
