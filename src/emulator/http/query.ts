import { invalidQuery, ServiceError } from "./errors.js";

const defaultTimeoutSeconds = 30;
const knownOptions = new Set(["$expand", "$filter", "$select", "$skiptoken"]);

/** Refuses what would change an answer and is not done: an OData option the service does not have, a bad `timeout`. */
export function checkQuery(query: ReadonlyMap<string, string>): void {
  for (const name of query.keys()) {
    if (name.startsWith("$") && !knownOptions.has(name)) {
      throw new ServiceError("UnsupportedQueryParameter", [{ key: "QueryParameterName", value: name }]);
    }
  }
  timeoutOf(query);
}

/** How many seconds a request may take. */
export function timeoutOf(query: ReadonlyMap<string, string>): number {
  const text = query.get("timeout");
  if (text === undefined) return defaultTimeoutSeconds;
  if (!/^\d+$/.test(text)) throw invalidQuery("timeout", text, "The timeout is not a number of seconds");
  return Number(text);
}
