/*
 * An application may load this package twice, once as ESM and once as CommonJS. `instanceof` must hold across the
 * two, so our classes recognise each other's instances by a mark from the global symbol registry, not by identity.
 */

function markOf(className: string): symbol {
  return Symbol.for(`azure-batch-parallel/${className}`);
}

/** Marks `instance` as one of `className`, invisibly for whoever prints it. */
export function brand(instance: object, className: string): void {
  Object.defineProperty(instance, markOf(className), { value: true });
}

/** Whether `value` was marked by {@link brand}; what each class answers to `instanceof`. */
export function hasBrand(value: unknown, className: string): boolean {
  return typeof value === "object" && value !== null && markOf(className) in value;
}
