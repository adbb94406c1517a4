import type { TokenCredential } from "./credential.js";

/**
 * `DefaultAzureCredential`, loaded when its first token is needed. It signs in where the account's cloud says, unless
 * AZURE_AUTHORITY_HOST says otherwise.
 */
export function defaultCredential(authority: string): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      loading ??= load(authority);
      const credential = await loading;
      return credential.getToken(scopes, options);
    },
  };
}

async function load(authority: string): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  const authorityHost = process.env.AZURE_AUTHORITY_HOST ?? authority;
  return new DefaultAzureCredential({ authorityHost });
}
