import { isKnownVersion } from "../wire/api-version.js";
import { ServiceError } from "./errors.js";

/** Takes the `api-version` of a request, or refuses it as the service does: before it looks at credentials. */
export function requireApiVersion(query: ReadonlyMap<string, string>): string {
  const version = query.get("api-version");
  if (version === undefined || version === "") {
    throw new ServiceError("MissingRequiredQueryParameter", [
      { key: "QueryParameterName", value: "api-version" },
    ]);
  }
  if (!isKnownVersion(version)) throw new ServiceError("UnsupportedRequestVersion");
  return version;
}
