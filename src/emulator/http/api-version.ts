import { ServiceError } from "./errors.js";

// Versions whose shapes the emulator answers; the oldest renamed a few properties.
const knownVersions = [
  "2020-03-01.11.0",
  "2020-09-01.12.0",
  "2021-06-01.14.0",
  "2022-01-01.15.0",
  "2022-10-01.16.0",
  "2023-05-01.17.0",
  "2023-11-01.18.0",
  "2024-02-01.19.0",
  "2024-07-01.20.0",
] as const;

/** Takes the `api-version` of a request, or refuses it as the service does: before it looks at credentials. */
export function requireApiVersion(query: ReadonlyMap<string, string>): string {
  const version = query.get("api-version");
  if (version === undefined || version === "") {
    throw new ServiceError("MissingRequiredQueryParameter", [
      { key: "QueryParameterName", value: "api-version" },
    ]);
  }
  if (!(knownVersions as readonly string[]).includes(version))
    throw new ServiceError("UnsupportedRequestVersion");
  return version;
}
