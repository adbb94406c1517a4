import { randomUUID } from "node:crypto";

/*
 * An answer may be lost after the service created what was asked for, and the repeated request then finds it existing.
 * A mark among its metadata tells our own from somebody else's of the same name.
 */

/** A name that jobs, pools and containers all take for metadata. */
export const CREATION_ID = "creationid";

export function newCreationId(): string {
  return randomUUID();
}
