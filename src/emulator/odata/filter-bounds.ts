import type { FilterCondition, FilterExpression } from "./filter-grammar.js";
import { timeKey } from "./filter-time.js";
import type { FilterableProperties } from "./filterable.js";

/**
 * What every entity that passes a filter has in common for one property. Never narrower than the filter, so an index
 * may skip whatever lies outside, and the filter decides about the rest.
 */
interface PropertyBounds {
  /** The value it must equal; strings in lower case. */
  equals?: string | number | boolean;
  /** The prefix its value has, in lower case. */
  startsWith?: string;
  /** The lowest possible value: a number, or for times milliseconds since 1970. Inclusive. */
  from?: number;
  /** The highest possible value, likewise. Inclusive. */
  to?: number;
}

/** Bounds by property name, as the filter writes it. */
export type FilterBounds = Readonly<Record<string, Readonly<PropertyBounds>>>;

/** Finds the bounds in the conditions that are joined by `and` at the top of a filter. */
export function filterBounds(expression: FilterExpression, allowed: FilterableProperties): FilterBounds {
  const bounds: Record<string, PropertyBounds> = {};
  for (const condition of necessaryConditions(expression)) {
    const property = allowed[condition.property]?.reads ?? condition.property;
    bounds[property] = narrow(bounds[property] ?? {}, condition);
  }
  return bounds;
}

function necessaryConditions(expression: FilterExpression): readonly FilterCondition[] {
  if (expression.kind === "condition") return expression.operator === "ne" ? [] : [expression];
  return expression.kind === "and" ? expression.operands.flatMap(necessaryConditions) : [];
}

function narrow(bounds: PropertyBounds, { operator, literal }: FilterCondition): PropertyBounds {
  if (literal.kind === "string") {
    const value = literal.value.toLowerCase();
    if (operator === "eq") return { ...bounds, equals: value };
    return operator === "startswith" ? { ...bounds, startsWith: value } : bounds;
  }
  if (literal.kind === "boolean") return operator === "eq" ? { ...bounds, equals: literal.value } : bounds;

  const [low, high] = literal.kind === "integer" ? [literal.value, literal.value] : around(literal.text);
  const narrowed = { ...bounds };
  if (operator === "eq" || operator === "ge" || operator === "gt") {
    narrowed.from = Math.max(low, bounds.from ?? low);
  }
  if (operator === "eq" || operator === "le" || operator === "lt") {
    narrowed.to = Math.min(high, bounds.to ?? high);
  }
  return narrowed;
}

/** The whole milliseconds around a time. */
function around(text: string): [number, number] {
  const key = timeKey(text) ?? "";
  const [seconds = "", fraction = ""] = key.split(".");
  const low = Date.parse(`${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}Z`);
  return [low, fraction.length > 3 ? low + 1 : low];
}
