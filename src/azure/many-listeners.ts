import { setMaxListeners } from "node:events";

/** Each request in flight listens to its caller's signal: more listeners than Node.js takes for healthy, and warns of. */
export function allowManyListeners(signal: AbortSignal | undefined): void {
  if (signal !== undefined) setMaxListeners(0, signal);
}
