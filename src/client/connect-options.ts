import type { TokenCredential } from "../azure/credential.js";

/** A Batch account with its name and one of its two keys. */
export interface BatchKeyOptions {
  /** Where its data plane is: `"https://account.region.batch.azure.com"`; `https://` may be left out. */
  readonly url: string;
  /** The account's name: `"account"`. */
  readonly name: string;
  /** One of its keys, in Base64. */
  readonly key: string;
}

/** A Batch account that an identity of Microsoft Entra ID signs in to. */
export interface BatchCredentialOptions {
  /** Where its data plane is: `"https://account.region.batch.azure.com"`; `https://` may be left out. */
  readonly url: string;
  /** Any credential of `@azure/identity`, or one of your own. */
  readonly credential: TokenCredential;
}

/** A storage account by its connection string, which holds its key. */
export interface StorageConnectionStringOptions {
  /** `"DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net"` */
  readonly connectionString: string;
}

/** A storage account that an identity of Microsoft Entra ID signs in to. */
export interface StorageCredentialOptions {
  /** Where its Blob service is: `"https://account.blob.core.windows.net"`; `https://` may be left out. */
  readonly url: string;
  /** Any credential of `@azure/identity`, or one of your own. Its identity needs the role Storage Blob Data Contributor. */
  readonly credential: TokenCredential;
}

/**
 * The account to run on and the storage that its nodes read from and write to.
 *
 * @example
 * ```ts
 * const options: ConnectOptions = {
 *   account: { url: "https://account.westeurope.batch.azure.com", name: "account", key: process.env.KEY ?? "" },
 *   storage: { connectionString: process.env.STORAGE ?? "" },
 * };
 * ```
 */
export interface ConnectOptions {
  /** The Batch account: by key, or by a credential of Entra ID. */
  readonly account: BatchKeyOptions | BatchCredentialOptions;
  /** The storage account: by connection string, or by a credential of Entra ID. */
  readonly storage: StorageConnectionStringOptions | StorageCredentialOptions;
}
