import type { BatchAccount, StorageAccount } from "../azure/account.js";
import { isLoopback } from "../azure/loopback.js";
import type { ProxyChoice } from "../azure/proxy.js";
import type { NodeIdentity } from "./connect-options.js";

/** Where a client's runs go. */
export type Configuration =
  /** No account is named: this computer. */
  { readonly kind: "local" } | AccountConfiguration;

export interface AccountConfiguration {
  readonly kind: "account";
  readonly account: BatchAccount;
  /** The variable or option with which it signs in to the account. */
  readonly accountSetting: string;
  /** Absent where nothing of storage is configured: then there are no runs. */
  readonly storage?: StorageAccount;
  /** The variable or option that names the storage. */
  readonly storageSetting: string;
  /** What nodes sign in to storage with, in place of a SAS. */
  readonly nodeIdentity?: NodeIdentity;
  /** Absent for what the environment says. */
  readonly proxy?: ProxyChoice;
  /** Absent for the one that the library was written for. */
  readonly apiVersion?: string;
}

/** Also under another host's name, as in a container network: the well-known account exists nowhere in Azure. */
export function isAzurite(storage: StorageAccount): boolean {
  return isLoopback(storage.url) || ("key" in storage && storage.name === "devstoreaccount1");
}
