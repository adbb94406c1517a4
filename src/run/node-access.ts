import type { ResourceFile } from "../azure/parameters/index.js";
import type { ContainerPort } from "../azure/ports.js";
import type { Connection } from "../client/client.js";
import { ConfigurationError, InvalidArgumentError, type ServiceError } from "../errors/index.js";
import type { ResolvedOptions } from "./resolve-options.js";

/*
 * How nodes get at the run's container, and at nothing else: by two SAS, or by a managed identity of their pool.
 */

/** The run's container as nodes reach it. Either both URLs hold a SAS, or neither, and the identity signs in. */
export interface NodeAccess {
  /** To read inputs with. */
  readonly inputUrl: string;
  /** To create results with, and read them. */
  readonly outputUrl: string;
  /** The resource id of the managed identity. */
  readonly nodeIdentity?: string;
}

/** A file of the run: its blob, and its name in the preparation task's working directory. */
export interface PreparationFile {
  readonly name: string;
  readonly blob: string;
}

/** Refuses a run whose nodes would get nowhere, before anything is created. */
export function refuseWithoutNodeAccess(
  { storage, storageSetting, nodeIdentity, engine }: Connection,
  { pool }: ResolvedOptions,
): void {
  if (nodeIdentity === undefined) {
    if (storage.signs) return;
    // The port of missing storage says that it is missing.
    storage.container("none");
    throw new ConfigurationError(
      `${storageSetting} is a SAS, which cannot sign a narrower one for nodes, and is not handed to them as it opens the whole ` +
        "account: give storage.nodeIdentity, a managed identity of the pool, or connect to storage by key or credential.",
      { code: "NoNodeAccess", settings: [storageSetting, "storage.nodeIdentity"] },
    );
  }
  if (engine === "local" || typeof pool === "string") return;
  throw new InvalidArgumentError(
    "Nodes are to sign in with storage.nodeIdentity, and a pool that a run makes has no identity, as the Batch service cannot " +
      "give it one: give the option pool the id of a pool that has it.",
    { option: "pool" },
  );
}

export async function nodeAccess(
  { nodeIdentity }: Connection,
  container: ContainerPort,
  deadline: number,
): Promise<NodeAccess> {
  if (nodeIdentity !== undefined) {
    const { url } = container;
    return { inputUrl: url, outputUrl: url, nodeIdentity: nodeIdentity.resourceId };
  }
  const [inputUrl, outputUrl] = await Promise.all([
    container.sasUrl("r", deadline),
    container.sasUrl("rc", deadline),
  ]);
  return { inputUrl, outputUrl };
}

/** A file of the run as Batch brings it to a node. */
export function resourceFile({ name, blob }: PreparationFile, access: NodeAccess): ResourceFile {
  const url = new URL(access.inputUrl);
  url.pathname += `/${blob.split("/").map(encodeURIComponent).join("/")}`;
  const file = { httpUrl: url.href, filePath: name };
  const { nodeIdentity: resourceId } = access;
  return resourceId === undefined ? file : { ...file, identityReference: { resourceId } };
}

/** What a refusal of a run's first request to storage means to whoever configured it. */
export function storageRefusal(error: ServiceError, setting: string): ConfigurationError {
  return new ConfigurationError(`The storage account refused ${setting}. ${error.message}`, {
    code: "AccessRefused",
    settings: [setting],
    cause: error,
  });
}
