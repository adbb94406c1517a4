import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "../wire/json.js";
import { invalidQuery } from "./errors.js";

/** A request as the operations see it: authenticated, routed and parsed. */
export interface BatchRequest {
  /** What the answer calls `request-id`. */
  readonly id: string;
  readonly method: string;
  /** Scheme and host as the client addressed them, e.g. `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The path and query exactly as sent. */
  readonly rawUrl: string;
  /** The path's variable parts, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The parameters of the query, by their names in lower case. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly apiVersion: string;
  /** The body in the form the service keeps; an empty object when there is none. */
  readonly body: JsonObject;
}

/** The path of a request without its query, as sent. */
export function rawPath(rawUrl: string): string {
  const end = rawUrl.indexOf("?");
  return end < 0 ? rawUrl : rawUrl.slice(0, end);
}

/** Whether a query parameter that is a yes or a no says yes; without it no. */
export function wants(request: BatchRequest, name: string): boolean {
  const text = request.query.get(name)?.toLowerCase() ?? "";
  if (text === "" || text === "false") return false;
  if (text === "true") return true;
  throw invalidQuery(name, text, "The value has to be true or false");
}
