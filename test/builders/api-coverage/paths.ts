/** The leaves of plain data by their paths, in which `[]` stands for any item of an array. */
export function leaves(value: unknown, path = ""): { path: string; value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, path === "" ? name : `${path}.${name}`),
  );
}

/** The paths of what `value` has and `base` has not, or has otherwise, with those of the objects that hold it. */
export function changedPaths(value: unknown, base: unknown): string[] {
  const known = new Set(leaves(base).map((leaf) => JSON.stringify(leaf)));
  const changed = leaves(value).filter((leaf) => !known.has(JSON.stringify(leaf)));
  return [...new Set(changed.flatMap(({ path }) => withParents(path)))];
}

/** `"a[].b.c"`: `"a[]"`, `"a[].b"` and itself. */
function withParents(path: string): string[] {
  const steps = path.split(".");
  return steps.map((_, depth) => steps.slice(0, depth + 1).join("."));
}
