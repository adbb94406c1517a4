import { invalid, missing, type Problem } from "./problem.js";

/** What a model's properties hold, before anyone knows whether their types are right. */
export type Body = Readonly<Record<string, unknown>>;

/** What properties of one model demand of each other. `at` gives the path of a property. */
export type Condition = (body: Body, at: (property: string) => string, version: number) => readonly Problem[];

/** Why a value of the right type is refused, or `undefined` for one that is taken. */
export type ValueRule = (value: unknown) => string | undefined;

export const present = (body: Body, property: string): boolean => (body[property] ?? undefined) !== undefined;

/** One of the properties, and no two of them. */
export function exactlyOne(...properties: readonly string[]): Condition {
  const names = properties.join(", ");
  return (body, at) => {
    const given = properties.filter((property) => present(body, property));
    const [first, second] = given;
    if (first === undefined) return [missing(at(properties[0]!), properties.join(" or "))];
    if (second === undefined) return [];
    return [invalid(at(second), body[second], `Only one of ${names} can be specified`)];
  };
}

/** Several conditions on one model. */
export function all(...conditions: readonly Condition[]): Condition {
  return (body, at, version) => conditions.flatMap((condition) => condition(body, at, version));
}

/** A problem with each value that came before in the list. */
export function repeated<T>(
  values: readonly (readonly [path: string, value: T])[],
  reason: string,
): readonly Problem[] {
  const seen = new Set<T>();
  return values.flatMap(([path, value]) => {
    if (value === undefined || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [invalid(path, value, reason)];
  });
}
