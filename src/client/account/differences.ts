import { redact } from "../../azure/redact.js";
import { parseDuration } from "../../builders/duration.js";

/** One property in which something that exists is not as it is wanted. Values are shown without secrets. */
export interface PropertyDifference {
  /** Where: `"startTask.commandLine"`, `"startTask.environmentSettings.LANG"`. */
  readonly property: string;
  /** What is wanted; undefined where it is not wanted at all. */
  readonly wanted: unknown;
  /** What is there; undefined where there is none. */
  readonly found: unknown;
}

/** What the service never shows again once it was told. */
const NOT_SHOWN = new Set(["password", "sshPrivateKey", "accountKey", "sasKey", "protectedSettings"]);
/** What differs from request to request, or says what the service did rather than what it was told. */
const NOT_COMPARED = new Set(["exactVersion", "metadata.creationid"]);
/** Names that the service compares without case. */
const WITHOUT_CASE =
  /(^|\.)(id|vmSize|publisher|offer|sku|version|nodeAgentSKUId|nodeFillType|scope|elevationLevel|virtualMachineImageId|uploadCondition|caching|storageAccountType|poolId)$/;
const DURATION = /(Time|Interval|Timeout|Window|Duration)$/;
/** Values that may be secrets: only that they differ is told. */
const SECRET = /(environmentSettings\.[^.]+|(^|\.)settings|mountOptions)$/i;

/** In which properties `found` is not as `wanted` says. What `wanted` leaves out may be anything but a list of things. */
export function differences(wanted: object, found: object, at = ""): PropertyDifference[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const property = at === "" ? name : `${at}.${name}`;
    if (NOT_SHOWN.has(name) || NOT_COMPARED.has(name) || NOT_COMPARED.has(property)) return [];
    const isWanted = (wanted as Record<string, unknown>)[name];
    const isFound = (found as Record<string, unknown>)[name];
    if (isWanted === undefined && !isList(isFound)) return [];
    return compared(property, isWanted, isFound);
  });
}

function compared(property: string, wanted: unknown, found: unknown): PropertyDifference[] {
  if (Array.isArray(wanted) || Array.isArray(found))
    return comparedLists(property, wanted ?? [], found ?? []);
  if (isObject(wanted) && isObject(found)) return differences(wanted, found, property);
  if (isSame(property, wanted, found)) return [];
  return [{ property, wanted: shown(property, wanted), found: shown(property, found) }];
}

/** Lists of named things by their names, others by their places. */
function comparedLists(property: string, wanted: unknown, found: unknown): PropertyDifference[] {
  const [left, right] = [keyed(wanted), keyed(found)];
  if (left === undefined || right === undefined) {
    return isSame(property, wanted, found)
      ? []
      : [{ property, wanted: shown(property, wanted), found: shown(property, found) }];
  }
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const at = `${property}.${key}`;
    // Somebody else's metadata is no difference.
    if (NOT_COMPARED.has(at) || (property === "metadata" && !left.has(key))) return [];
    return compared(at, left.get(key), right.get(key));
  });
}

function keyed(list: unknown): Map<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  return new Map(
    list.map((entry: unknown, index) => {
      const { name, value, ...more } = (isObject(entry) ? entry : {}) as Record<string, unknown>;
      if (typeof name !== "string") return [String(index), entry];
      return [name, Object.keys(more).length === 0 ? (value ?? "") : entry];
    }),
  );
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(property: string, wanted: unknown, found: unknown): boolean {
  if (wanted === found) return true;
  if (typeof wanted !== "string" || typeof found !== "string") {
    return JSON.stringify(wanted) === JSON.stringify(found);
  }
  if (WITHOUT_CASE.test(property)) return wanted.toLowerCase() === found.toLowerCase();
  // Each SAS is another one, and opens the same door.
  if (/Url$/.test(property)) return wanted.split("?")[0] === found.split("?")[0];
  return DURATION.test(property) && isSameDuration(wanted, found);
}

function isSameDuration(wanted: string, found: string): boolean {
  try {
    return parseDuration(wanted, "duration") === parseDuration(found, "duration");
  } catch {
    return false;
  }
}

function shown(property: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  const name = property.split(".").at(-1) as string;
  if (NOT_SHOWN.has(name) || SECRET.test(property)) return "***";
  if (typeof value === "string") return redact(/Url$/.test(name) ? (value.split("?")[0] as string) : value);
  if (Array.isArray(value)) return value.map((entry) => shown(property, entry));
  if (!isObject(value)) return value;
  // What has a name and a value may be an environment variable.
  const isPair = "name" in value && "value" in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isPair && key === "value" ? "***" : shown(key, inner)]),
  );
}
