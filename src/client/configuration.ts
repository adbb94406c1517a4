import type { BatchAccount, StorageAccount } from "../azure/account.js";
import { isLoopback } from "../azure/loopback.js";

/** Where a client's runs go. */
export type Configuration =
  /** No account is named: this computer. */
  { readonly kind: "local" } | AccountConfiguration;

export interface AccountConfiguration {
  readonly kind: "account";
  readonly account: BatchAccount;
  readonly storage: StorageAccount;
  /** The variable or option that names the storage. */
  readonly storageSetting: string;
}

/** Also under another host's name, as in a container network: the well-known account exists nowhere in Azure. */
export function isAzurite(storage: StorageAccount): boolean {
  return isLoopback(storage.url) || ("key" in storage && storage.name === "devstoreaccount1");
}
