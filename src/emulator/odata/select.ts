import type { Entity } from "./filter-predicate.js";

/** A `$select` that is not a comma-separated list of property names. */
export class SelectError extends Error {
  override readonly name = "SelectError";

  constructor(readonly reason: string) {
    super(`The $select is not valid: ${reason}`);
  }
}

const propertyName = /^[A-Za-z_][\w.]*(?:\/[A-Za-z_]\w*)*$/;

/**
 * Parses a `$select` into a projection: a copy of an entity with the selected properties, in the entity's own order.
 * Only whole top-level properties are selected (`executionInfo/exitCode` gives `executionInfo`); names the entity does
 * not have are left out, and `*` selects all.
 *
 * @throws {@link SelectError} for an empty or malformed name
 * @example
 * ```ts
 * parseSelect("id, state")({ id: "t1", state: "active", url: "…" }); // { id: "t1", state: "active" }
 * ```
 */
export function parseSelect(text: string): (entity: Entity) => Record<string, unknown> {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("*")) return (entity) => ({ ...entity });

  for (const name of names) {
    if (!propertyName.test(name)) throw new SelectError(`'${name}' is not a property name`);
  }
  const selected = new Set(names.map((name) => name.replace(/\/.*/, "")));
  return (entity) => Object.fromEntries(Object.entries(entity).filter(([name]) => selected.has(name)));
}
