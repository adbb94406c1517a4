import type { StoragePort } from "../azure/ports.js";
import { ConfigurationError } from "../errors/index.js";

/** Stands where no storage was given: what needs it says so before it begins. */
export function missingStorage(setting: string): StoragePort {
  const refuse = (what: string) => (): never => {
    throw new ConfigurationError(`${what} and connect() was given none: give the option ${setting}.`, {
      code: "StorageNotConfigured",
      settings: [setting],
    });
  };
  return {
    local: false,
    signs: false,
    container: refuse("A run needs storage for its inputs and results, as files for tasks do,"),
    listContainers: refuse("A sweep needs the storage that runs have left something in,"),
  };
}
