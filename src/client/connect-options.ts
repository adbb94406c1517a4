import type { TokenCredential } from "../azure/credential.js";

/** A Batch account with its name and one of its two keys. */
export interface BatchKeyOptions {
  /** Where its data plane is: `"https://account.region.batch.azure.com"`. */
  readonly url: string;
  /** The account's name: `"account"`. */
  readonly name: string;
  /** One of its keys, in Base64. */
  readonly key: string;
}

/**
 * A Batch account that an identity of Microsoft Entra ID signs in to. A token is asked for with the scope of the account's
 * cloud, which its URL shows: `https://batch.core.windows.net/.default`, in the Government's
 * `https://batch.core.usgovcloudapi.net/.default`, in China's `https://batch.chinacloudapi.cn/.default`.
 */
export interface BatchCredentialOptions {
  /** Where its data plane is: `"https://account.region.batch.azure.com"`. */
  readonly url: string;
  /** Any credential of `@azure/identity`, or one of your own. */
  readonly credential: TokenCredential;
}

/**
 * A managed identity in place of a SAS: nodes sign in to storage with it, and no task holds a secret. The pool must have it:
 * Azure's management side gives a pool its identities, the Batch service cannot.
 *
 * @see https://learn.microsoft.com/azure/batch/managed-identity-pools
 */
export interface NodeIdentity {
  /**
   * `"/subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/name"`, with the role
   * Storage Blob Data Contributor on the storage account.
   */
  readonly resourceId: string;
}

/** How nodes get access to the storage. */
export interface NodeAccessOptions {
  /** A managed identity that the run's pool has. Default: a SAS of the run's container, for the run's time. */
  readonly nodeIdentity?: NodeIdentity;
}

/** A storage account by its connection string, which holds its key, or a SAS as in {@link StorageSasOptions}. */
export interface StorageConnectionStringOptions extends NodeAccessOptions {
  /** `"DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net"` */
  readonly connectionString: string;
}

/** A storage account with its name and one of its two keys. */
export interface StorageKeyOptions extends NodeAccessOptions {
  /** Where its Blob service is: `"https://account.blob.core.windows.net"`. */
  readonly url: string;
  /** The account's name: `"account"`. */
  readonly name: string;
  /** One of its keys, in Base64. */
  readonly key: string;
}

/**
 * A storage account by an account SAS. It needs the service `b`, the resource types `co` and the permissions `rwdlc`: each run
 * makes a container. A SAS cannot sign a narrower one, and it is not handed to nodes: runs need `nodeIdentity` with it.
 */
export interface StorageSasOptions extends NodeAccessOptions {
  /** Where its Blob service is: `"https://account.blob.core.windows.net"`. */
  readonly url: string;
  /** `"sv=…&ss=b&srt=co&sp=rwdlc&se=…&sig=…"` */
  readonly sas: string;
}

/** A storage account that an identity of Microsoft Entra ID signs in to. */
export interface StorageCredentialOptions extends NodeAccessOptions {
  /** Where its Blob service is: `"https://account.blob.core.windows.net"`. */
  readonly url: string;
  /** Any credential of `@azure/identity`, or one of your own. Its identity needs the role Storage Blob Data Contributor. */
  readonly credential: TokenCredential;
}

/** A proxy that requests to both services go through. */
export interface ProxyOptions {
  /** `"http://proxy.example:8080"`; a user and a password in it are taken from there. */
  readonly url: string;
  /** The proxy's user. */
  readonly username?: string;
  /** Its password, which is never shown. */
  readonly password?: string;
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
  /**
   * The storage account: by connection string, key, SAS, or a credential of Entra ID. Without it there are no runs; pools,
   * jobs and tasks can be managed all the same.
   */
  readonly storage?:
    | StorageConnectionStringOptions
    | StorageKeyOptions
    | StorageSasOptions
    | StorageCredentialOptions;
  /**
   * The proxy for both services; `false` for none, whatever the environment says. Default: `HTTPS_PROXY`, `HTTP_PROXY`,
   * `ALL_PROXY` and `NO_PROXY`. A credential has a proxy option of its own.
   */
  readonly proxy?: ProxyOptions | false;
  /**
   * The version of the Batch service that each request names: `2020-09-01.12.0` or newer. Default `"2022-10-01.16.0"`, which
   * the library was written for and is tested with.
   *
   * @see https://learn.microsoft.com/rest/api/batchservice/batch-service-rest-api-versioning
   */
  readonly apiVersion?: string;
}
