import { type FilterBounds, filterBounds } from "./filter-bounds.js";
import { readFilter } from "./filter-grammar.js";
import { compileFilter, type Entity } from "./filter-predicate.js";
import type { FilterableProperties } from "./filterable.js";

export { FilterError } from "./filter-error.js";

/** A parsed `$filter`: whether an entity passes it, and what an index may use. */
export interface Filter {
  (entity: Entity): boolean;
  readonly bounds: FilterBounds;
}

/**
 * Parses a `$filter`.
 *
 * Entities are compared as the service writes them: times as UTC text with `Z`, nested properties as objects. Strings
 * compare without case, property names with it. An absent property passes `ne` only.
 *
 * @param text the decoded query parameter
 * @param allowed the list's properties, from `filterable`
 * @throws {@link FilterError} with `reason` and `position`, when the text is no filter or asks for something the list
 * does not take
 * @example
 * ```ts
 * const filter = parseFilter("state eq 'completed' and stateTransitionTime ge DateTime'2024-05-08T08:49:37Z'", filterable.tasks);
 * filter.bounds; // { state: { equals: "completed" }, stateTransitionTime: { from: 1715158177000 } }
 * tasks.filter(filter);
 * ```
 */
export function parseFilter(text: string, allowed: FilterableProperties): Filter {
  const expression = readFilter(text);
  const predicate = compileFilter(expression, allowed);
  const bounds = filterBounds(expression, allowed);
  return Object.assign((entity: Entity) => predicate(entity), { bounds });
}
