import { ServiceError } from "../errors/index.js";
import type { AccessToken, TokenCredential } from "./credential.js";
import { redact } from "./redact.js";

/** A token is renewed this long before it expires, in milliseconds, where its issuer does not say when. */
const RENEWAL_MARGIN = 5 * 60_000;

/** Gives the token for one scope: the one at hand, or a new one before that expires, or where it was `refused`. */
type TokenSource = (refused?: string) => Promise<string>;

export function tokenSource(credential: TokenCredential, scope: string): TokenSource {
  let current: AccessToken | undefined;
  let renewal: Promise<AccessToken> | undefined;

  const renew = () => {
    renewal ??= tokenOf(credential, "batch", scope).finally(() => {
      renewal = undefined;
    });
    return renewal;
  };

  return async (refused) => {
    const now = Date.now();
    if (refused !== undefined && current?.token === refused) current = undefined;
    if (current === undefined || current.expiresOnTimestamp <= now) {
      current = await renew();
    } else if (renewalTime(current) <= now) {
      // A token that still works is good enough if no new one can be had at the moment.
      const atHand: AccessToken = current;
      current = await renew().catch(() => atHand);
    }
    return current.token;
  };
}

function renewalTime(token: AccessToken): number {
  return token.refreshAfterTimestamp ?? token.expiresOnTimestamp - RENEWAL_MARGIN;
}

/** The same credential, whose failures are ours: whoever calls it need not know how each kind of them fails. */
export function storageCredential(credential: TokenCredential): TokenCredential {
  return { getToken: (scopes, options) => tokenOf(credential, "storage", scopes, options) };
}

async function tokenOf(
  credential: TokenCredential,
  service: "batch" | "storage",
  ...request: Parameters<TokenCredential["getToken"]>
): Promise<AccessToken> {
  let token: AccessToken | null;
  try {
    token = await credential.getToken(...request);
  } catch (error) {
    request[1]?.abortSignal?.throwIfAborted();
    // Not as a cause: errors of credentials hold the requests that they sent.
    throw noToken(service, error instanceof Error ? `${error.name}: ${redact(error.message)}` : "it failed");
  }
  if (typeof token?.token !== "string") throw noToken(service, "it gave none");
  return token;
}

function noToken(service: "batch" | "storage", reason: string): ServiceError {
  const name = service === "batch" ? "Azure Batch" : "Blob Storage";
  return new ServiceError(`The credential gave no token for ${name}: ${reason}`, {
    service,
    code: "CredentialError",
    operation: "get a token",
  });
}
