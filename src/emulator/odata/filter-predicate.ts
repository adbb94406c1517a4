import { FilterError } from "./filter-error.js";
import type { ComparisonOperator, FilterCondition, FilterExpression } from "./filter-grammar.js";
import { timeKey, wireTimeKey } from "./filter-time.js";
import type { FilterableProperties, FilterableProperty } from "./filterable.js";

export type Entity = Readonly<Record<string, unknown>>;
export type EntityPredicate = (entity: Entity) => boolean;
type Comparable = string | number | boolean;

/** Compiles a filter for the properties a list allows. Throws a {@link FilterError} for any other. */
export function compileFilter(expression: FilterExpression, allowed: FilterableProperties): EntityPredicate {
  if (expression.kind === "condition") return compileCondition(expression, allowed);

  const operands = expression.operands.map((operand) => compileFilter(operand, allowed));
  return expression.kind === "and"
    ? (entity) => operands.every((holds) => holds(entity))
    : (entity) => operands.some((holds) => holds(entity));
}

function compileCondition(condition: FilterCondition, allowed: FilterableProperties): EntityPredicate {
  const rule = Object.hasOwn(allowed, condition.property) ? allowed[condition.property] : undefined;
  if (!rule) {
    throw new FilterError(`'${condition.property}' cannot be filtered by here`, condition.position);
  }
  const { operator } = condition;
  if (!rule.operators.includes(operator)) {
    throw new FilterError(
      `'${operator}' is not supported for '${condition.property}', only ${rule.operators.join(", ")}`,
      condition.position,
    );
  }

  const expected = expectedKey(condition, rule);
  const read = reader(rule.reads ?? condition.property, rule.type);
  if (operator === "startswith") {
    const prefix = String(expected);
    return (entity) => String(read(entity) ?? "").startsWith(prefix);
  }
  return comparison(operator, read, expected);
}

/** The literal in the form the entity's values are compared in. */
function expectedKey({ literal, property }: FilterCondition, rule: FilterableProperty): Comparable {
  if (literal.kind !== rule.type) {
    throw new FilterError(
      `'${property}' has the type ${rule.type}, the value is of type ${literal.kind}`,
      literal.position,
    );
  }
  if (literal.kind === "string") return literal.value.toLowerCase();
  if (literal.kind !== "dateTime") return literal.value;

  const key = timeKey(literal.text);
  if (key === undefined) throw new FilterError(`'${literal.text}' is not a date-time`, literal.position);
  return key;
}

/** Reads a property as something that compares as the service compares: strings without case, times as sortable keys. */
function reader(property: string, type: FilterableProperty["type"]) {
  const path = property.split("/");
  return (entity: Entity): Comparable | undefined => {
    const value = valueAt(entity, path);
    if (typeof value === "string") return type === "dateTime" ? wireTimeKey(value) : value.toLowerCase();
    return typeof value === "number" || typeof value === "boolean" ? value : undefined;
  };
}

function valueAt(entity: Entity, path: readonly string[]): unknown {
  let value: unknown = entity;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Entity)[name];
  }
  return value;
}

/** An absent property is OData's null: different from every value, and neither before nor after one. */
function comparison(
  operator: ComparisonOperator,
  read: (entity: Entity) => Comparable | undefined,
  expected: Comparable,
): EntityPredicate {
  if (operator === "eq") return (entity) => read(entity) === expected;
  if (operator === "ne") return (entity) => read(entity) !== expected;
  const holds = orderings[operator];
  return (entity) => {
    const value = read(entity);
    return value !== undefined && holds(value, expected);
  };
}

const orderings: Record<
  Exclude<ComparisonOperator, "eq" | "ne">,
  (a: Comparable, b: Comparable) => boolean
> = {
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  lt: (a, b) => a < b,
};
