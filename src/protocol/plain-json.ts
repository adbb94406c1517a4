/**
 * Whether JSON alone brings a value back as it is: a tree of plain objects and dense arrays with JSON's primitives as
 * leaves. A part that appears twice makes it no tree, since JSON would give two copies of it.
 */
export function isPlainJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isJsonPrimitive(value);
  return isPlainBranch(value, new Lineage(value));
}

/** Every object met so far. The set is made only when there is a second one. */
class Lineage {
  #seen: Set<object> | undefined;
  readonly #root: object;

  constructor(root: object) {
    this.#root = root;
  }

  /** False for an object that was met before. */
  add(part: object): boolean {
    this.#seen ??= new Set([this.#root]);
    if (this.#seen.has(part)) return false;
    this.#seen.add(part);
    return true;
  }
}

function isPlainBranch(branch: object, lineage: Lineage): boolean {
  if (Array.isArray(branch)) return isPlainArray(branch, lineage);
  if (Object.getPrototypeOf(branch) !== Object.prototype) return false;
  if (Object.getOwnPropertySymbols(branch).length > 0) return false;
  for (const key of Object.keys(branch)) {
    if (!isPlainPart((branch as Record<string, unknown>)[key], lineage)) return false;
  }
  return true;
}

function isPlainArray(array: readonly unknown[], lineage: Lineage): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype) return false;
  for (let index = 0; index < array.length; index++) {
    if (!isPlainPart(array[index], lineage)) return false;
  }
  // A result of RegExp.exec or a table of a CSV parser is an array with named properties.
  return Object.keys(array).length === array.length;
}

function isPlainPart(part: unknown, lineage: Lineage): boolean {
  if (typeof part !== "object" || part === null) return isJsonPrimitive(part);
  return lineage.add(part) && isPlainBranch(part, lineage);
}

/** A value that JSON brings back as it is, and that nothing changes any more. */
export type JsonPrimitive = string | number | boolean | null;

export function isJsonPrimitive(value: unknown): value is JsonPrimitive {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    default:
      return value === null;
  }
}
