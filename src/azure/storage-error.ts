import type { RestError } from "@azure/storage-blob";
import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { allowManyListeners } from "./many-listeners.js";
import { redact } from "./redact.js";
import { signInHint } from "./sign-in-hint.js";

/**
 * What a call to the client library threw, as ours; the signal's reason if that was aborted. Nothing of the library's
 * error is kept, as it holds the request with its signature.
 */
export function storageError(operation: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof Error) || isNotOfTheService(error)) return error;
  const { statusCode } = error as Partial<RestError>;
  return statusCode === undefined
    ? networkError(operation, error)
    : refusal(operation, statusCode, error as RestError);
}

/** Runs calls to the client library; what they throw becomes ours. */
export async function asking<T>(
  operation: string,
  signal: AbortSignal | undefined,
  calls: () => Promise<T>,
): Promise<T> {
  try {
    allowManyListeners(signal);
    signal?.throwIfAborted();
    return await calls();
  } catch (error) {
    throw storageError(operation, error, signal);
  }
}

/** Ours already; a file that cannot be read; an argument of the wrong kind. */
function isNotOfTheService(error: Error): boolean {
  const ours = error instanceof ServiceError || error instanceof InvalidArgumentError;
  return ours || "path" in error || error instanceof TypeError || error instanceof RangeError;
}

function refusal(operation: string, statusCode: number, error: RestError): ServiceError {
  // An answer to HEAD has no body: then the code is in a header, which the library puts into the details.
  const { errorCode } = (error.details ?? {}) as { errorCode?: unknown };
  const code = error.code ?? (typeof errorCode === "string" ? errorCode : `Http${statusCode}`);
  const text = redact(error.message.split("\n")[0]?.trim() || "it gave no reason.");
  const hint = signInHint(statusCode, error.response?.headers.get("date"));
  return new ServiceError(
    `Blob Storage refused to ${operation}: ${text} (${code}, HTTP ${statusCode})${hint}`,
    {
      service: "storage",
      code,
      statusCode,
      operation,
      requestId: error.response?.headers.get("x-ms-request-id"),
    },
  );
}

function networkError(operation: string, error: Error): ServiceError {
  return new ServiceError(
    `Blob Storage gave no answer when asked to ${operation}: ${redact(error.message)}`,
    { service: "storage", code: "NetworkError", operation },
  );
}
