/** Kinds of objects that come back as they left, by the tag that `Object.prototype.toString` gives. */
const TRAVELLING = new Set([
  ...["Array", "Map", "Set", "Date", "RegExp", "URL", "URLSearchParams"],
  ...["Number", "String", "Boolean", "BigInt", "ArrayBuffer", "DataView"],
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
]);

/** What keeps a value (not the values within it) from travelling, in words; undefined if nothing does. */
export function refusalOf(value: unknown): string | undefined {
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return undefined;

  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (tag === "Object") return refusalOfObject(value, prototype);
  const className = classNameOf(prototype);
  if (TRAVELLING.has(tag) && className === tag) return undefined;
  if (tag === "Uint8Array" && className === "Buffer") return undefined;
  if (tag === "Promise") return "a promise";
  return `an instance of the class ${className ?? tag}`;
}

function refusalOfObject(value: object, prototype: unknown): string | undefined {
  // A plain object's prototype is null or some realm's Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    const className = classNameOf(prototype);
    return className === undefined || className === "Object"
      ? "an object with a prototype of its own"
      : `an instance of the class ${className}`;
  }
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return symbol === undefined ? undefined : `an object with the key ${String(symbol)}`;
}

function classNameOf(prototype: unknown): string | undefined {
  if (typeof prototype !== "object" || prototype === null) return undefined;
  const name: unknown = prototype.constructor?.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}
