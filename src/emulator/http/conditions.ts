import type { IncomingHttpHeaders } from "node:http";
import { eTagOf, type Micros, parseHttpDate } from "../wire/time.js";
import { ServiceError } from "./errors.js";

/** Which conditional headers an operation takes: all four, only the two with dates (files), or none. */
export type Conditional = "all" | "dates" | "none";

/** Refuses the request when a conditional header does not hold for an entity of this modification time. */
export function checkConditions(
  method: string,
  headers: IncomingHttpHeaders,
  conditional: Conditional,
  modified: Micros,
): void {
  if (conditional === "none") return;
  const tags = conditional === "all";
  const match = tags ? headers["if-match"] : undefined;
  const noneMatch = tags ? text(headers["if-none-match"]) : undefined;
  const since = headers["if-modified-since"];
  const unmodifiedSince = headers["if-unmodified-since"];
  refuseUnknownPairs(match, noneMatch, since, unmodifiedSince);

  const reads = method === "GET" || method === "HEAD";
  if (match !== undefined) {
    if (!namesTag(match, modified)) throw new ServiceError("ConditionNotMet", [], 412);
  } else if (unmodifiedSince !== undefined) {
    if (seconds(modified) > date("If-Unmodified-Since", unmodifiedSince)) {
      throw new ServiceError("ConditionNotMet", [], 412);
    }
  }
  if (noneMatch !== undefined) {
    if (namesTag(noneMatch, modified)) throw new ServiceError("ConditionNotMet", [], reads ? 304 : 412);
  } else if (since !== undefined) {
    if (seconds(modified) <= date("If-Modified-Since", since)) {
      throw new ServiceError("ConditionNotMet", [], reads ? 304 : 412);
    }
  }
}

function refuseUnknownPairs(...headers: (string | undefined)[]): void {
  const [match, noneMatch, since, unmodifiedSince] = headers;
  const given = headers.filter((header) => header !== undefined).length;
  if (given < 2) return;
  const documented =
    given === 2 &&
    ((noneMatch !== undefined && since !== undefined) ||
      (match !== undefined && unmodifiedSince !== undefined));
  if (!documented) throw new ServiceError("MultipleConditionHeadersNotSupported");
}

function namesTag(header: string, modified: Micros): boolean {
  const tag = eTagOf(modified);
  return header.split(",").some((part) => {
    const value = part
      .trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/, "$1");
    return value === "*" || value === tag;
  });
}

function seconds(time: Micros): number {
  return Math.floor(time / 1_000_000);
}

function date(name: string, value: string): number {
  const time = parseHttpDate(value);
  if (time === undefined) {
    throw new ServiceError("InvalidHeaderValue", [
      { key: "HeaderName", value: name },
      { key: "HeaderValue", value },
    ]);
  }
  return seconds(time);
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(",") : header;
}
