import type { StoragePort } from "../azure/ports.js";
import { ConfigurationError } from "../errors/index.js";

/** Stands where no storage was given: what needs it says so before it begins. */
export function missingStorage(setting: string): StoragePort {
  return {
    local: false,
    signs: false,
    container: () => {
      throw new ConfigurationError(
        `A run needs storage for its inputs and results, and connect() was given none: give the option ${setting}.`,
        { code: "StorageNotConfigured", settings: [setting] },
      );
    },
  };
}
