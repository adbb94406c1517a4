import { brand, hasBrand } from "./brand.js";

/** What a {@link ServiceError} carries. */
export interface ServiceErrorDetails {
  /** Which of the two services. */
  readonly service: "batch" | "storage";
  /** The service's own code, such as `"PoolNotFound"`; `"NetworkError"` where no answer came. */
  readonly code: string;
  /** The HTTP status; absent where no answer came. */
  readonly statusCode?: number;
  /** What was asked: `"add job"`. */
  readonly operation: string;
  /** The service's id of the request, for a support case. */
  readonly requestId?: string;
  /** The service's details: property names, values, reasons. */
  readonly details?: Readonly<Record<string, string>>;
  /** The option to change, where the service refused what one said: `"pool.vmSize"`. */
  readonly option?: string;
  /** What went wrong below, where no answer came. */
  readonly cause?: unknown;
}

/**
 * A refusal by Azure Batch or Blob Storage, or no answer at all, after the retries that could help.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes
 * @example
 * ```ts
 * await runParallel([1], (n) => n, { pool: "no-such-pool" }).catch((error) => {
 *   if (error instanceof ServiceError) console.error(error.code, error.statusCode, error.requestId);
 * });
 * ```
 */
export class ServiceError extends Error {
  /** The name of the class, also where a minifier changed that. */
  override readonly name = "ServiceError";
  /** Which of the two services. */
  readonly service: "batch" | "storage";
  /** The service's own code, such as `"PoolNotFound"`; `"NetworkError"` where no answer came. */
  readonly code: string;
  /** What was asked: `"add job"`. */
  readonly operation: string;
  /** The HTTP status; absent where no answer came. */
  declare readonly statusCode?: number;
  /** The service's id of the request, for a support case. */
  declare readonly requestId?: string;
  /** The option to change, where the service refused what one said: `"pool.vmSize"`. */
  declare readonly option?: string;
  /** The service's details: property names, values, reasons. */
  readonly details: Readonly<Record<string, string>>;

  constructor(message: string, details: ServiceErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    brand(this, "ServiceError");
    this.service = details.service;
    this.code = details.code;
    this.operation = details.operation;
    this.details = details.details ?? {};
    if (details.statusCode !== undefined) this.statusCode = details.statusCode;
    if (details.requestId !== undefined) this.requestId = details.requestId;
    if (details.option !== undefined) this.option = details.option;
  }

  /** `instanceof` also holds for an error of another copy of this package, such as its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrand(value, "ServiceError");
  }
}
