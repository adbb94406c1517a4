import type { BlobLease, ContainerPort } from "../azure/ports.js";
import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { INPUT_END, MANIFEST } from "../protocol/blob-names.js";

/*
 * What a run is, in its own container: whoever has the account's credentials can read it, from any machine. Whoever drives
 * the run holds a lease of it, which says that the run has an owner; a killed one's lease runs out by itself.
 */

/** What a run says of itself to another process. */
export interface Manifest {
  readonly version: 1;
  readonly runId: string;
  /** When its container was made, by the service's clock: an ISO time. */
  readonly createdAt: string;
  readonly work: "function" | "command";
  /** How many items there are; absent where the input did not say so before its first one. */
  readonly total?: number;
  /** Milliseconds from `createdAt` that the run may take. */
  readonly deadline: number;
  readonly retries: number;
  readonly onError: "continue" | "stop";
  /** What its owner wanted to be left of it. */
  readonly keep: "never" | "on-failure" | "always";
  readonly tags: Readonly<Record<string, string>>;
}

/** The longest that the service leases for, in seconds: so long a run that nobody drives looks owned. */
const LEASE_SECONDS = 60;
/** Two renewals may fail before the lease runs out. */
const RENEW_MILLISECONDS = 20_000;

/** A run's owner, who is one for as long as this process lives and has not released it. */
export interface Ownership {
  /** Gives the run up. It never fails: the lease runs out in any case. */
  release(): Promise<void>;
}

export async function writeManifest(container: ContainerPort, manifest: Manifest): Promise<void> {
  await container.put(MANIFEST, JSON.stringify(manifest));
}

/** Says how many items there were, at the end of an input that did not say it before. */
export async function writeInputEnd(container: ContainerPort, items: number): Promise<void> {
  await container.put(INPUT_END, JSON.stringify({ items }));
}

/** How many items there were; undefined where nobody has said so, or not yet. */
export async function readInputEnd(container: ContainerPort): Promise<number | undefined> {
  const content = await container.get(INPUT_END);
  return content && (JSON.parse(content.toString("utf8")) as { items: number }).items;
}

/** The manifest in a container; undefined where there is none, or no container. */
export async function readManifest(container: ContainerPort): Promise<Manifest | undefined> {
  const content = await container.get(MANIFEST).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === "ContainerNotFound") return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const manifest = parsed(content);
  if (manifest?.version === 1) return manifest as Manifest;
  throw new InvalidArgumentError(
    `The container ${container.url} is no run's that this version of azure-batch-parallel can read: its ${MANIFEST} has the ` +
      `version ${JSON.stringify(manifest?.version)}. Use the version that began the run.`,
    { option: "id" },
  );
}

function parsed(content: Buffer): Partial<Manifest> | undefined {
  try {
    return JSON.parse(content.toString("utf8")) as Partial<Manifest>;
  } catch {
    return undefined;
  }
}

/** Whether a process that lives drives the run of this container. For up to a minute after it was killed, one does. */
export function isOwned(container: ContainerPort): Promise<boolean> {
  return container.isLeased(MANIFEST);
}

/** Becomes the owner of the run, whose manifest must be there; undefined where another process is. */
export async function own(container: ContainerPort): Promise<Ownership | undefined> {
  const lease = await container.lease(MANIFEST, LEASE_SECONDS);
  return lease && renewed(lease);
}

function renewed(lease: BlobLease): Ownership {
  const timer = setInterval(() => {
    lease.renew().catch((error: unknown) => {
      // Somebody else's by now, or gone with the container. Whatever else failed may work the next time.
      const over =
        error instanceof ServiceError && (error.code.startsWith("Lease") || error.statusCode === 404);
      if (over) clearInterval(timer);
    });
  }, RENEW_MILLISECONDS);
  // It keeps no process alive; the run does that while it goes on.
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await lease.release().catch(() => undefined);
    },
  };
}
