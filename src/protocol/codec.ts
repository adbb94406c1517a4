import { DevalueError, parse, stringify } from "devalue";
import { CodecError } from "./codec-error.js";
import { isPlainJson } from "./plain-json.js";
import { refusalOf } from "./refusal.js";
import { isError, TRAVEL_FORMS } from "./travel-forms.js";

// As they are before the user's code, which shares a process with this, can replace them.
const { parse: parseJson, stringify: stringifyJson } = JSON;

/** What an encoded value begins with that is more than JSON; no JSON text does. */
export const RICH = "~";

/**
 * A value as text without tabs and line breaks. Date, Map, Set, BigInt, RegExp, URL, URLSearchParams, Buffer, typed arrays,
 * errors with their causes, undefined, NaN, -0, infinities, sparse arrays, shared parts and cycles come back as they left.
 * What cannot travel throws a {@link CodecError}.
 */
export function encode(value: unknown): string {
  try {
    // As JSON writes it, and a good deal faster.
    if (typeof value === "number" && isPlainJson(value)) return `${value}`;
    if (isPlainJson(value)) return stringifyJson(value);
    return RICH + escapeLoneSurrogates(stringify(value, REDUCERS));
  } catch (error) {
    throw codecError(error);
  }
}

/** As {@link encode} of an array, given its encoded parts; parts of several of them that are one value are so no more. */
export function encodedList(parts: readonly string[]): string {
  return parts.some((part) => part.startsWith(RICH)) ? encode(parts.map(decode)) : `[${parts.join(",")}]`;
}

/** The inverse of {@link encode}. It evaluates nothing, and throws a plain Error for what `encode` cannot have made. */
export function decode(text: string): unknown {
  try {
    return text.startsWith(RICH) ? decodeRich(text.slice(RICH.length)) : (parseJson(text) as unknown);
  } catch (cause) {
    throw new Error("An encoded value is damaged.", { cause });
  }
}

/** Stands in for a part that cannot travel; devalue refuses it, with its path. */
class Refusal {
  constructor(readonly reason: string) {}
}

/** In this order: a form of one's own, then what is refused, then what devalue knows by itself. */
const REDUCERS: Record<string, (value: unknown) => unknown> = {
  Buffer: (value) => isBuffer(value) && new Uint8Array(value),
  ...Object.fromEntries(
    TRAVEL_FORMS.map((form) => [
      form.tag,
      (value: unknown) => isObject(value) && form.matches(value) && form.take(value),
    ]),
  ),
  Refusal(value) {
    if (value instanceof Refusal || isError(value)) return undefined;
    const reason = refusalOf(value);
    return reason === undefined ? undefined : new Refusal(reason);
  },
};

function decodeRich(text: string): unknown {
  const unfilled: (() => void)[] = [];
  const made = new Map<object, object>();
  const revivers: Record<string, (value: unknown) => unknown> = {
    Buffer(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new Error("A Buffer has no bytes.");
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
  for (const form of TRAVEL_FORMS) {
    revivers[form.tag] = (properties) => {
      if (!isObject(properties)) throw new Error(`A ${form.tag} has no properties.`);
      // Within a cycle, devalue asks twice for the same value: it gets the same one.
      const before = made.get(properties);
      if (before !== undefined) return before;
      const value = form.make();
      made.set(properties, value);
      unfilled.push(() => form.fill(value, properties as Record<string, unknown>));
      return value;
    };
  }
  const value: unknown = parse(text, revivers);
  for (const fill of unfilled) fill();
  return value;
}

function codecError(error: unknown): unknown {
  if (error instanceof DevalueError) {
    const reason = error.value instanceof Refusal ? error.value.reason : error.message;
    return new CodecError(readablePath(error.path), reason);
  }
  if (error instanceof RangeError) return new CodecError("", "nested too deeply, or too large for a string");
  // A getter or proxy of the value has thrown.
  return new CodecError("", `unreadable (${error instanceof Error ? error.message : String(error)})`);
}

/** An index of an array that travels with its properties reads like any other index. */
function readablePath(path: string): string {
  return path.replace(/\["(\d+)"\]/g, "[$1]").replace(/\._(_+proto__)\b/g, ".$1");
}

/** UTF-8 has no lone surrogates; JSON's escapes do. */
function escapeLoneSurrogates(json: string): string {
  return json.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Runtimes without Buffer have no value that is one. */
function isBuffer(value: unknown): value is Buffer {
  return typeof Buffer !== "undefined" && Buffer.isBuffer(value);
}
