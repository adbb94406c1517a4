import type { IncomingHttpHeaders } from "node:http";
import { parseHttpDate } from "../wire/time.js";
import { ServiceError } from "./errors.js";
import { rawPath } from "./request.js";
import { isSignatureValid, type SignedRequest, stringToSign } from "./signature.js";

/** Who may call. */
export interface Credentials {
  readonly accountName: string;
  /** The decoded account key. */
  readonly key: Buffer;
  /** The audience that bearer tokens must have; without one no token is taken but those of tasks. */
  readonly bearerAudience: string | undefined;
  /** The id of the job that a task's token opens. */
  jobOfToken(token: string): string | undefined;
}

const allowedSkewMicros = 15 * 60 * 1_000_000;

/** Refuses a request, as the service does, unless its `Authorization` proves that the caller may send it. */
export function authenticate(request: SignedRequest, credentials: Credentials): void {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new ServiceError("MissingRequiredHeader", [{ key: "HeaderName", value: "Authorization" }]);
  }
  const bearer = /^Bearer (\S+)$/i.exec(header)?.[1];
  if (bearer === undefined) checkSignature(request, credentials, header);
  else checkToken(request, credentials, bearer);
}

function checkSignature(request: SignedRequest, credentials: Credentials, header: string): void {
  const match = /^(SharedKey|SharedKeyLite) ([^:\s]+):(\S+)$/.exec(header);
  if (match === null) throw new ServiceError("InvalidAuthenticationInfo");
  const [, scheme, name, signature] = match as unknown as [
    string,
    "SharedKey" | "SharedKeyLite",
    string,
    string,
  ];

  requireRecentDate(request.headers);
  if (name.toLowerCase() !== credentials.accountName.toLowerCase())
    throw authenticationFailed(`The account '${name}' is not the account of this address.`);
  if (!isSignatureValid(request, name, credentials.key, scheme, signature)) {
    throw authenticationFailed(
      `The MAC signature found in the HTTP request '${signature}' is not the same as any computed signature. ` +
        `Server used following string to sign: '${stringToSign(request, name, scheme)}'.`,
    );
  }
}

/** The refusal says what the service compared: without it nobody finds the header that was signed in another form. */
function authenticationFailed(detail: string): ServiceError {
  return new ServiceError("AuthenticationFailed", [{ key: "AuthenticationErrorDetail", value: detail }]);
}

function requireRecentDate(headers: IncomingHttpHeaders): void {
  const text = headers["ocp-date"] ?? headers.date;
  if (typeof text !== "string") {
    throw new ServiceError("MissingRequiredHeader", [{ key: "HeaderName", value: "ocp-date" }]);
  }
  const time = parseHttpDate(text);
  if (time === undefined) {
    throw new ServiceError("InvalidHeaderValue", [
      { key: "HeaderName", value: headers["ocp-date"] === undefined ? "Date" : "ocp-date" },
      { key: "HeaderValue", value: text },
    ]);
  }
  if (Math.abs(Date.now() * 1000 - time) > allowedSkewMicros) {
    throw authenticationFailed(`The date of the request is more than 15 minutes off: '${text}'.`);
  }
}

function checkToken(request: SignedRequest, credentials: Credentials, token: string): void {
  const jobId = credentials.jobOfToken(token);
  if (jobId !== undefined) {
    requireOwnJob(request, jobId);
    return;
  }
  if (credentials.bearerAudience === undefined) throw new ServiceError("InvalidAuthenticationInfo", [], 401);
  const claims = claimsOf(token);
  const audiences = [claims?.aud].flat().map(withoutSlash);
  const expired = typeof claims?.exp === "number" && claims.exp * 1000 < Date.now();
  if (!audiences.includes(withoutSlash(credentials.bearerAudience)) || expired) {
    throw new ServiceError("InvalidAuthenticationInfo", [], 401);
  }
}

/** A task's token allows all operations on the job it belongs to, and nothing else. */
function requireOwnJob(request: SignedRequest, jobId: string): void {
  const path = decodeURIComponent(rawPath(request.rawUrl)).toLowerCase();
  const own = `/jobs/${jobId}`.toLowerCase();
  if (path !== own && !path.startsWith(`${own}/`)) throw new ServiceError("InsufficientAccountPermissions");
}

// The signature of the token is not checked: the emulator has no keys to check it with.
function claimsOf(token: string): { aud?: unknown; exp?: unknown } | undefined {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function withoutSlash(audience: unknown): unknown {
  return typeof audience === "string" ? audience.replace(/\/$/, "") : audience;
}
