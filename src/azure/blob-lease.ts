import { randomUUID } from "node:crypto";
import type { BlobClient } from "@azure/storage-blob";
import { ServiceError } from "../errors/index.js";
import type { BlobLease } from "./ports.js";
import { asking } from "./storage-error.js";

/** Takes a lease of a blob; undefined where somebody holds one. */
export async function takeLease(
  blob: BlobClient,
  what: string,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<BlobLease | undefined> {
  // With an id of our own a repeated request, whose first answer was lost, gets the same lease again.
  const lease = blob.getBlobLeaseClient(randomUUID());
  try {
    await asking(`lease ${what}`, signal, () => lease.acquireLease(seconds, { abortSignal: signal }));
  } catch (error) {
    if (error instanceof ServiceError && error.code === "LeaseAlreadyPresent") return undefined;
    throw error;
  }
  return {
    renew: async ({ signal: own } = {}) => {
      await asking(`renew the lease of ${what}`, own, () => lease.renewLease({ abortSignal: own }));
    },
    release: async ({ signal: own } = {}) => {
      try {
        await asking(`release the lease of ${what}`, own, () => lease.releaseLease({ abortSignal: own }));
      } catch (error) {
        if (!(error instanceof ServiceError && isOver(error))) throw error;
      }
    },
  };
}

function isOver({ statusCode, code }: ServiceError): boolean {
  return statusCode === 404 || code.startsWith("Lease");
}
