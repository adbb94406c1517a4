import { inspect } from "node:util";
import { encode } from "../protocol/codec.js";
import type { ItemFailure } from "../protocol/outcome-part.js";
import { isError } from "../protocol/travel-forms.js";

/** How much of a stream's end goes into a failure, in characters. */
export const FAILURE_TAIL = 4096;

/** The failure of a function that threw. */
export function failureOf(thrown: unknown, code: ItemFailure["code"] = "FunctionFailed"): ItemFailure {
  return {
    code,
    message: messageOf(thrown),
    ...(isError(thrown) && typeof thrown.stack === "string" ? { remoteStack: thrown.stack } : {}),
    cause: travels(thrown) ? thrown : reduced(thrown),
  };
}

/** The failure of an item that ran too long. */
export function timeoutFailure(timeout: number | undefined): ItemFailure {
  return { code: "TimedOut", message: `The item took longer than its timeout of ${timeout} ms.` };
}

/** What a thrown value says. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!isError(thrown)) return inspect(thrown);
  return typeof thrown.message === "string" && thrown.message !== "" ? thrown.message : thrown.name;
}

function travels(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}

/** What is left of a thrown value without its parts that cannot travel: a request, a socket, a callback. */
function reduced(thrown: unknown): unknown {
  if (!isError(thrown)) return inspect(thrown);
  const error = new Error(messageOf(thrown));
  error.name = String(thrown.name);
  error.stack = String(thrown.stack);
  for (const key of ["cause", ...Object.keys(thrown)] as (keyof Error)[]) {
    if (Object.hasOwn(thrown, key) && travels(thrown[key])) error[key] = thrown[key] as never;
  }
  if (isError(thrown.cause) && error.cause === undefined) error.cause = new Error(messageOf(thrown.cause));
  return error;
}
