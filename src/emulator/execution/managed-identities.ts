import { setTimeout as delay } from "node:timers/promises";
import type { IdentityReference } from "../state/specs.js";

/** The variable by which Azure's client libraries find another metadata service than the virtual machine's own. */
export const METADATA_PLACE = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/** Headers that sign a request to storage in as a managed identity; none where no identity is referenced. */
export type SignIn = (
  identity: IdentityReference | undefined,
  signal: AbortSignal,
) => Promise<Record<string, string>>;

/** The nodes have no such identity. */
export class IdentityFailure extends Error {
  override readonly name = "IdentityFailure";
}

const tries = 3;

/** Signs in with tokens of a metadata service (or of a stand-in for one), as a node of Azure asks its own for them. */
export function createSignIn(metadataService: string | undefined): SignIn {
  return async (identity, signal): Promise<Record<string, string>> => {
    if (identity === undefined) return {};
    if (metadataService === undefined) {
      throw new IdentityFailure(`The nodes have no managed identity ${identity.resourceId}`);
    }
    const url = new URL("/metadata/identity/oauth2/token", metadataService);
    url.searchParams.set("api-version", "2018-02-01");
    url.searchParams.set("resource", "https://storage.azure.com/");
    url.searchParams.set("msi_res_id", identity.resourceId ?? "");
    const token = await ask(url, signal);
    if (token === undefined) throw new IdentityFailure(`The nodes get no token of ${identity.resourceId}`);
    return { authorization: `Bearer ${token}`, "x-ms-version": "2021-08-06" };
  };
}

async function ask(url: URL, signal: AbortSignal): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(url, { signal, headers: { Metadata: "true" } });
      if (answer.ok) return ((await answer.json()) as { access_token?: string }).access_token;
      await answer.body?.cancel();
      if (answer.status < 500) return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === tries) throw error;
    }
    if (attempt === tries) return undefined;
    await delay(200 * attempt, undefined, { signal });
  }
}
