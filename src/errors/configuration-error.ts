import { brand, hasBrand } from "./brand.js";

/** What is wrong with accounts and credentials. */
export type ConfigurationErrorCode =
  /** Some of what names an account is given, and some is missing. */
  | "HalfConfigured"
  /** A real Batch account together with Azurite: its nodes could never reach this computer's storage. */
  | "AzuriteWithAccount"
  /** An endpoint, a key or a connection string that cannot be one. */
  | "InvalidConfiguration"
  /** A SAS whose time is over, or has not come. */
  | "SasExpired"
  /** The service does not let the key, the SAS or the identity in. */
  | "AccessRefused"
  /** This computer's clock is too far off for the services to believe its requests. */
  | "ClockOff"
  /** A run needs storage, and none was given. */
  | "StorageNotConfigured"
  /** Nodes cannot get access to the storage by what was given for it. */
  | "NoNodeAccess";

/**
 * Accounts or credentials that cannot work. The message names the variables or options, never their secrets.
 *
 * @example
 * ```ts
 * try {
 *   connect({
 *     account: { url: "https://a.westeurope.batch.azure.com", name: "a", key: "not base64!" },
 *     storage: { connectionString: "UseDevelopmentStorage=true" },
 *   });
 * } catch (error) {
 *   if (error instanceof ConfigurationError) console.error(error.code, error.settings);
 * }
 * ```
 */
export class ConfigurationError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "ConfigurationError";
  /** What kind of mistake it is. */
  readonly code: ConfigurationErrorCode;
  /** The environment variables or options at fault. */
  readonly settings: readonly string[];

  constructor(
    message: string,
    details: { code: ConfigurationErrorCode; settings: readonly string[]; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "ConfigurationError");
    this.code = details.code;
    this.settings = details.settings;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "ConfigurationError");
  }
}
