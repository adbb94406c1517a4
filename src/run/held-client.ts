import type { Client } from "../client/client.js";

/** Where what `connect()` makes keeps its client: also for another copy of this package. */
const CLIENT = Symbol.for("azure-batch-parallel/client");

/** Makes `holder` hold `client`, invisibly for whoever prints it. */
export function holdClient(holder: object, client: Client): void {
  Object.defineProperty(holder, CLIENT, { value: client });
}

/** The client that {@link holdClient} put into a value; undefined where there is none. */
export function heldClient(value: unknown): Client | undefined {
  if (typeof value !== "object" || value === null || !(CLIENT in value)) return undefined;
  return value[CLIENT] as Client;
}
