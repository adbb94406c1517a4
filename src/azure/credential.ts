/** A token of Microsoft Entra ID. */
export interface AccessToken {
  /** The token itself, as it goes into the `Authorization` header. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  /** Milliseconds since 1970, where whoever issued it says when to ask for the next one. */
  readonly refreshAfterTimestamp?: number;
}

/**
 * Whatever gives tokens of Microsoft Entra ID: each credential of `@azure/identity` is one.
 *
 * @example
 * ```ts
 * const fixed: TokenCredential = {
 *   getToken: async () => ({ token: process.env.TOKEN ?? "", expiresOnTimestamp: Date.now() + 3_600_000 }),
 * };
 * ```
 */
export interface TokenCredential {
  /**
   * Gives a token for these scopes, such as `https://batch.core.windows.net/.default`; `null` where it has none.
   */
  getToken(scopes: string | string[], options?: { abortSignal?: AbortSignal }): Promise<AccessToken | null>;
}
