import type { IncomingHttpHeaders } from "node:http";
import { ServiceError } from "./errors.js";
import { isSignatureValid, type SignedRequest } from "./signature.js";

/** Who may call: one account and its key. */
export interface AccountKey {
  readonly accountName: string;
  /** The decoded key. */
  readonly key: Buffer;
}

const allowedSkewMilliseconds = 15 * 60 * 1000;

/** Refuses a request, as the service does, unless its `Authorization` proves that the caller knows the account key. */
export function authenticate(request: SignedRequest, account: AccountKey): void {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new ServiceError("MissingRequiredHeader", [{ key: "HeaderName", value: "Authorization" }]);
  }
  const match = /^(SharedKey|SharedKeyLite) ([^:\s]+):(\S+)$/.exec(header);
  if (match === null) throw new ServiceError("InvalidAuthenticationInfo");
  const [, scheme, name, signature] = match as unknown as [
    string,
    "SharedKey" | "SharedKeyLite",
    string,
    string,
  ];

  requireRecentDate(request.headers);
  if (name.toLowerCase() !== account.accountName.toLowerCase())
    throw new ServiceError("AuthenticationFailed");
  if (!isSignatureValid(request, name, account.key, scheme, signature)) {
    throw new ServiceError("AuthenticationFailed");
  }
}

function requireRecentDate(headers: IncomingHttpHeaders): void {
  const text = headers["ocp-date"] ?? headers.date;
  if (typeof text !== "string") {
    throw new ServiceError("MissingRequiredHeader", [{ key: "HeaderName", value: "ocp-date" }]);
  }
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new ServiceError("InvalidHeaderValue", [
      { key: "HeaderName", value: headers["ocp-date"] === undefined ? "Date" : "ocp-date" },
      { key: "HeaderValue", value: text },
    ]);
  }
  if (Math.abs(Date.now() - time) > allowedSkewMilliseconds) throw new ServiceError("AuthenticationFailed");
}
