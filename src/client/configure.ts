import { isLoopback } from "../azure/loopback.js";
import { ConfigurationError } from "../errors/index.js";
import { type AccountConfiguration, type Configuration, isAzurite } from "./configuration.js";
import type { ConnectOptions } from "./connect-options.js";
import { type Environment, environmentConfiguration } from "./environment.js";
import { optionsConfiguration } from "./options.js";

/** Options are taken as they are; without any, the environment decides. Throws ConfigurationError. */
export function configure(options: ConnectOptions | undefined, environment: Environment): Configuration {
  const configuration =
    options === undefined ? environmentConfiguration(environment) : optionsConfiguration(options);
  if (configuration.kind === "account") refuseUnreachableStorage(configuration);
  return configuration;
}

function refuseUnreachableStorage({ account, storage, storageSetting }: AccountConfiguration): void {
  if (storage === undefined || isLoopback(account.url) || !isAzurite(storage)) return;
  throw new ConfigurationError(
    `${storageSetting} names Azurite, the storage emulator on this computer, but the Batch account is a real one, ` +
      "whose nodes cannot reach it: give the connection string of a storage account in Azure.",
    { code: "AzuriteWithAccount", settings: [storageSetting] },
  );
}
