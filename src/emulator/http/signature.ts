import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { rawPath } from "./request.js";

const signedHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

/** What a signature covers of a request. */
export interface SignedRequest {
  method: string;
  rawUrl: string;
  headers: IncomingHttpHeaders;
}

/** How the two shared key schemes are named in the `Authorization` header. */
export type SharedKeyScheme = "SharedKey" | "SharedKeyLite";

/**
 * Whether `signature` is one that a known client makes for this request. Clients differ in how they sign a request
 * without body, empty and repeated query parameters and a `Date` beside `ocp-date`; each known form is tried.
 */
export function isSignatureValid(
  request: SignedRequest,
  account: string,
  key: Buffer,
  scheme: SharedKeyScheme,
  signature: string,
): boolean {
  const given = Buffer.from(signature, "base64");
  for (const text of stringsToSign(request, account, scheme)) {
    const expected = createHmac("sha256", key).update(text, "utf8").digest();
    if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
  }
  return false;
}

/** What a signature has to cover, as the service documents it and says it to who signed something else. */
export function stringToSign(request: SignedRequest, account: string, scheme: SharedKeyScheme): string {
  const [documented] = stringsToSign(request, account, scheme);
  return documented!;
}

/** Every form of the string to sign that the known clients produce for a request, the documented one first. */
function* stringsToSign(request: SignedRequest, account: string, scheme: SharedKeyScheme): Generator<string> {
  const canonicalHeaders = canonicalizedHeaders(request.headers);
  for (const resource of canonicalizedResources(request.rawUrl, account)) {
    for (const date of dateForms(request.headers)) {
      for (const length of scheme === "SharedKey" ? lengthForms(request.headers) : [""]) {
        yield headerLines(request, scheme, date, length) + canonicalHeaders + resource;
      }
    }
  }
}

function headerLines(request: SignedRequest, scheme: SharedKeyScheme, date: string, length: string): string {
  const names = scheme === "SharedKey" ? signedHeaders : (["content-md5", "content-type", "date"] as const);
  const lines = names.map((name) => {
    if (name === "date") return date;
    if (name === "content-length") return length;
    return single(request.headers[name]);
  });
  return `${[request.method.toUpperCase(), ...lines].join("\n")}\n`;
}

function lengthForms(headers: IncomingHttpHeaders): string[] {
  const sent = single(headers["content-length"]);
  return sent === "" || sent === "0" ? [sent, sent === "" ? "0" : ""] : [sent];
}

function dateForms(headers: IncomingHttpHeaders): string[] {
  const date = single(headers.date);
  return headers["ocp-date"] !== undefined && date !== "" ? ["", date] : [date];
}

function canonicalizedHeaders(headers: IncomingHttpHeaders): string {
  return Object.keys(headers)
    .filter((name) => name.startsWith("ocp-"))
    .sort()
    .map(
      (name) =>
        `${name}:${single(headers[name])
          .replace(/\s*\r?\n\s*/g, " ")
          .trim()}\n`,
    )
    .join("");
}

function canonicalizedResources(rawUrl: string, account: string): Set<string> {
  const start = `/${account}${rawPath(rawUrl)}`;
  const parameters = queryPairs(rawUrl);
  const forms = new Set<string>();
  for (const lowerCase of [true, false]) {
    for (const repeated of ["all", "first", "last"] as const) {
      for (const keepEmpty of [true, false]) {
        forms.add(start + canonicalizedQuery(parameters, { lowerCase, repeated, keepEmpty }));
      }
    }
  }
  return forms;
}

interface QueryForm {
  lowerCase: boolean;
  repeated: "all" | "first" | "last";
  keepEmpty: boolean;
}

function canonicalizedQuery(pairs: [string, string][], form: QueryForm): string {
  const byName = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const key = form.lowerCase ? name.toLowerCase() : name;
    const values = byName.get(key);
    if (values === undefined) byName.set(key, [value]);
    else values.push(value);
  }
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => [name, oneValue(values, form.repeated)] as const)
    .filter(([, value]) => form.keepEmpty || value !== "")
    .map(([name, value]) => `\n${name}:${value}`)
    .join("");
}

function oneValue(values: string[], repeated: QueryForm["repeated"]): string {
  if (repeated === "first") return values[0]!;
  if (repeated === "last") return values[values.length - 1]!;
  return [...values].sort().join(",");
}

function queryPairs(rawUrl: string): [string, string][] {
  const start = rawUrl.indexOf("?");
  return start < 0 ? [] : [...new URLSearchParams(rawUrl.slice(start + 1))];
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(",") : (value ?? "")).trim();
}
