import { inspect } from "node:util";
import { encode } from "../protocol/codec.js";
import type { ItemFailure } from "../protocol/outcome-part.js";
import { errorName, isError } from "../protocol/travel-forms.js";

/** How much of a stream's end goes into a failure, in characters. */
export const FAILURE_TAIL = 4096;

/** The failure of a function that threw, whatever that was. */
export function failureOf(thrown: unknown, code: ItemFailure["code"] = "FunctionFailed"): ItemFailure {
  const stack = isError(thrown) ? read(thrown, "stack") : undefined;
  return {
    code,
    message: messageOf(thrown),
    ...(typeof stack === "string" ? { remoteStack: stack } : {}),
    cause: travels(thrown) ? thrown : (attempt(() => reduced(thrown)) ?? messageOf(thrown)),
  };
}

/** The failure of an item that ran too long. */
export function timeoutFailure(timeout: number | undefined): ItemFailure {
  return { code: "TimedOut", message: `The item took longer than its timeout of ${timeout} ms.` };
}

/** What a thrown value says. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!isError(thrown)) return shown(thrown);
  const message = read(thrown, "message");
  if (typeof message === "string" && message !== "") return message;
  const name = read(thrown, "name");
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** Errors that cause one another are followed so far. */
const DEEPEST_CAUSE = 8;

/** What is left of a thrown value without its parts that cannot travel: a request, a socket, a callback. */
function reduced(thrown: unknown, depth = 0): unknown {
  if (!isError(thrown)) return shown(thrown);
  const error = emptyErrorLike(thrown);
  define(error, "message", messageOf(thrown));
  for (const [key, value] of [
    ["name", attempt(() => errorName(thrown))],
    ["stack", read(thrown, "stack")],
  ] as const) {
    if (typeof value === "string" && value !== error[key]) define(error, key, value);
  }
  for (const key of Object.keys(thrown)) {
    const value = read(thrown, key);
    if (value !== undefined && travels(value)) Object.assign(error, { [key]: value });
  }
  for (const key of ["cause", "errors"]) {
    if (!Object.hasOwn(thrown, key) || depth === DEEPEST_CAUSE) continue;
    const value = read(thrown, key);
    if (travels(value)) define(error, key, value);
    else if (Array.isArray(value))
      define(
        error,
        key,
        value.map((one) => reduced(one, depth + 1)),
      );
    else define(error, key, reduced(value, depth + 1));
  }
  return error;
}

function emptyErrorLike(thrown: Error): Error {
  const BuiltIn = [
    AggregateError,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  ].find((one) => thrown instanceof one);
  if (BuiltIn === AggregateError) return new AggregateError([]);
  return new ((BuiltIn as ErrorConstructor | undefined) ?? Error)();
}

function travels(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}

/** A property of a value that may have getters, or be a proxy, that throw. */
function read(from: object, key: string): unknown {
  return attempt(() => (from as Record<string, unknown>)[key]);
}

function shown(value: unknown): string {
  return attempt(() => inspect(value)) ?? "a value that cannot be shown";
}

function attempt<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/** As the language sets an error's own properties: not enumerable. */
function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true });
}
