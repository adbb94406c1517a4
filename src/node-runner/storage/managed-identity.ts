import { setTimeout as sleep } from "node:timers/promises";
import { type HttpAnswer, send } from "./http.js";

/*
 * Tokens of a managed identity of the node, from the virtual machine's own metadata service:
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */

/** Where the metadata service is on every virtual machine of Azure. */
const METADATA_SERVICE = "http://169.254.169.254";
/** Another place of it: the variable by which Azure's own libraries are told. */
const PLACE_SETTING = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/** The same in all clouds. */
const STORAGE = "https://storage.azure.com/";

/** A token is renewed this long before it expires, in milliseconds. */
const RENEWAL_MARGIN = 5 * 60_000;

/** While it is updated it answers 404 or 410, for up to 70 seconds; seven waits, doubled each time, outlast that. */
const UPDATE_WAITS = 7;
const FIRST_UPDATE_WAIT = 1_000;

/** Gives the header with a token that is good for a while yet; a new one in place of one that was `refused`. */
export type Authorize = (refused?: string) => Promise<string>;

interface Token {
  readonly header: string;
  /** By the clock that nobody sets. */
  readonly renewAt: number;
}

/** Tokens for Blob Storage of the user-assigned identity with this resource id. */
export function managedIdentity(resourceId: string, environment: NodeJS.ProcessEnv): Authorize {
  const url = tokenUrl(resourceId, environment[PLACE_SETTING] || METADATA_SERVICE);
  let current: Promise<Token> | undefined;

  return async (refused) => {
    const atHand = await current?.catch(() => undefined);
    if (atHand === undefined || atHand.header === refused || atHand.renewAt <= performance.now()) {
      current = newToken(url, resourceId);
    }
    return (await (current as Promise<Token>)).header;
  };
}

function tokenUrl(resourceId: string, place: string): URL {
  const url = new URL("/metadata/identity/oauth2/token", place);
  url.search = new URLSearchParams({
    "api-version": "2018-02-01",
    resource: STORAGE,
    msi_res_id: resourceId,
  }).toString();
  return url;
}

async function newToken(url: URL, resourceId: string): Promise<Token> {
  const answer = await askThroughUpdates(url);
  const token = parsed(answer.text);
  if (answer.status !== 200 || token?.access_token === undefined) {
    throw new Error(
      `The node's metadata service gave no token of the managed identity ${resourceId} ` +
        `(HTTP ${answer.status} ${token?.error ?? ""}): the run's pool must have this identity.`,
    );
  }
  const lifetime = Number(token.expires_in ?? 0) * 1000;
  return {
    header: `Bearer ${token.access_token}`,
    renewAt: performance.now() + Math.max(lifetime - RENEWAL_MARGIN, lifetime / 2),
  };
}

async function askThroughUpdates(url: URL): Promise<HttpAnswer> {
  for (let waits = 0; ; waits++) {
    const answer = await send({ method: "GET", url, headers: { Metadata: "true" } });
    if (![404, 410].includes(answer.status) || waits === UPDATE_WAITS) return answer;
    await sleep(FIRST_UPDATE_WAIT * 2 ** waits);
  }
}

interface TokenAnswer {
  readonly access_token?: string;
  /** Seconds, as text. */
  readonly expires_in?: string;
  readonly error?: string;
}

function parsed(text: string): TokenAnswer | undefined {
  try {
    return JSON.parse(text) as TokenAnswer;
  } catch {
    return undefined;
  }
}
