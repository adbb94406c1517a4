import type { TokenCredential } from "./credential.js";

/** A Batch account, and how to sign in to it. `url` has a scheme and no slash at the end. */
export type BatchAccount =
  | { readonly url: string; readonly name: string; readonly key: string }
  | { readonly url: string; readonly credential: TokenCredential };

/**
 * The Blob service of a storage account, and how to sign in to it. `url` has a scheme and no slash at the end; `sas` is an
 * account SAS without a question mark.
 */
export type StorageAccount =
  | { readonly url: string; readonly name: string; readonly key: string }
  | { readonly url: string; readonly sas: string }
  | { readonly url: string; readonly credential: TokenCredential };

/**
 * The account with its key or SAS out of sight: whoever prints or serializes it does not see it. It must be handed on as it
 * is, as a copy made with `{ ...account }` has no secret.
 */
export function withHiddenKey<Account extends object>(account: Account & { readonly key: string }): Account {
  return Object.defineProperty({ ...account }, "key", { value: account.key, enumerable: false });
}

/** As {@link withHiddenKey}, for a SAS. */
export function withHiddenSas<Account extends object>(account: Account & { readonly sas: string }): Account {
  return Object.defineProperty({ ...account }, "sas", { value: account.sas, enumerable: false });
}
