/** A copy of plain data, so that a change to the original is none to a builder. What is no data stays, to be refused. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, copyOf(content)])) as T;
}
