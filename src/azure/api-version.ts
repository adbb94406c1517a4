/** The version of the Batch service that this library was written for. */
export const DEFAULT_API_VERSION = "2022-10-01.16.0";

/** The first version with task slots, without which a pool cannot be described. */
const OLDEST = "2020-09-01";

/**
 * Whether a text can be an api-version that this library can speak: a date, until 2025 with two numbers behind it, and not
 * older than 2020-09-01.12.0.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/batch-service-rest-api-versioning
 */
export function isUsableApiVersion(version: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])-\d{2}(\.\d+\.\d+)?$/.test(version) && version.slice(0, 10) >= OLDEST;
}
